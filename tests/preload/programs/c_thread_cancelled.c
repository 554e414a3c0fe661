/* A thread is cancelled while it sleeps under two locks, which its cleanup handlers give back. */
// expect: no finding
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static sem_t sleeps;

static void GiveBack(void* lock) { pthread_mutex_unlock(lock); }

static void* Sleep(void* unused) {
  pthread_mutex_lock(&front);
  pthread_cleanup_push(GiveBack, &front);
  pthread_mutex_lock(&back);
  pthread_cleanup_push(GiveBack, &back);
  sem_post(&sleeps);
  for (;;) pause();
  pthread_cleanup_pop(0);
  pthread_cleanup_pop(0);
  return unused;
}

int main(void) {
  pthread_t thread;
  void* result = NULL;
  sem_init(&sleeps, 0, 0);
  pthread_create(&thread, NULL, Sleep, NULL);
  sem_wait(&sleeps);
  pthread_cancel(thread);
  pthread_join(thread, &result);
  printf("%d ", result == PTHREAD_CANCELED);
  printf("%d ", pthread_mutex_trylock(&front));
  printf("%d\n", pthread_mutex_trylock(&back));
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  return 0;
}
