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
  std::uint64_t packed_states = 1'000'000;
  std::uint64_t fiber_states = 10'000;
};

// Which engines looked at every schedule.
struct Compared {
  bool by_packed = false;  // with reduction and without
  bool by_reference = false;
  bool by_fibers = false;
  bool for_fibers = false;  // see RunsOnFibers
  bool hangs = false;

  bool by_all() const { return by_packed && by_reference && by_fibers; }
};

// Requires that those that looked at every schedule found the same hangs and failures, and that fibers that did not
// found none that the others do not know.
// `every_step`: of the fibers, see ExecutionSettings.
Compared CompareEngines(const LockProgram& program, bool every_step, const EngineLimits& limits = {});

}  // namespace lockdep::explore

#endif  // TESTS_LOCKDEP_EXPLORE_ENGINE_COMPARISON_H_
