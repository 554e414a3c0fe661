// Each side reads under one lock and then writes under the other's.
// expect: circular | front -> back | predicted
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>

std::shared_mutex front;
std::shared_mutex back;

int main() {
  std::thread one([] {
    const std::shared_lock first(front);
    const std::lock_guard second(back);
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::shared_lock first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
