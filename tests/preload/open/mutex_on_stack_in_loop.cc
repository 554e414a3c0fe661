// A loop has a new mutex on the stack in each round, in one place all the time.
// expect: no finding
#include <mutex>

std::mutex shared;

int main() {
  for (int round = 0; round < 4; ++round) {
    std::mutex local;
    std::mutex& outer = round % 2 == 0 ? shared : local;
    std::mutex& inner = round % 2 == 0 ? local : shared;
    const std::lock_guard first(outer);
    const std::lock_guard second(inner);
  }
}
