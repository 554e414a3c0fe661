// What a thread gave back before it took another lock guards no condition that it signals: both orders can meet.
// expect: circular | front -> back | predicted
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;
std::mutex guard;
std::condition_variable changed;

void Signal() {
  { const std::lock_guard lock(guard); }
  changed.notify_all();
}

int main() {
  std::thread one([] {
    {
      const std::lock_guard first(front);
      const std::lock_guard second(back);
    }
    Signal();
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    {
      const std::lock_guard first(back);
      const std::lock_guard second(front);
    }
    Signal();
  });
  one.join();
  two.join();
}
