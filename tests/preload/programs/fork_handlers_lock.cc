// Handlers of fork take all locks before it, and give them back after it in parent and child, while a thread uses them.
// No hang: everybody takes them in one order.  The child goes on with locks that its only thread holds, and gives back.
// expect: no finding
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

void Before() {
  front.lock();
  back.lock();
}
void After() {
  back.unlock();
  front.unlock();
}

void Both() {
  const std::lock_guard first(front);
  const std::lock_guard second(back);
}

int main() {
  pthread_atfork(Before, After, After);
  std::atomic<bool> stop{false};
  std::thread user([&] {
    while (!stop) Both();
  });
  int good = 0;
  for (int i = 0; i < 10; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      Both();
      _exit(7);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 7) ++good;
  }
  stop = true;
  user.join();
  std::printf("%d\n", good);
}
