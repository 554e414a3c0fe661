// A signal handler locks, one lock inside the other, while the thread that it interrupts holds nothing.  It could come
// while that thread holds them.
// expect: inconsistent-state | inner | unknown
// expect: inconsistent-state | outer | unknown
#include <signal.h>

#include <cstdio>
#include <mutex>

std::mutex outer;
std::mutex inner;
int handled = 0;

void Handle(int /*signal*/) {
  const std::lock_guard first(outer);
  const std::lock_guard second(inner);
  ++handled;
}

int main() {
  signal(SIGUSR1, Handle);
  for (int i = 0; i < 5; ++i) {
    raise(SIGUSR1);
    const std::lock_guard first(outer);
    const std::lock_guard second(inner);
  }
  std::printf("%d\n", handled);
}
