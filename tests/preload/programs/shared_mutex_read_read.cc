// Readers take two locks in both orders, and readers do not wait for readers.
// expect: no finding
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>

std::shared_mutex front;
std::shared_mutex back;

int main() {
  std::thread one([] {
    const std::shared_lock first(front);
    const std::shared_lock second(back);
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::shared_lock first(back);
    const std::shared_lock second(front);
  });
  one.join();
  two.join();
}
