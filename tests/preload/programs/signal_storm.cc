// A timer's signals come all the time while two threads lock; the handler uses a lock of its own, which it only tries.
// expect: no finding
#include <signal.h>
#include <sys/time.h>

#include <cstdio>
#include <mutex>
#include <thread>

std::mutex outer;
std::mutex inner;
std::mutex of_handler;
long sum = 0;

void Handle(int /*signal*/) {
  if (of_handler.try_lock()) of_handler.unlock();
}

void Work() {
  for (int i = 0; i < 50000; ++i) {
    const std::lock_guard first(outer);
    const std::lock_guard second(inner);
    ++sum;
  }
}

int main() {
  struct sigaction action {};
  action.sa_handler = Handle;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  itimerval timer{{0, 200}, {0, 200}};
  setitimer(ITIMER_REAL, &timer, nullptr);
  std::thread one(Work);
  std::thread two(Work);
  one.join();
  two.join();
  timer = {};
  setitimer(ITIMER_REAL, &timer, nullptr);
  std::printf("%ld\n", sum);
}
