// github.com/google/sanitizers/issues/488: one thread takes two locks in both orders; others take each alone.
// No hang: only one thread ever asks for one of the two while it holds the other.
// run: --threads as-seen
// expect: circular | front -> back | false | same-thread
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

int main() {
  std::thread both([] {
    front.lock();
    back.lock();
    front.unlock();
    front.lock();
    front.unlock();
    back.unlock();
  });
  std::thread one([] { const std::lock_guard lock(front); });
  std::thread other([] { const std::lock_guard lock(back); });
  both.join();
  one.join();
  other.join();
}
