// A recording, fed to a Validator: findings with verdicts, of one process.
//
// Chains become contexts, episodes become episodes, starts and joins the pasts of threads, just as if the wrappers had
// told of them (validator.h); so a verdict rests on the same evidence and the same rules, in an open world.  Beyond
// that:
//   * a lock whose birth was not seen and that is no static object is of assumed identity (LockInfo::assumed);
//   * an operation that was not recorded is a lost event, so no verdict rests on an absence;
//   * a hang that happened confirms the finding of its cycle, or is one of its own.
//
// Thread-safe: no state.  Cost: that of the validator, and of reading debug information.
#ifndef LOCKDEP_RECORDING_REPLAY_H_
#define LOCKDEP_RECORDING_REPLAY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "lockdep/finding.h"
#include "lockdep/recording.h"

namespace lockdep {

struct RecordedFindings {
  std::vector<Finding> findings;   // symbolized; sorted as Validator::Findings
  std::vector<std::string> notes;  // sentences for the user
};

// `source` is copied into findings: the program's name.
RecordedFindings Replay(const Recording& recording, const std::string& source);

}  // namespace lockdep

#endif  // LOCKDEP_RECORDING_REPLAY_H_
