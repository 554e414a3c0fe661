/* More than sixteen locks are held, and one in the middle is given back while recursive ones are above it. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t l[15], R1, R2;

static void init(pthread_mutex_t* m, int t) {
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_settype(&a, t);
  pthread_mutex_init(m, &a);
}

int main(void) {
  for (int i = 0; i < 15; i++) init(&l[i], PTHREAD_MUTEX_NORMAL);
  init(&R1, PTHREAD_MUTEX_RECURSIVE);
  init(&R2, PTHREAD_MUTEX_RECURSIVE);
  for (int i = 0; i < 15; i++) pthread_mutex_lock(&l[i]);
  pthread_mutex_lock(&R1);
  pthread_mutex_lock(&R1);     /* index 15, again 1 */
  pthread_mutex_lock(&R2);     /* index 16 */
  pthread_mutex_unlock(&l[3]); /* not LIFO: R2 moves to index 15 */
  pthread_mutex_unlock(&R2);
  pthread_mutex_unlock(&R1);
  pthread_mutex_unlock(&R1);
  for (int i = 14; i >= 0; i--)
    if (i != 3) pthread_mutex_unlock(&l[i]);
  printf("destroy %d\n", pthread_mutex_destroy(&R2));
  return 0;
}
