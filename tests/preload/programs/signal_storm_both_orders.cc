// Two locks in both orders while a timer's signals come all the time, whose handler only counts.
// expect: circular | front -> back | predicted
#include <signal.h>
#include <sys/time.h>

#include <chrono>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;
volatile sig_atomic_t ticks = 0;

int main() {
  struct sigaction action {};
  action.sa_handler = [](int) { ticks = ticks + 1; };
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  const itimerval timer{{0, 500}, {0, 500}};
  setitimer(ITIMER_REAL, &timer, nullptr);
  std::thread one([] {
    const std::lock_guard first(front);
    const std::lock_guard second(back);
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
