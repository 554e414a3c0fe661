// Two semaphores are used as locks, in opposite orders; each is posted by the thread that waited for it.  That nobody else
// posts them, no run can show.
// expect: circular | front -> back | unknown
#include <semaphore.h>

#include <chrono>
#include <thread>

sem_t front;
sem_t back;

void Both(sem_t* first, sem_t* second) {
  sem_wait(first);
  sem_wait(second);
  sem_post(second);
  sem_post(first);
}

int main() {
  sem_init(&front, 0, 1);
  sem_init(&back, 0, 1);
  std::thread one([] { Both(&front, &back); });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    Both(&back, &front);
  });
  one.join();
  two.join();
}
