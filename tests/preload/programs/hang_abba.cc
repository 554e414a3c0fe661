// Two threads that really wait for each other: reported when it happens.
// expect: circular | front -> back | real
// hangs
#include <pthread.h>

#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;
pthread_barrier_t both_hold_one;

int main() {
  pthread_barrier_init(&both_hold_one, nullptr, 2);
  std::thread one([] {
    const std::lock_guard first(front);
    pthread_barrier_wait(&both_hold_one);
    const std::lock_guard second(back);
  });
  std::thread two([] {
    const std::lock_guard first(back);
    pthread_barrier_wait(&both_hold_one);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}
