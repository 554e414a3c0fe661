// A thread is joined under a lock that it wants: neither goes on.
// expect: circular | end of started by main at hang_join.cc -> mutex | real
// hangs
#include <mutex>
#include <thread>

std::mutex mutex;

int main() {
  const std::lock_guard held(mutex);
  std::thread other([] { const std::lock_guard wanted(mutex); });
  other.join();
}
