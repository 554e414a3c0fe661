// One worker takes both orders, one after the other; a second worker of its kind would be enough for a hang.
// expect: circular | front -> back | predicted
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

void Work() {
  {
    const std::lock_guard first(front);
    const std::lock_guard second(back);
  }
  const std::lock_guard first(back);
  const std::lock_guard second(front);
}

int main() {
  std::thread worker(Work);
  worker.join();
}
