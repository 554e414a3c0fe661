#include "lockdep/schedule_search.h"

#include <cstddef>
#include <string>

#include "lockdep/bounded_search.h"
#include "lockdep/full_search.h"
#include "lockdep/packed_program.h"

namespace lockdep {

// What is known of a thread's control flow is made in time quadratic in its operations.
constexpr std::size_t kOpsMax = 20'000;

SearchResult SearchSchedules(const LockProgram& program, const SearchOptions& options) {
  for (const LockProgram::Thread& thread : program.threads) {
    if (thread.ops.size() <= kOpsMax) continue;
    SearchResult result;
    result.statistics.gave_up = "a thread has more than " + std::to_string(kOpsMax) + " operations";
    return result;
  }
  const PackedProgram packed(program);
  if (!packed.impossible.empty()) {
    SearchResult result;
    result.statistics.gave_up = packed.impossible;
    return result;
  }
  if (options.explore.random_runs > 0) return SearchAtRandom(packed, options);
  if (options.explore.preemptions >= 0) return SearchWithPreemptions(packed, options);
  return SearchAll(packed, options);
}

}  // namespace lockdep
