/* Memory with a mutex in it is freed by the thread that holds the mutex. */
// expect: held-lock-freed | main at c_misuse_freed_while_held.c | real
#include <pthread.h>
#include <stdlib.h>

struct Account {
  long balance;
  pthread_mutex_t mutex;
};

int main(void) {
  struct Account* account = calloc(1, sizeof *account);
  pthread_mutex_init(&account->mutex, NULL);
  pthread_mutex_lock(&account->mutex);
  free(account);
  return 0;
}
