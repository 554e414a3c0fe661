// Both sides take the third lock, but give it back before they take the second one.
// expect: circular | front -> back | predicted
#include <chrono>
#include <mutex>
#include <thread>

std::mutex gate;
std::mutex front;
std::mutex back;

int main() {
  std::thread one([] {
    gate.lock();
    const std::lock_guard first(front);
    gate.unlock();
    const std::lock_guard second(back);
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    gate.lock();
    const std::lock_guard first(back);
    gate.unlock();
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
