// Nothing is found, and the exit code is the program's own.
// expect: no finding
// exit: 3
#include <mutex>

std::mutex outer;
std::mutex inner;

int main() {
  const std::lock_guard first(outer);
  const std::lock_guard second(inner);
  return 3;
}
