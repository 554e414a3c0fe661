// One half of a deadlock, by its name.
#ifndef TESTS_TOOLS_HALVES_HALVES_H_
#define TESTS_TOOLS_HALVES_HALVES_H_

void TakeHalf(const char* which);

#endif  // TESTS_TOOLS_HALVES_HALVES_H_
