// Two tasks of std::async take two locks in opposite orders while both run.  A task that finds a future ready would not
// be seen to wait for it, so that one may come before the other is not ruled out.
// expect: circular | front -> back | unknown
#include <chrono>
#include <cstdio>
#include <future>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

int main() {
  auto one = std::async(std::launch::async, [] {
    const std::lock_guard first(front);
    const std::lock_guard second(back);
    return 1;
  });
  auto two = std::async(std::launch::async, [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard first(back);
    const std::lock_guard second(front);
    return 2;
  });
  std::printf("%d\n", one.get() + two.get());
}
