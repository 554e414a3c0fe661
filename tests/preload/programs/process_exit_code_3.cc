// An exit code that is not zero stays, whatever was found.
// expect: circular | front -> back | predicted
// exit: 3
#include <chrono>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

void BothOrders() {
  std::thread one([] {
    const std::lock_guard first(front);
    const std::lock_guard second(back);
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}

int main() {
  BothOrders();
  return 3;
}
