// The main thread takes the locks in one order while a worker lives that takes them in the other.
// expect: circular | front -> back | predicted
#include <chrono>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

int main() {
  std::thread worker([] {
    const std::lock_guard first(front);
    const std::lock_guard second(back);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  {
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  }
  worker.join();
}
