// Both orders are taken under a third lock, so never at the same time.
// expect: circular | front -> back | false | exclusive-gate
#include <mutex>
#include <thread>

std::mutex gate;
std::mutex front;
std::mutex back;

int main() {
  std::thread one([] {
    const std::lock_guard outer(gate);
    const std::lock_guard first(front);
    const std::lock_guard second(back);
  });
  std::thread two([] {
    const std::lock_guard outer(gate);
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
