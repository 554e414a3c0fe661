// Takes the halves that its arguments name.
#include "tests/tools/halves/halves.h"

#ifdef ANOTHER_PROGRAM
int another_program = 1;
#endif

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) TakeHalf(argv[i]);
}
