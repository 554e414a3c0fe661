// The program takes two locks in both orders, and crashes while it holds a third one.
// expect: circular | front -> back | predicted
// exit: 139
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

std::mutex third;

int main() {
  BothOrders();
  const std::lock_guard lock(third);
  signal(SIGSEGV, SIG_DFL);
  raise(SIGSEGV);
}
