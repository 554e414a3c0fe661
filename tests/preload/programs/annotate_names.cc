// Locks on the heap have the names that the program gives them, before and after their first use.
// expect: circular | ledger of Ada -> ledger of Bob | unknown
#include <mutex>
#include <thread>

#include "lockdep/annotate.h"

struct Ledger {
  std::mutex lock;
  int amount = 0;
};

void Move(Ledger& from, Ledger& to) {
  const std::lock_guard<std::mutex> first(from.lock);
  const std::lock_guard<std::mutex> second(to.lock);
  --from.amount;
  ++to.amount;
}

int main() {
  auto* const ada = new Ledger;
  auto* const bob = new Ledger;
  lockdep_name(&ada->lock, "ledger of Ada");
  std::thread one([=] { Move(*ada, *bob); });
  one.join();
  lockdep_name(&bob->lock, "ledger of Bob");
  std::thread two([=] { Move(*bob, *ada); });
  two.join();
  delete ada;
  delete bob;
}
