// Two hundred threads at once, each with a lock of its own that it takes before the one they share.
// expect: no finding
#include <array>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

std::array<std::mutex, 200> own;
std::mutex shared;
int sum = 0;

int main() {
  std::vector<std::thread> threads;
  for (std::mutex& each : own) {
    threads.emplace_back([&each] {
      for (int i = 0; i < 10; ++i) {
        const std::lock_guard first(each);
        const std::lock_guard second(shared);
        ++sum;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("%d\n", sum);
}
