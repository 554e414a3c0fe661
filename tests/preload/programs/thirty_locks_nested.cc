// Thirty locks are held at once, in one order; another thread takes the last one and then the first one.
// expect: circular | first -> last | predicted
#include <array>
#include <chrono>
#include <mutex>
#include <thread>

std::mutex first;
std::array<std::mutex, 28> between;
std::mutex last;

int main() {
  std::thread one([] {
    first.lock();
    for (std::mutex& each : between) each.lock();
    last.lock();
    last.unlock();
    for (std::mutex& each : between) each.unlock();
    first.unlock();
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard outer(last);
    const std::lock_guard inner(first);
  });
  one.join();
  two.join();
}
