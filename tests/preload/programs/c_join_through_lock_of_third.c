/* Who joins holds a ledger; the joined thread takes only a desk, which a third one holds while it asks for the ledger. */
// expect: circular | desk -> ledger -> end of Work | unknown
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t desk = PTHREAD_MUTEX_INITIALIZER;

static void* Work(void* unused) {
  pthread_mutex_lock(&desk);
  pthread_mutex_unlock(&desk);
  return unused;
}

static void* Third(void* unused) {
  pthread_mutex_lock(&desk);
  pthread_mutex_lock(&ledger);
  pthread_mutex_unlock(&ledger);
  pthread_mutex_unlock(&desk);
  return unused;
}

int main(void) {
  pthread_t worker, third;
  pthread_create(&worker, NULL, Work, NULL);
  pthread_create(&third, NULL, Third, NULL);
  usleep(50000);
  pthread_mutex_lock(&ledger);
  pthread_join(worker, NULL);
  pthread_mutex_unlock(&ledger);
  pthread_join(third, NULL);
  return 0;
}
