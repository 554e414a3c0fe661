// Only one of the two orders is taken under the third lock, which keeps nobody out.
// expect: circular | front -> back | predicted
#include <chrono>
#include <mutex>
#include <thread>

std::mutex gate;
std::mutex front;
std::mutex back;

int main() {
  std::thread one([] {
    const std::lock_guard outer(gate);
    const std::lock_guard first(front);
    const std::lock_guard second(back);
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
