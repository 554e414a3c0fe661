/* The C library loads code of its own to convert text, while the program holds a lock. */
// expect: no finding
#include <iconv.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;

int main(void) {
  char text[] = "gr\xfc\xdf";
  char converted[32] = "";
  char* from = text;
  char* to = converted;
  size_t from_left = sizeof text - 1;
  size_t to_left = sizeof converted - 1;
  pthread_mutex_lock(&outer);
  printf("%d ", setlocale(LC_ALL, "") != NULL);
  const iconv_t conversion = iconv_open("UTF-8", "ISO-8859-15");
  printf("%d ", conversion != (iconv_t)-1);
  if (conversion != (iconv_t)-1) {
    printf("%d ", (int)iconv(conversion, &from, &from_left, &to, &to_left));
    pthread_mutex_lock(&inner);
    pthread_mutex_unlock(&inner);
    printf("%d ", iconv_close(conversion));
  }
  pthread_mutex_unlock(&outer);
  printf("%s\n", converted);
  return 0;
}
