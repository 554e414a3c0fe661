// Threads that come to a std::call_once together: one of them sets things up under locks, the others wait.
// expect: no finding
#include <mutex>
#include <thread>
#include <vector>

std::once_flag once;
std::mutex registry;
std::mutex entry;

void SetUp() {
  const std::lock_guard outer(registry);
  const std::lock_guard inner(entry);
}

void Use() {
  std::call_once(once, SetUp);
  const std::lock_guard outer(registry);
  const std::lock_guard inner(entry);
}

int main() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) threads.emplace_back(Use);
  for (std::thread& thread : threads) thread.join();
}
