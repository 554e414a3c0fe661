// The outer lock is given back first; what is taken then is in no order with it.
// expect: no finding
#include <chrono>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;
std::mutex third;

int main() {
  std::thread one([] {
    front.lock();
    if (!back.try_lock()) return;
    front.unlock();
    third.lock();
    back.unlock();
    third.unlock();
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard first(third);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
