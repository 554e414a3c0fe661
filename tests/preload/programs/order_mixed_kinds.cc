// A mutex, a reader-writer lock and a spin lock in a ring of three threads.
// expect: circular | mutex -> shared -> spin | predicted
#include <pthread.h>

#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>

std::mutex mutex;
std::shared_mutex shared;
pthread_spinlock_t spin;

int main() {
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  std::thread one([] {
    const std::lock_guard outer(mutex);
    const std::shared_lock inner(shared);
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard outer(shared);
    pthread_spin_lock(&spin);
    pthread_spin_unlock(&spin);
  });
  std::thread three([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    pthread_spin_lock(&spin);
    mutex.lock();
    mutex.unlock();
    pthread_spin_unlock(&spin);
  });
  one.join();
  two.join();
  three.join();
}
