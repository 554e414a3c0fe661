// A semaphore that lets two in is no lock; so is one that starts at 0.
// expect: no finding
#include <semaphore.h>

#include <thread>

sem_t two;
sem_t none;

int main() {
  sem_init(&two, 0, 2);
  sem_init(&none, 0, 0);
  std::thread other([] {
    sem_wait(&two);
    sem_post(&none);
    sem_post(&two);
  });
  sem_wait(&none);
  sem_wait(&two);
  sem_post(&two);
  other.join();
  sem_destroy(&two);
  sem_destroy(&none);
}
