// Mutexes on the heap that std::unique_lock takes are named by the program's own functions.
// expect: circular | UseFront at unique_lock_names.cc -> UseBack at unique_lock_names.cc | unknown
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

void UseFront(std::mutex& front) { const std::unique_lock lock(front); }
void UseBack(std::mutex& back) { const std::unique_lock lock(back); }

int main() {
  const auto front = std::make_unique<std::mutex>();
  const auto back = std::make_unique<std::mutex>();
  UseFront(*front);
  UseBack(*back);
  std::thread one([&] {
    const std::unique_lock first(*front);
    const std::unique_lock second(*back);
  });
  std::thread two([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::unique_lock first(*back);
    const std::unique_lock second(*front);
  });
  one.join();
  two.join();
}
