// Both orders are taken under a third lock, which one side gets by trying until it has it: that it would not go on
// without it is not known.
// expect: circular | front -> back | unknown
#include <chrono>
#include <mutex>
#include <thread>

std::mutex gate;
std::mutex front;
std::mutex back;

int main() {
  std::thread one([] {
    while (!gate.try_lock()) std::this_thread::yield();
    const std::lock_guard outer(gate, std::adopt_lock);
    const std::lock_guard first(front);
    const std::lock_guard second(back);
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard outer(gate);
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
