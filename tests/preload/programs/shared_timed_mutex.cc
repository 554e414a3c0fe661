// A writer that gives up after some time, against a reader and writer that would wait for ever.
// expect: circular | front -> back | false | timed
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>

std::shared_timed_mutex front;
std::shared_timed_mutex back;

int main() {
  std::thread one([] {
    const std::shared_lock first(front);
    const std::unique_lock second(back, std::chrono::milliseconds(100));
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::shared_lock first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
