#include "lockdep/schedule_search.h"

#include "lockdep/bounded_search.h"
#include "lockdep/full_search.h"
#include "lockdep/packed_program.h"

namespace lockdep {

SearchResult SearchSchedules(const LockProgram& program, const SearchOptions& options) {
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
