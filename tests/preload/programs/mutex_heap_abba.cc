// Two mutexes on the heap are named by the places that first lock them.
// expect: circular | UseFront at mutex_heap_abba.cc -> UseBack at mutex_heap_abba.cc | unknown
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

void UseFront(std::mutex& front) { const std::lock_guard lock(front); }
void UseBack(std::mutex& back) { const std::lock_guard lock(back); }

int main() {
  const auto front = std::make_unique<std::mutex>();
  const auto back = std::make_unique<std::mutex>();
  UseFront(*front);
  UseBack(*back);
  std::thread one([&] {
    const std::lock_guard first(*front);
    const std::lock_guard second(*back);
  });
  std::thread two([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard first(*back);
    const std::lock_guard second(*front);
  });
  one.join();
  two.join();
}
