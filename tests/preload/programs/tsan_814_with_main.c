/* As in issue 814 of google/sanitizers, where main goes hand over hand: main is one thread for certain. */
/* No hang: main has given a back when it asks for c, and no other thread asks for b or c while it holds a or b. */
// expect: circular | mutex_a -> mutex_b -> mutex_c | false | same-thread
#include <pthread.h>

static pthread_mutex_t mutex_a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mutex_b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mutex_c = PTHREAD_MUTEX_INITIALIZER;
static int run = 1; /* under mutex_a */

static void* Back(void* unused) {
  for (int goes_on = 1; goes_on;) {
    pthread_mutex_lock(&mutex_c);
    pthread_mutex_lock(&mutex_a);
    goes_on = run;
    pthread_mutex_unlock(&mutex_a);
    pthread_mutex_unlock(&mutex_c);
  }
  return unused;
}

int main(void) {
  pthread_t back;
  pthread_create(&back, NULL, Back, NULL);
  for (int i = 0; i < 1000; ++i) {
    pthread_mutex_lock(&mutex_a);
    if (i == 999) run = 0;
    pthread_mutex_lock(&mutex_b);
    pthread_mutex_unlock(&mutex_a);
    pthread_mutex_lock(&mutex_c);
    pthread_mutex_unlock(&mutex_c);
    pthread_mutex_unlock(&mutex_b);
  }
  pthread_join(back, NULL);
  return 0;
}
