// The object that owns a mutex by a pointer is moved; the mutex stays what it was, and so does its order.
// expect: circular | ledger -> Nested at mutex_moved_owner.cc | unknown
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

std::mutex ledger;

struct Account {
  std::unique_ptr<std::mutex> mutex = std::make_unique<std::mutex>();
};

void Nested(std::mutex& outer, std::mutex& inner) {
  const std::lock_guard first(outer);
  const std::lock_guard second(inner);
}

int main() {
  Account account;
  std::mutex& before = *account.mutex;
  std::thread one([&before] { Nested(ledger, before); });
  Account moved = std::move(account);
  std::mutex& after = *moved.mutex;
  std::thread two([&after] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    Nested(after, ledger);
  });
  one.join();
  two.join();
}
