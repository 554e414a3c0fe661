// One side waits for its second lock for some time only.  It was seen to give up once; that it always does is not known.
// expect: circular | front -> back | unknown
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

std::timed_mutex front;
std::timed_mutex back;
std::atomic<bool> back_is_held{false};

void One() {
  const std::lock_guard first(front);
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
      const std::lock_guard first(back);
      back_is_held = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
