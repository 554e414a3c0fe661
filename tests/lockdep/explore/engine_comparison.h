// One lock program in all engines: the packed search of scripts (lockdep/schedule_search.h), with and without
// reduction, the explorer of C++ code on fibers, and the reference of scripts.
//
// Thread-confined: it uses Catch's assertions.
#ifndef TESTS_LOCKDEP_EXPLORE_ENGINE_COMPARISON_H_
#define TESTS_LOCKDEP_EXPLORE_ENGINE_COMPARISON_H_

#include <cstddef>
#include <cstdint>

#include "lockdep/lock_program.h"

namespace lockdep::explore {

struct EngineLimits {
  std::size_t reference_states = 400;  // it needs time that is their square
  bool needs_reference = true;         // else a program too large for it is compared without it
  std::uint64_t packed_states = 1'000'000;
  std::uint64_t fiber_states = 10'000;
};

struct Compared {
  enum class Outcome { kNotCompared, kTooLargeForFibers, kSame };
  Outcome outcome = Outcome::kNotCompared;
  bool by_reference = false;
  bool hangs = false;
};

// Requires that all find the same hangs, and that all looked at every schedule, where the program fits the limits.
// `every_step`: of the fibers, see ExecutionSettings.
Compared CompareEngines(const LockProgram& program, bool every_step, const EngineLimits& limits = {});

}  // namespace lockdep::explore

#endif  // TESTS_LOCKDEP_EXPLORE_ENGINE_COMPARISON_H_
