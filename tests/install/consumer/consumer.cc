// A program outside the project, built against the installed library.
#include <cstdio>

#include "lockdep/acquisition.h"

int main() {
  if (lockdep::ToString(lockdep::LockType::kRwSem) != "rwsem") {
    std::puts("the installed library does not know its lock types");
    return 1;
  }
  return 0;
}
