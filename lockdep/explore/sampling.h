// Runs a body under some random schedules.
//
// Either each step is drawn anew, or (pct_depth) threads have random priorities with a few random points at which
// the running one falls behind all others: a hang that needs d such orderings is met by one run with a chance of at
// least 1 / (threads * steps^(d-1)).
// Source: Burckhardt, Kothari, Musuvathi, Nagarakatte, A Randomized Scheduler with Probabilistic Guarantees of
// Finding Bugs, ASPLOS 2010.
//
// The same seed gives the same schedules.  Thread-confined.
#ifndef LOCKDEP_EXPLORE_SAMPLING_H_
#define LOCKDEP_EXPLORE_SAMPLING_H_

#include "lockdep/explore/execution.h"
#include "lockdep/explore/search.h"

namespace lockdep::explore {

SearchResult Sample(Execution& execution, const SearchSettings& settings);

}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_SAMPLING_H_
