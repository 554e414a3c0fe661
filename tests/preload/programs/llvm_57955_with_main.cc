// As in issue 57955 of llvm-project, where main is the thread that takes m2 twice: main is one thread for certain.
// No hang: main does not hold m1 any more when it asks for m3.
// expect: circular | m1 -> m2 -> m3 | false | same-thread
#include <mutex>
#include <thread>

std::mutex m1;
std::mutex m2;
std::mutex m3;

int main() {
  std::thread other([] {
    for (int i = 0; i < 100; ++i) {
      const std::unique_lock first(m3);
      const std::unique_lock second(m1);
    }
  });
  for (int i = 0; i < 100; ++i) {
    {
      const std::unique_lock first(m1);
      const std::unique_lock second(m2);
    }
    const std::unique_lock first(m2);
    const std::unique_lock second(m3);
  }
  other.join();
}
