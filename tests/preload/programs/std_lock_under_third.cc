// std::scoped_lock waits for what it takes, so a lock that is held around it is in an order with both.
// expect: circular | outer -> inner | predicted
#include <chrono>
#include <mutex>
#include <thread>

std::mutex outer;
std::mutex inner;
std::mutex other;

int main() {
  std::thread one([] {
    const std::lock_guard first(outer);
    const std::scoped_lock both(inner, other);
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard first(inner);
    const std::lock_guard second(outer);
  });
  one.join();
  two.join();
}
