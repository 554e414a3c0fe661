// A static constructor takes one order; a static destructor and a function of atexit take the other.
// expect: circular | front -> back | false | same-thread
#include <cstdio>
#include <cstdlib>
#include <mutex>

std::mutex front;
std::mutex back;

void Both(std::mutex& first, std::mutex& second) {
  const std::lock_guard outer(first);
  const std::lock_guard inner(second);
}

struct AtBothEnds {
  AtBothEnds() { Both(front, back); }
  ~AtBothEnds() {
    Both(back, front);
    std::puts("destructor");
  }
};

AtBothEnds object;

int main() {
  std::atexit([] {
    Both(back, front);
    std::puts("atexit");
  });
}
