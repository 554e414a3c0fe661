/* A large block moves by realloc, which unmaps the place where it was, with a mutex in it: that is not looked at. */
// expect: no finding
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  char* first = malloc(1 << 20);
  pthread_mutex_t* made = (pthread_mutex_t*)(void*)(first + 4096);
  pthread_mutex_init(made, NULL);
  pthread_mutex_lock(made);
  pthread_mutex_unlock(made);
  /* Fills the room behind it, so that it cannot grow where it is. */
  char* others[8];
  for (int i = 0; i < 8; ++i) others[i] = malloc(1 << 20);
  char* moved = realloc(first, 64 << 20);
  printf("%d\n", moved != NULL);
  free(moved);
  for (int i = 0; i < 8; ++i) free(others[i]);
  return 0;
}
