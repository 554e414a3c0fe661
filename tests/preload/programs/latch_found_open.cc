// A latch is open when it is waited for: nobody asks the kernel, and the orders come one after the other all the same.
// expect: circular | front -> back | unknown
// no note: asked the kernel for futexes
#include <chrono>
#include <latch>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;
std::latch over{1};

int main() {
  std::thread one([] {
    {
      const std::lock_guard first(front);
      const std::lock_guard second(back);
    }
    over.count_down();
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    over.wait();
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
