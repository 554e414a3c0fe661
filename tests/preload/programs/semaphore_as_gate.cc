// Both orders of two locks lie inside a semaphore.  It would exclude them if it is a lock, which no run can show.
// expect: circular | front -> back | unknown
#include <pthread.h>
#include <semaphore.h>

#include <thread>

pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
sem_t turn;

void Both(pthread_mutex_t* first, pthread_mutex_t* second) {
  sem_wait(&turn);
  pthread_mutex_lock(first);
  pthread_mutex_lock(second);
  pthread_mutex_unlock(second);
  pthread_mutex_unlock(first);
  sem_post(&turn);
}

int main() {
  sem_init(&turn, 0, 1);
  std::thread one([] { Both(&front, &back); });
  one.join();
  std::thread two([] { Both(&back, &front); });
  std::thread three([] { Both(&back, &front); });
  two.join();
  three.join();
}
