// A queue with a condition variable, from which two threads take what another one puts in.
// expect: no finding
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <queue>
#include <thread>

std::mutex mutex;
std::condition_variable something_is_there;
std::queue<int> queue;
std::mutex total_mutex;
int total = 0;

void Take() {
  for (int taken = -1; taken != 0;) {
    std::unique_lock lock(mutex);
    something_is_there.wait(lock, [] { return !queue.empty(); });
    taken = queue.front();
    if (taken != 0) queue.pop();
    lock.unlock();
    const std::lock_guard total_lock(total_mutex);
    total += taken;
  }
}

int main() {
  std::thread one(Take);
  std::thread two(Take);
  for (int i = 100; i >= 0; --i) {
    {
      const std::lock_guard lock(mutex);
      queue.push(i);
    }
    something_is_there.notify_all();
  }
  one.join();
  two.join();
  std::printf("%d\n", total);
}
