// Threads that follow each other on the same stack have a mutex there each.
// expect: no finding
// exit: 0
#include <cstdint>
#include <mutex>
#include <thread>

std::mutex shared;

std::uintptr_t UnderShared() {
  std::mutex local;
  const std::lock_guard outer(shared);
  const std::lock_guard inner(local);
  return reinterpret_cast<std::uintptr_t>(&local);
}

std::uintptr_t AroundShared() {
  std::mutex local;
  const std::lock_guard outer(local);
  const std::lock_guard inner(shared);
  return reinterpret_cast<std::uintptr_t>(&local);
}

int main() {
  std::uintptr_t places[2] = {};
  std::thread([&] { places[0] = UnderShared(); }).join();
  std::thread([&] { places[1] = AroundShared(); }).join();
  return places[0] == places[1] ? 0 : 1;
}
