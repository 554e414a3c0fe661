// The beginning and the end of the process.
#include <unistd.h>

#include "lockdep/preload/export.h"
#include "lockdep/preload/process_events.h"
#include "lockdep/preload/real.h"

namespace lockdep::preload {
namespace {

// Before main, so that a process in which no lock was seen leaves a recording, too.
[[gnu::constructor]] void Begin() { StartRecorderNow(); }

// After those of the program: ours was loaded first.
[[gnu::destructor]] void End() { ProcessEnds(recording::End::kExit); }

}  // namespace

LOCKDEP_EXPORT void _exit(int code) {
  ProcessEnds(recording::End::kQuickExit);
  Real().exit_now(code);
  __builtin_unreachable();
}

LOCKDEP_EXPORT void _Exit(int code) { _exit(code); }

}  // namespace lockdep::preload
