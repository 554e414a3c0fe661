// Linked statically: nothing can be loaded into it.
#include <stdio.h>

int main(int argc, char** argv) {
  (void)argv;
  printf("static\n");
  return argc > 1 ? 4 : 0;
}
