// A thread forks while it holds a lock; parent and child both give it back.
// expect: no finding
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>

std::mutex outer;
std::mutex inner;

int main() {
  int status = 0;
  {
    const std::lock_guard lock(outer);
    const pid_t child = fork();
    if (child == 0) {
      outer.unlock();
      {
        const std::lock_guard again(outer);
        const std::lock_guard second(inner);
      }
      _exit(outer.try_lock() ? 5 : 6);
    }
    waitpid(child, &status, 0);
    const std::lock_guard second(inner);
  }
  std::printf("%d\n", WEXITSTATUS(status));
}
