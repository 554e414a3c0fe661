// The second task of std::async is started when the result of the first one is there.
// expect: circular | front -> back | unknown
#include <cstdio>
#include <future>
#include <mutex>

std::mutex front;
std::mutex back;

int main() {
  const int one = std::async(std::launch::async, [] {
                    const std::lock_guard first(front);
                    const std::lock_guard second(back);
                    return 1;
                  }).get();
  const int two = std::async(std::launch::async, [] {
                    const std::lock_guard first(back);
                    const std::lock_guard second(front);
                    return 2;
                  }).get();
  std::printf("%d\n", one + two);
}
