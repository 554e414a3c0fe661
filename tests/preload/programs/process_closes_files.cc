// All file descriptors are closed, and others take their places, before two locks are taken in both orders.
// expect: circular | front -> back | predicted
#include <fcntl.h>
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
  std::mutex before;
  before.lock();
  before.unlock();
  for (int file = 0; file < 1024; ++file) close(file);
  for (int file = 0; file < 20; ++file) {
    if (open("/dev/null", O_RDWR) != file) return 1;
  }
  BothOrders();
}
