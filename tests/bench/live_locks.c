/* What a lock that lives costs under the recorder: `live_locks heap|static COUNT` initialises so many mutexes, takes
   each of them once under another lock, and prints "RESIDENT ANONYMOUS", the bytes of memory that the process then has:
   all, and what is no file's.  Those on the heap are made in one place, so that few of their orders are kept; of
   static ones each is a lock by itself, and all are.  live_locks.sh runs it with and without the recorder. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kCountMax = 1000000 };

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t in_static_memory[kCountMax];

/* A line of /proc/self/status, in bytes; -1 if there is none. */
static long Status(const char* key) {
  FILE* const file = fopen("/proc/self/status", "r");
  if (file == NULL) return -1;
  char line[256];
  char name[64];
  long kib = -1;
  long found = -1;
  while (found < 0 && fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "%63[^:]: %ld", name, &kib) == 2 && strcmp(name, key) == 0) found = kib * 1024;
  }
  fclose(file);
  return found;
}

int main(int argc, char** argv) {
  const long count = argc == 3 ? atol(argv[2]) : 0;
  const int on_heap = argc == 3 && strcmp(argv[1], "heap") == 0;
  if (count <= 0 || count > kCountMax || (!on_heap && strcmp(argv[1], "static") != 0)) {
    fprintf(stderr, "usage: live_locks heap|static COUNT, at most %d\n", kCountMax);
    return 2;
  }
  pthread_mutex_t* const mutexes = on_heap ? malloc((size_t)count * sizeof *mutexes) : in_static_memory;
  if (mutexes == NULL) return 1;
  for (long i = 0; i < count; ++i) pthread_mutex_init(&mutexes[i], NULL);
  for (long i = 0; i < count; ++i) {
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&mutexes[i]);
    pthread_mutex_unlock(&mutexes[i]);
    pthread_mutex_unlock(&outer);
  }
  printf("%ld %ld\n", Status("VmRSS"), Status("RssAnon"));
  return 0;
}
