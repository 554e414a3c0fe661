// Mutexes that are made when their functions are first called, in opposite orders.
// expect: circular | Front()::mutex -> Back()::mutex | predicted
#include <chrono>
#include <mutex>
#include <thread>

std::mutex& Front() {
  static std::mutex mutex;
  return mutex;
}

std::mutex& Back() {
  static std::mutex mutex;
  return mutex;
}

int main() {
  std::thread one([] {
    const std::lock_guard first(Front());
    const std::lock_guard second(Back());
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard first(Back());
    const std::lock_guard second(Front());
  });
  one.join();
  two.join();
}
