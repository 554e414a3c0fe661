// Money goes both ways between two accounts, whose locks are always taken in the order of their addresses.
// expect: no finding
#include <functional>
#include <mutex>
#include <thread>

struct Account {
  std::mutex mutex;
  long balance = 100;
};

void Transfer(Account& from, Account& to) {
  const bool in_order = std::less<>()(&from, &to);
  const std::lock_guard first(in_order ? from.mutex : to.mutex);
  const std::lock_guard second(in_order ? to.mutex : from.mutex);
  --from.balance;
  ++to.balance;
}

int main() {
  Account mine;
  Account yours;
  std::thread one([&] { Transfer(mine, yours); });
  std::thread two([&] { Transfer(yours, mine); });
  one.join();
  two.join();
}
