// An object with a mutex is deleted, and the next one lies where it was: two mutexes, each with its own order.
// expect: no finding
// exit: 0
#include <cstdint>
#include <memory>
#include <mutex>

std::mutex ledger;

struct Account {
  std::mutex mutex;
  long balance[8] = {};
};

int main() {
  auto account = std::make_unique<Account>();
  {
    const std::lock_guard outer(ledger);
    const std::lock_guard inner(account->mutex);
  }
  const auto place = reinterpret_cast<std::uintptr_t>(account.get());
  account.reset();
  account = std::make_unique<Account>();
  {
    const std::lock_guard outer(account->mutex);
    const std::lock_guard inner(ledger);
  }
  return reinterpret_cast<std::uintptr_t>(account.get()) == place ? 0 : 1;
}
