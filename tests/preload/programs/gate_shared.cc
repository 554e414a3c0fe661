// The third lock is only read by both sides, at the same time if they like.
// expect: circular | front -> back | predicted
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
    const std::shared_lock outer(gate);
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
