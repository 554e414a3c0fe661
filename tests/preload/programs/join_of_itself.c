/* A worker ends its pool, itself among it: a join of oneself is refused at once. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t pool[2];

static void* W(void* x) {
  if (x) {
    usleep(200000);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < 2; i++)
      if (pthread_join(pool[i], 0)) pthread_detach(pool[i]);
    pthread_mutex_unlock(&lock);
  }
  return 0;
}

int main(void) {
  pthread_create(&pool[0], 0, W, 0);
  pthread_create(&pool[1], 0, W, "x");
  usleep(500000);
  pthread_mutex_lock(&lock);
  pthread_mutex_unlock(&lock);
  puts("done");
  return 0;
}
