// A thread ends and keeps a mutex, which then nobody can ever get.
// expect: held-at-exit | ledger | real
#include <cstdio>
#include <mutex>
#include <thread>

std::mutex ledger;
std::mutex given_back;

int main() {
  std::thread([] {
    const std::lock_guard lock(given_back);
    ledger.lock();
  }).join();
  std::printf("%d\n", ledger.try_lock());
}
