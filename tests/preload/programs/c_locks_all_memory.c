/* The program may lock 64 MiB of memory, and locks all it has.  What is recorded afterwards takes more room than was
   left of the recording. */
// expect: circular | front -> back | unknown
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;

static void* FrontFirst(void* unused) {
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  return unused;
}

static void* BackFirst(void* unused) {
  usleep(100000);
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  return unused;
}

static void* DoNothing(void* unused) { return unused; }

/* Who has this may lock as much as there is. */
static void GiveUpLocking(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  memset(data, 0, sizeof data);
  if (syscall(SYS_capget, &header, data) != 0) return;
  data[0].effective &= ~(1U << CAP_IPC_LOCK);
  syscall(SYS_capset, &header, data);
}

int main(void) {
  const struct rlimit limit = {64 << 20, 64 << 20};
  printf("%d ", setrlimit(RLIMIT_MEMLOCK, &limit));
  GiveUpLocking();
  printf("%s\n", mlockall(MCL_CURRENT) == 0 ? "locked" : strerror(errno));
  munlockall();
  pthread_t threads[2];
  for (int i = 0; i < 1500; ++i) {
    if (pthread_create(&threads[0], NULL, DoNothing, NULL) != 0) return 1;
    pthread_join(threads[0], NULL);
  }
  pthread_create(&threads[0], NULL, FrontFirst, NULL);
  pthread_create(&threads[1], NULL, BackFirst, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  return 0;
}
