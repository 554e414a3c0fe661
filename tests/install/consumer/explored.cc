// A test outside the project, built against the installed explorer: of two threads that take two locks in opposite
// orders some schedule hangs, and of two that take them in one order none does.
#include <cstdio>

#include "lockdep/explore/explore.h"
#include "lockdep/lockdep.h"

namespace {

lockdep::Exploration TwoThreads(bool opposite) {
  return lockdep::explore::Explore([opposite] {
    lockdep::Mutex index{"index"}, journal{"journal"};
    lockdep::Thread writer([&] {
      lockdep::MutexLock outer(index);
      lockdep::MutexLock inner(journal);
    });
    lockdep::Thread truncater([&] {
      lockdep::MutexLock outer(opposite ? journal : index);
      lockdep::MutexLock inner(opposite ? index : journal);
    });
    writer.join();
    truncater.join();
  });
}

bool Report(const char* what, const lockdep::Exploration& result) {
  std::printf("%s: %zu reached, exhausted: %d\n", what, result.reached.size(), result.statistics.exhausted);
  return false;
}

}  // namespace

int main() {
  const lockdep::Exploration opposite = TwoThreads(true), ordered = TwoThreads(false);
  const bool hangs = opposite.reached.size() == 1 && opposite.reached[0].finding.kind == lockdep::FindingKind::kHang;
  const bool proved = ordered.reached.empty() && ordered.errors.empty() && ordered.statistics.exhausted;
  const bool all = (hangs || Report("opposite orders", opposite)) && (proved || Report("one order", ordered));
  return all ? 0 : 1;
}
