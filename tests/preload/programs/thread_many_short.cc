// Five hundred threads, one after the other, each of which locks once.
// expect: no finding
#include <cstdio>
#include <mutex>
#include <thread>

std::mutex outer;
std::mutex inner;
int sum = 0;

int main() {
  for (int i = 0; i < 500; ++i) {
    std::thread([] {
      const std::lock_guard first(outer);
      const std::lock_guard second(inner);
      ++sum;
    }).join();
  }
  std::printf("%d\n", sum);
}
