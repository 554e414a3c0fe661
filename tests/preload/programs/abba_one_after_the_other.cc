// The same orders, but the second thread starts when the first one is over: nobody saw them run together.
// expect: circular | front -> back | unknown
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

int main() {
  std::thread([] {
    const std::lock_guard first(front);
    const std::lock_guard second(back);
  }).join();
  std::thread([] {
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  }).join();
}
