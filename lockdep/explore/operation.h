// What a simulated thread asks for, what can come out, and how both are called.
//
// An operation is where threads can be switched: a thread stops before it, and goes on to its next one once
// it is done.
//
// Immutable vocabulary; no state.
#ifndef LOCKDEP_EXPLORE_OPERATION_H_
#define LOCKDEP_EXPLORE_OPERATION_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "lockdep/acquisition.h"

namespace lockdep::explore {

enum class Code : std::uint8_t {
  kTake,         // a lock, by mode and kind
  kRelease,      // a lock; perhaps falling asleep
  kDowngrade,    // a lock
  kSleep,        // on a condition: until woken; kind
  kSignal,       // a condition: one sleeper
  kBroadcast,    // a condition: all sleepers
  kWaitFor,      // a completion; kind
  kComplete,     // a completion
  kCompleteAll,  // a completion
  kJoin,         // a thread
  kRead,         // a variable, plainly
  kWrite,
  kReadOnce,  // a variable, marked: races with nothing that is marked too
  kWriteOnce,
  kUpdate,  // a variable: read and written in one, marked
  kYield,
  kRestart,
  kBoundary,
  kChoose,  // one of several, freely
};

// What comes of an operation when it is scheduled.
enum class Outcome : std::uint8_t {
  kDone,       // got what it asked for
  kAnnounced,  // began to wait: a writer behind whom readers queue
  kNotGot,     // a try failed, a timed wait ended
  kSpurious,   // a sleeper woke up by itself
};

inline bool IsAccess(Code code) { return code >= Code::kRead && code <= Code::kUpdate; }
inline bool IsWrite(Code code) { return code == Code::kWrite || code == Code::kWriteOnce || code == Code::kUpdate; }
inline bool IsPlain(Code code) { return code == Code::kRead || code == Code::kWrite; }

// The word of a schedule: "lock", "tryread", "unlock", "wait", "signal", ...  As in the workload language.
std::string WordOf(Code code, Mode mode, Kind kind);

// One step of a schedule: who did what to what, and what came of it.  All by number (vocabulary.h).
struct Step {
  std::uint32_t thread = 0;
  std::uint32_t object = 0;    // of kJoin: the thread; 0 where there is none
  std::uint32_t argument = 0;  // of kSignal: the thread that was woken + 1, or 0; of kChoose: which
  Code code = Code::kYield;
  Mode mode = Mode::kExclusive;
  Kind kind = Kind::kBlocking;
  Outcome outcome = Outcome::kDone;
  friend bool operator==(const Step&, const Step&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Step& step) {
    return H::combine(std::move(h), step.thread, step.object, step.argument, step.code, step.mode, step.kind,
                      step.outcome);
  }
};

}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_OPERATION_H_
