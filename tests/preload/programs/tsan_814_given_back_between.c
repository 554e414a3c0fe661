/* github.com/google/sanitizers/issues/814: one thread goes a, b, c hand over hand, the other takes a under c. */
/* No hang: the first has given a back when it asks for c.  Two threads of its kind could close the cycle; it is one. */
// run: --threads as-seen
// expect: circular | mutex_a -> mutex_b -> mutex_c | false | same-thread
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t mutex_a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mutex_b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mutex_c = PTHREAD_MUTEX_INITIALIZER;
static int run = 1; /* under mutex_a */

static void* HandOverHand(void* unused) {
  for (int goes_on = 1; goes_on;) {
    pthread_mutex_lock(&mutex_a);
    goes_on = run;
    pthread_mutex_lock(&mutex_b);
    pthread_mutex_unlock(&mutex_a);
    pthread_mutex_lock(&mutex_c);
    pthread_mutex_unlock(&mutex_c);
    pthread_mutex_unlock(&mutex_b);
  }
  return unused;
}

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
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, HandOverHand, NULL);
  pthread_create(&threads[1], NULL, Back, NULL);
  usleep(20000);
  pthread_mutex_lock(&mutex_a);
  run = 0;
  pthread_mutex_unlock(&mutex_a);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  return 0;
}
