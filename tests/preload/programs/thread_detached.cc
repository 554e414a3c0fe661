// Two detached threads take two locks in opposite orders; the main thread ends before they do.
// expect: circular | front -> back | predicted
#include <pthread.h>

#include <chrono>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

int main() {
  std::thread([] {
    const std::lock_guard first(front);
    const std::lock_guard second(back);
  }).detach();
  std::thread([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  }).detach();
  pthread_exit(nullptr);
}
