// The main thread unlocks a mutex that another thread holds.
// expect: unbalanced-unlock | ledger | real
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include <thread>

pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
sem_t is_held;

int main() {
  sem_init(&is_held, 0, 0);
  std::thread([] {
    pthread_mutex_lock(&ledger);
    sem_post(&is_held);
    pause();
  }).detach();
  sem_wait(&is_held);
  pthread_mutex_unlock(&ledger);
}
