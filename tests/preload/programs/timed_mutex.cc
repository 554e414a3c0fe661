// One side waits for its second lock for some time only, and then gives up: no hang lasts.
// expect: circular | front -> back | false | timed
#include <chrono>
#include <mutex>
#include <thread>

std::timed_mutex front;
std::timed_mutex back;

int main() {
  std::thread one([] {
    const std::lock_guard first(front);
    const std::unique_lock second(back, std::chrono::milliseconds(100));
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
