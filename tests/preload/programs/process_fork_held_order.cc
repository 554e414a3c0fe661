// What a forking thread holds it holds in the child, too: the child's orders start there.
// expect: circular | outer -> inner | false | same-thread
#include <sys/wait.h>
#include <unistd.h>

#include <mutex>

std::mutex outer;
std::mutex inner;

int main() {
  outer.lock();
  const pid_t child = fork();
  if (child == 0) {
    inner.lock();
    outer.unlock();
    outer.lock();
    _exit(0);
  }
  outer.unlock();
  waitpid(child, nullptr, 0);
}
