// Semaphores that start at 1 pass turns between two threads, in both orders: they are no locks.
// expect: no finding
#include <semaphore.h>

#include <thread>

sem_t front;
sem_t back;

int main() {
  sem_init(&front, 0, 1);
  sem_init(&back, 0, 1);
  sem_wait(&back);
  std::thread other([] {
    for (int i = 0; i < 3; ++i) {
      sem_wait(&back);
      sem_post(&front);
    }
  });
  for (int i = 0; i < 3; ++i) {
    sem_wait(&front);
    sem_post(&back);
  }
  other.join();
}
