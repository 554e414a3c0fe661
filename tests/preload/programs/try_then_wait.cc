// The outer lock of one order was got by a try; it is held while the other one is waited for all the same.
// expect: circular | front -> back | predicted
#include <chrono>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

int main() {
  std::thread one([] {
    const std::unique_lock first(front, std::try_to_lock);
    if (!first) return;
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
