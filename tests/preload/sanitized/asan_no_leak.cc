// What a thread is given, and what it keeps, is no leak, though it passes through the recorder: LeakSanitizer looks for
// leaks at the end, while all the threads still wait.
// expect: no finding
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

std::mutex mutex;

int main() {
  for (int i = 0; i < 4; ++i) {
    std::thread thread([kept = std::make_unique<std::vector<int>>(100, i)] {
      { const std::lock_guard lock(mutex); }
      std::this_thread::sleep_for(std::chrono::hours(kept->size()));
    });
    thread.detach();
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
}
