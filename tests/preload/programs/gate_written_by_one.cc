// One side reads the third lock and the other one writes it, so they are never both inside.
// expect: circular | front -> back | false | exclusive-gate
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>

std::shared_mutex gate;
std::mutex front;
std::mutex back;

int main() {
  std::thread one([] {
    const std::shared_lock outer(gate);
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
