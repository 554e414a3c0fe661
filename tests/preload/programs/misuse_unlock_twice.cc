// A guard unlocks what was unlocked by hand before.
// expect: unbalanced-unlock | ledger | real
#include <mutex>

std::mutex ledger;

void Add() {
  const std::lock_guard lock(ledger);
  ledger.unlock();
}

int main() { Add(); }
