// A shell is run by system() and by popen() while a lock is held; what it prints is read.
// expect: no finding
#include <cstdio>
#include <cstdlib>
#include <mutex>

std::mutex mutex;

int main() {
  const std::lock_guard lock(mutex);
  std::printf("%d\n", std::system("exit 5") / 256);
  std::fflush(stdout);
  FILE* const shell = popen("echo one; echo two", "r");
  if (shell == nullptr) return 1;
  char line[16];
  while (std::fgets(line, sizeof line, shell) != nullptr) std::fputs(line, stdout);
  std::printf("%d\n", pclose(shell));
}
