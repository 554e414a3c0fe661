// A promise is kept when the first order is over, and the second one begins only then.
// expect: circular | front -> back | unknown
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
    std::this_thread::sleep_for(std::chrono::milliseconds(200));  // so that the other one really waits
    over.set_value();
  });
  std::thread two([] {
    over.get_future().wait();
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
