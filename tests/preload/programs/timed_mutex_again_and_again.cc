// One side waits for its second lock for some time, again and again, while it holds the first: that stands still.
// expect: circular | front -> back | unknown
#include <chrono>
#include <mutex>
#include <thread>

std::timed_mutex front;
std::timed_mutex back;

int main() {
  std::thread one([] {
    const std::lock_guard first(front);
    while (!back.try_lock_for(std::chrono::milliseconds(5))) continue;
    back.unlock();
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
