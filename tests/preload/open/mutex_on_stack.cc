// Functions called one after the other have a mutex each at one address; their caller locks something in between.
// expect: no finding
// exit: 0
#include <cstdint>
#include <mutex>

std::mutex shared;
std::mutex other;

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
  UnderShared(places[0]);
  { const std::lock_guard between(other); }
  AroundShared(places[1]);
  return places[0] == places[1] ? 0 : 1;
}
