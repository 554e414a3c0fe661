// The main thread unlocks a mutex that another thread holds, which then ends and holds nothing.
// expect: unbalanced-unlock | ledger | real
#include <pthread.h>
#include <semaphore.h>

#include <thread>

pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
sem_t is_held;
sem_t may_end;

int main() {
  sem_init(&is_held, 0, 0);
  sem_init(&may_end, 0, 0);
  std::thread holder([] {
    pthread_mutex_lock(&ledger);
    sem_post(&is_held);
    sem_wait(&may_end);
  });
  sem_wait(&is_held);
  pthread_mutex_unlock(&ledger);
  pthread_mutex_lock(&ledger);
  pthread_mutex_unlock(&ledger);
  sem_post(&may_end);
  holder.join();
}
