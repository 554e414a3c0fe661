// The inner lock of either order is only tried: nobody waits for it.
// expect: no finding
#include <chrono>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

int main() {
  std::thread one([] {
    const std::lock_guard first(front);
    const std::unique_lock second(back, std::try_to_lock);
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard first(back);
    const std::unique_lock second(front, std::try_to_lock);
  });
  one.join();
  two.join();
}
