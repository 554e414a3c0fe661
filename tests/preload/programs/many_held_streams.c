/* More than sixteen locks are held, streams among them, and one in the middle is given back: nobody waits for ever. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t l[15];
static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
static FILE *R1, *R2;

static void* T(void* unused) {
  for (int i = 0; i < 15; i++) pthread_mutex_lock(&l[i]);
  flockfile(R1);
  flockfile(R1);               /* index 15, again 1 */
  flockfile(R2);               /* index 16 */
  pthread_mutex_unlock(&l[3]); /* not LIFO: R2 moves to index 15 */
  funlockfile(R2);
  funlockfile(R1);
  funlockfile(R1);
  for (int i = 14; i >= 0; i--)
    if (i != 3) pthread_mutex_unlock(&l[i]);
  usleep(200000);
  pthread_mutex_lock(&outer);
  pthread_mutex_unlock(&outer); /* holds nothing */
  return unused;
}

static void* V(void* unused) {
  usleep(100000);
  flockfile(R2);
  usleep(400000);
  funlockfile(R2);
  return unused;
}

static void* U(void* unused) {
  usleep(150000);
  pthread_mutex_lock(&outer);
  flockfile(R2);
  funlockfile(R2);
  pthread_mutex_unlock(&outer);
  return unused;
}

int main(void) {
  for (int i = 0; i < 15; i++) pthread_mutex_init(&l[i], 0);
  R1 = tmpfile();
  R2 = tmpfile();
  pthread_t t, u, v;
  pthread_create(&t, 0, T, 0);
  pthread_create(&u, 0, U, 0);
  pthread_create(&v, 0, V, 0);
  pthread_join(t, 0);
  pthread_join(u, 0);
  pthread_join(v, 0);
  puts("done");
  return 0;
}
