// Threads that follow each other on the same stack have a mutex there each.
// expect: no finding
// exit: 0
#include <cstdint>
#include <mutex>
#include <thread>

std::mutex shared;

void UnderShared(std::uintptr_t& place) {
  std::mutex local;
  const std::lock_guard outer(shared);
  const std::lock_guard inner(local);
  place = reinterpret_cast<std::uintptr_t>(&local);
}

void AroundShared(std::uintptr_t& place) {
  std::mutex local;
  const std::lock_guard outer(local);
  const std::lock_guard inner(shared);
  place = reinterpret_cast<std::uintptr_t>(&local);
}

int main() {
  std::uintptr_t places[2] = {};
  std::thread([&] { UnderShared(places[0]); }).join();
  std::thread([&] { AroundShared(places[1]); }).join();
  return places[0] == places[1] ? 0 : 1;
}
