/* A library of the program has an allocator without malloc_usable_size: that of the C library may not be asked about
   its memory.  The end of memory on the heap is not seen then, and no verdict rests on who such a lock is. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t fixed = PTHREAD_MUTEX_INITIALIZER;

static void Nested(pthread_mutex_t* outer, pthread_mutex_t* inner) {
  pthread_mutex_lock(outer);
  pthread_mutex_lock(inner);
  pthread_mutex_unlock(inner);
  pthread_mutex_unlock(outer);
}

int main(void) {
  pthread_mutex_t* made = malloc(sizeof *made);
  pthread_mutex_init(made, NULL);
  Nested(&fixed, made);
  pthread_mutex_destroy(made);
  free(made);
  char* text = malloc(112);
  memset(text, 'A', 112);
  char* behind = malloc(100);
  free(behind);
  text = realloc(text, 1000);
  printf("%c%c\n", text[0], text[111]);
  free(text);
  return 0;
}
