// A writer that gave up once after some time, against a reader and writer that would wait for ever.
// expect: circular | front -> back | unknown
#include <atomic>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>

std::shared_timed_mutex front;
std::shared_timed_mutex back;
std::atomic<bool> back_is_held{false};

void One() {
  const std::shared_lock first(front);
  const std::unique_lock second(back, std::chrono::milliseconds(100));
}

int main() {
  std::thread one([] {
    while (!back_is_held) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    One();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    One();
  });
  std::thread two([] {
    {
      const std::shared_lock first(back);
      back_is_held = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    const std::shared_lock first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
