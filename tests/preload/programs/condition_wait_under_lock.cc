// Who waits for a condition gets its mutex back while it holds another lock, which others take inside the mutex.
// expect: circular | mutex -> other | unknown
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex mutex;
std::mutex other;
std::condition_variable changed;
bool ready = false;

int main() {
  std::thread waiter([] {
    std::unique_lock lock(mutex);
    const std::lock_guard inner(other);
    changed.wait(lock, [] { return ready; });
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  {
    const std::lock_guard lock(mutex);
    ready = true;
  }
  changed.notify_one();
  waiter.join();
}
