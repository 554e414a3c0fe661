// The program takes two locks in both orders, and is killed.
// expect: circular | front -> back | predicted
// exit: 137
#include <signal.h>

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
  raise(SIGKILL);
}
