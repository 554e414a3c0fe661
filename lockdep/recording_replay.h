// A recording, fed to a Validator: findings with verdicts, of one process.
//
// Chains become contexts, episodes become episodes, starts and joins the pasts of threads, just as if the wrappers had
// told of them (validator.h); so a verdict rests on the same evidence and the same rules, in an open world.  Beyond
// that:
//   * a lock whose birth was not seen and that is no static object is of assumed identity (Doubt::kIdentity);
//   * an operation that was not recorded is a lost event, so no verdict rests on an absence;
//   * a hang that happened confirms the finding of its cycle, or is one of its own;
//   * each signal whose handler takes locks has a validator of its own, which sees that handler as an interrupt: from
//   it
//     come only the findings about locks that a handler may find held.  For all others a handler is a part of what it
//     interrupted, which is what happened.
//
// Thread-safe: no state.  Cost: that of the validators, and of reading debug information.
#ifndef LOCKDEP_RECORDING_REPLAY_H_
#define LOCKDEP_RECORDING_REPLAY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "lockdep/finding.h"
#include "lockdep/recorded_doubts.h"
#include "lockdep/recording.h"

namespace lockdep {

struct ReplayOptions {
  std::string source;  // copied into findings: the program's name
  // Look also for orders among all locks that were made at one place, as if these were one; notes tell of them.  For
  // classes that the program declares that is done anyway.
  bool classes_by_site = false;
  // The user declares that a thread that was started once is the only one of its role.
  bool threads_as_seen = false;
  RecordedDoubts::NewLocks new_locks = RecordedDoubts::NewLocks::kAsSeen;
};

struct RecordedFindings {
  std::vector<Finding> findings;   // symbolized; those of handlers stand last
  std::vector<std::string> notes;  // sentences for the user
};

RecordedFindings Replay(const Recording& recording, const ReplayOptions& options);

// What all threads waited for and held, each time that the user asked; lines.  Looks for no findings.
std::vector<std::string> Statuses(const Recording& recording);

}  // namespace lockdep

#endif  // LOCKDEP_RECORDING_REPLAY_H_
