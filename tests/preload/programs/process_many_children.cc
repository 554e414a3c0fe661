// Forty children, one after the other, in each of which one worker takes both orders: one finding, seen forty times.
// expect: circular | front -> back | predicted
#include <sys/wait.h>
#include <unistd.h>

#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

void Work() {
  {
    const std::lock_guard first(front);
    const std::lock_guard second(back);
  }
  const std::lock_guard first(back);
  const std::lock_guard second(front);
}

int main() {
  for (int i = 0; i < 40; ++i) {
    if (fork() == 0) {
      std::thread(Work).join();
      _exit(0);
    }
    waitpid(-1, nullptr, 0);
  }
}
