// Two threads take two locks in opposite orders, at the same time as far as anybody knows; this run goes well.
// expect: circular | front -> back | predicted
#include <chrono>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;
int taken = 0;

void ForthAndBack() {
  const std::lock_guard first(front);
  const std::lock_guard second(back);
  ++taken;
}

void BackAndForth() {
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // so that it goes well
  const std::lock_guard first(back);
  const std::lock_guard second(front);
  ++taken;
}

int main() {
  std::thread one(ForthAndBack);
  std::thread two(BackAndForth);
  one.join();
  two.join();
}
