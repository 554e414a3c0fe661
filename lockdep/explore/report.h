// Turns what a search found into findings that name it: the schedule is run once more, with stacks.
//
// Thread-confined.  Cost: a run of the body for each, and what symbolizing costs (lockdep/symbolize.h).
#ifndef LOCKDEP_EXPLORE_REPORT_H_
#define LOCKDEP_EXPLORE_REPORT_H_

#include <string>
#include <vector>

#include "lockdep/exploration.h"
#include "lockdep/explore/execution.h"
#include "lockdep/explore/search.h"
#include "lockdep/hang.h"

namespace lockdep::explore {

// Sorted: hangs first, then by fingerprint; each fingerprint once.  `errors` gets what could not be run again.
std::vector<Reached> Report(Execution& execution, const std::vector<Found>& found, const std::string& source,
                            std::vector<std::string>& errors);

// Who waits for whom, in a state from which nothing leads to a good end.  `loop`: so many steps at the end of
// the trail go round for ever; who does some of them waits by trying.
// `with_places`: where in the program, which takes symbolizing.
Snapshot SnapshotOf(const Execution& execution, const Vocabulary& vocabulary, std::size_t loop, bool with_places);

// The first `shown` steps of the trail as one line, the last `loop` steps of it as a loop; if it hangs, with those
// that wait.
std::string ScheduleLine(const Execution& execution, const Vocabulary& vocabulary, std::size_t shown, std::size_t loop,
                         bool hangs);

}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_REPORT_H_
