// A mutex is unlocked that nobody ever locked.
// expect: unbalanced-unlock | ledger | real
#include <mutex>

std::mutex ledger;

int main() {
  ledger.unlock();
  const std::lock_guard lock(ledger);
}
