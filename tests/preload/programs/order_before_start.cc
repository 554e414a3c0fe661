// The main thread takes one order while it is alone, before it starts those that take the other.
// expect: circular | front -> back | unknown
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

int main() {
  {
    const std::lock_guard first(front);
    const std::lock_guard second(back);
  }
  std::thread([] {
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  }).join();
}
