// A mutex that is locked is locked again by its holder, deep in a function that it calls.
// expect: self-deadlock | ledger | real
// hangs
#include <mutex>

std::mutex ledger;
int entries = 0;

void Add() {
  const std::lock_guard lock(ledger);
  ++entries;
}

void AddTwo() {
  const std::lock_guard lock(ledger);
  ++entries;
  Add();
}

int main() {
  Add();
  AddTwo();
}
