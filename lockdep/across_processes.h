// Lock orders that contradict each other only if several processes are taken together.
//
// Locks of different processes are one where they have one stable name; so are code addresses, and roles.  Each order
// is an order of the program, in whichever of its processes it was seen; but whether one process does both sides of a
// cycle, and in which threads, is not known.  So a cycle across processes is `unknown` at most, and `missing` says that
// no process has all its sides.  It is `false` where that needs no process: the same lock is held on two sides, or a
// wait ends by itself.  Which thread, starts, joins, waits and episodes are of one process, and decide nothing here.
//
// A choice of sides each of which was seen in the same processes as the others is left to those: each of them has all
// of it, and its own replay (recording_replay.h) judges it by more evidence.  So a side that was seen in one more
// process is enough for a finding here, also where every process that has all sides says `false`.
//
// Thread-safe: no state.  Cost: that of the cycle search over all processes' chains, and of reading debug information.
#ifndef LOCKDEP_ACROSS_PROCESSES_H_
#define LOCKDEP_ACROSS_PROCESSES_H_

#include <string>
#include <vector>

#include "lockdep/finding.h"
#include "lockdep/merged_recording.h"

namespace lockdep {

struct AcrossProcesses {
  std::vector<Finding> findings;   // symbolized; sorted as Validator::Findings
  std::vector<std::string> notes;  // sentences for the user
};

// `source` is copied into findings.
AcrossProcesses FindAcrossProcesses(const MergedRecording& merged, const std::string& source);

}  // namespace lockdep

#endif  // LOCKDEP_ACROSS_PROCESSES_H_
