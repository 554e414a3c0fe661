/* A library is loaded, used under a lock, and closed again, a few times. */
// expect: no finding
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;

int main(void) {
  for (int i = 0; i < 3; ++i) {
    pthread_mutex_lock(&outer);
    void* library = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
    printf("%d %d ", library != NULL, library != NULL && dlsym(library, "cos") != NULL);
    pthread_mutex_lock(&inner);
    printf("%d\n", library == NULL ? -1 : dlclose(library));
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
  }
  printf("%d\n", dlopen("no_such_library.so", RTLD_NOW) == NULL);
  return 0;
}
