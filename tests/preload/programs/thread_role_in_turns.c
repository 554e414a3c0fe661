/* Two threads of one kind, one after the other; something is waited for between them. */
// expect: circular | front -> back | unknown
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER, back = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void f(void) {}
static void* T(void* unused) {
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  return unused;
}

int main(void) {
  for (int i = 0; i < 2; i++) {
    pthread_t t;
    pthread_create(&t, 0, T, 0);
    pthread_join(t, 0);
    pthread_once(&once, f);
  }
  return 0;
}
