// Spin locks in opposite orders.
// expect: circular | front -> back | predicted
#include <pthread.h>

#include <chrono>
#include <thread>

pthread_spinlock_t front;
pthread_spinlock_t back;

int main() {
  pthread_spin_init(&front, PTHREAD_PROCESS_PRIVATE);
  pthread_spin_init(&back, PTHREAD_PROCESS_PRIVATE);
  std::thread one([] {
    pthread_spin_lock(&front);
    pthread_spin_lock(&back);
    pthread_spin_unlock(&back);
    pthread_spin_unlock(&front);
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    pthread_spin_lock(&back);
    pthread_spin_lock(&front);
    pthread_spin_unlock(&front);
    pthread_spin_unlock(&back);
  });
  one.join();
  two.join();
}
