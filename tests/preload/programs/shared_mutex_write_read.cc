// Each side writes under one lock and then reads under the other's.
// expect: circular | front -> back | predicted
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>

std::shared_mutex front;
std::shared_mutex back;

int main() {
  std::thread one([] {
    const std::lock_guard first(front);
    const std::shared_lock second(back);
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard first(back);
    const std::shared_lock second(front);
  });
  one.join();
  two.join();
}
