// A condition is signalled after its mutex was given back, and who comes late finds what it would wait for: it never
// waits.
// expect: circular | front -> back | unknown
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;
std::mutex guard;
std::condition_variable changed;
bool over = false;

int main() {
  std::thread one([] {
    {
      const std::lock_guard first(front);
      const std::lock_guard second(back);
    }
    {
      const std::lock_guard lock(guard);
      over = true;
    }
    changed.notify_all();
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    {
      std::unique_lock lock(guard);
      changed.wait(lock, [] { return over; });
    }
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
