/* Two orders of process-shared spin locks, in parent and child, under a mutex that each process has for itself. */
// expect: circular | main at process_shared_spin_private_gate.c -> main at process_shared_spin_private_gate.c | unknown
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct { pthread_spinlock_t a, b; } * s;

static void One(void) {
  pthread_mutex_lock(&gate);
  pthread_spin_lock(&s->a);
  pthread_spin_lock(&s->b);
  pthread_spin_unlock(&s->b);
  pthread_spin_unlock(&s->a);
  pthread_mutex_unlock(&gate);
}

static void Two(void) {
  pthread_mutex_lock(&gate);
  pthread_spin_lock(&s->b);
  pthread_spin_lock(&s->a);
  pthread_spin_unlock(&s->a);
  pthread_spin_unlock(&s->b);
  pthread_mutex_unlock(&gate);
}

static void* T(void* x) {
  Two();
  return x;
}

int main(void) {
  s = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_spin_init(&s->a, PTHREAD_PROCESS_SHARED);
  pthread_spin_init(&s->b, PTHREAD_PROCESS_SHARED);
  pid_t c = fork();
  pthread_t t;
  if (c == 0) {
    usleep(200000);
    Two();
    One();
    _exit(0);
  }
  One();
  pthread_create(&t, 0, T, 0);
  pthread_join(t, 0);
  waitpid(c, 0, 0);
  return 0;
}
