// Recursive mutexes in opposite orders, each taken twice.
// expect: circular | front -> back | predicted
#include <chrono>
#include <mutex>
#include <thread>

std::recursive_mutex front;
std::recursive_mutex back;

int main() {
  std::thread one([] {
    const std::lock_guard first(front);
    const std::lock_guard again(front);
    const std::lock_guard second(back);
    const std::lock_guard last(front);
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard first(back);
    const std::lock_guard again(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
