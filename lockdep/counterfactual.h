// Why does a cycle not hang in a program?  Its protections are taken away, one, two or three at a time;
// those without which this very cycle hangs are the reasons.
//
// A *protection* is a gate, a try or a wait for a time in place of a wait, the absence of a writer, the
// separation of two instances, an order that a start, a join, a flag or an event forces, or that one
// thread does one thing after the other.  A set of protections explains the verdict if the cycle hangs
// without all of them and does not without fewer.  Several sets may: then each of them is needed.
//
// Another hang of the same threads explains nothing: only a state counts in which exactly the links of
// the cycle wait for each other.
//
// Thread-safe: no state.
// Cost: a search of all schedules for every set tried, within the limits of ExploreOptions for all of
// them together.
#ifndef LOCKDEP_COUNTERFACTUAL_H_
#define LOCKDEP_COUNTERFACTUAL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "lockdep/cycle_reach.h"
#include "lockdep/exploration.h"
#include "lockdep/finding.h"
#include "lockdep/lock_program.h"

namespace lockdep {

struct Protection {
  ReasonKind kind = ReasonKind::kExclusiveGate;
  std::vector<int> locks;  // indices into LockProgram::locks; none where it is not about locks
  Wording evidence;        // one sentence
};

struct Explanation {
  std::vector<std::vector<Protection>> sets;  // minimal ones, smallest first; each of one to three
  bool complete = false;                      // every set of up to three was tried
  std::string gave_up;                        // why not
  std::uint64_t states = 0;                   // of all searches together
};

// REQUIRES: the cycle is not reached in the program as it is.
Explanation ExplainByRemoval(const LockProgram& program, const CycleTarget& target, const ExploreOptions& options);

// The explanation as reasons of a finding, each protection once.  `lock_index` says, by index into
// LockProgram::locks, which lock of the finding that is.  Without any set: `cannot-run-concurrently`,
// for the reason that `otherwise` gives, a sentence.
std::vector<Reason> ReasonsOf(const Explanation& explanation, const std::vector<int>& lock_index,
                              const std::string& otherwise);

}  // namespace lockdep

#endif  // LOCKDEP_COUNTERFACTUAL_H_
