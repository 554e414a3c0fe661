#include "lockdep/check.h"

#include <cstdio>
#include <cstdlib>

namespace lockdep {

void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "lockdep internal error at %s:%d: %s does not hold\n", file, line, condition);
  std::abort();
}

}  // namespace lockdep
