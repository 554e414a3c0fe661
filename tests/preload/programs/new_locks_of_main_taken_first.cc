// Two locks on the heap, each used first by a thread that did not make it: it was told of them, so others can be, too.
// expect: circular | First at new_locks_of_main_taken_first.cc -> First at new_locks_of_main_taken_first.cc | unknown
// exit: 66
#include <memory>
#include <mutex>
#include <thread>

struct Account {
  std::mutex mutex;
  int balance = 0;  // under mutex
};

void First(Account& from, Account& to) {
  const std::lock_guard from_lock(from.mutex);
  const std::lock_guard to_lock(to.mutex);
  ++to.balance;
}

void Second(Account& from, Account& to) {
  const std::lock_guard to_lock(to.mutex);
  const std::lock_guard from_lock(from.mutex);
  ++from.balance;
}

int main() {
  const auto from = std::make_unique<Account>();
  const auto to = std::make_unique<Account>();
  std::thread first([&] { First(*from, *to); });
  first.join();
  std::thread second([&] { Second(*from, *to); });
  second.join();
}
