// Set-up takes the locks the other way round than the threads do that are started later.
// expect: circular | config -> registry | unknown
#include <mutex>
#include <thread>
#include <vector>

std::mutex registry;
std::mutex config;

void SetUp() {
  const std::lock_guard outer(config);
  const std::lock_guard inner(registry);
}

void Serve() {
  const std::lock_guard outer(registry);
  const std::lock_guard inner(config);
}

int main() {
  SetUp();
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(Serve);
  for (std::thread& thread : threads) thread.join();
}
