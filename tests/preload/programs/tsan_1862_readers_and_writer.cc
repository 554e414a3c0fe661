// github.com/google/sanitizers/issues/1862: one thread reads under m1 while it reads under m0, the other one writes
// under m0 while it reads under m1.
// No hang: nobody ever asks to write under m1, so that no reader of m1 waits, and the first thread always goes on.
// expect: no finding
#include <mutex>
#include <shared_mutex>
#include <thread>

std::shared_mutex m0;
std::shared_mutex m1;

int main() {
  std::thread reader([] {
    const std::shared_lock first(m0);
    const std::shared_lock second(m1);
  });
  std::thread writer([] {
    const std::shared_lock first(m1);
    const std::unique_lock second(m0);
  });
  reader.join();
  writer.join();
}
