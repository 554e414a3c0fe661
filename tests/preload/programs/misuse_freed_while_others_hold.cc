// An object is deleted while another thread holds the mutex in it.
// expect: held-lock-freed | Hold at misuse_freed_while_others_hold.cc | real
#include <semaphore.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <thread>

struct Account {
  std::mutex mutex;
  long balance = 0;
};

sem_t is_held;

void Hold(Account* account) {
  account->mutex.lock();
  sem_post(&is_held);
  pause();
}

int main() {
  auto account = std::make_unique<Account>();
  sem_init(&is_held, 0, 0);
  std::thread(Hold, account.get()).detach();
  sem_wait(&is_held);
  account.reset();
}
