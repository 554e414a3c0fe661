// A thread's own mutex ends with it; the next thread's lies in the same memory and is another one.
// expect: no finding
// exit: 0
#include <cstdint>
#include <mutex>
#include <thread>

std::mutex shared;
thread_local std::mutex own;

int main() {
  std::uintptr_t places[2] = {};
  std::thread([&] {
    places[0] = reinterpret_cast<std::uintptr_t>(&own);
    const std::lock_guard outer(shared);
    const std::lock_guard inner(own);
  }).join();
  std::thread([&] {
    places[1] = reinterpret_cast<std::uintptr_t>(&own);
    const std::lock_guard outer(own);
    const std::lock_guard inner(shared);
  }).join();
  return places[0] == places[1] ? 0 : 1;
}
