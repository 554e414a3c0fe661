// A program outside the project, built against the installed library: two threads take two locks in
// opposite orders, one after the other, and the program finds the finding.
#include <cstdio>

#include "lockdep/lockdep.h"

lockdep::Mutex index_lock{LOCKDEP_NAME("index")};
lockdep::Mutex journal_lock{LOCKDEP_NAME("journal")};

void Write() {
  lockdep::MutexLock index(index_lock);
  lockdep::MutexLock journal(journal_lock);
}

void Truncate() {
  lockdep::MutexLock journal(journal_lock);
  lockdep::MutexLock index(index_lock);
}

int main() {
  int seen = 0;
  lockdep::SetFindingHandler([&seen](const lockdep::Finding&) { ++seen; });
  lockdep::Thread(Write).join();
  lockdep::Thread(Truncate).join();
#ifdef LOCKDEP_DISABLED
  static_assert(sizeof(lockdep::Mutex) == 4, "nothing but the plain lock is left");
  const int expected = 0;
#else
  const int expected = 1;
#endif
  const int found = static_cast<int>(lockdep::Findings().size());
  if (seen == expected && found == expected) return 0;
  std::printf("%d findings while running and %d in the end, instead of %d\n", seen, found, expected);
  return 1;
}
