// The program goes elsewhere, and may no longer make files grow or open any.
// expect: circular | front -> back | predicted
#include <sys/resource.h>
#include <unistd.h>

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
  if (chdir("/proc") != 0) return 1;
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_FSIZE, &none) != 0 || setrlimit(RLIMIT_NOFILE, &none) != 0) return 1;
  BothOrders();
}
