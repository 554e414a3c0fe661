// A promise is kept when its future is asked for: nobody waits, and the orders come one after the other all the same.
// expect: circular | front -> back | unknown
// no note: asked the kernel for futexes
#include <chrono>
#include <future>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;
std::promise<void> over;

int main() {
  std::thread one([] {
    {
      const std::lock_guard first(front);
      const std::lock_guard second(back);
    }
    over.set_value();
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    over.get_future().wait();
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
