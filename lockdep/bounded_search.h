// Searches of some schedules of a program; see ExploreOptions.
//
// What they find is sure: a state in which nobody can go on; or, with loops, threads that are stuck whatever the
// others do while those go round endless loops.  They never show that nothing is there.
#ifndef LOCKDEP_BOUNDED_SEARCH_H_
#define LOCKDEP_BOUNDED_SEARCH_H_

#include "lockdep/packed_program.h"
#include "lockdep/schedule_search.h"

namespace lockdep {

// REQUIRES of both: program.impossible is empty.

// All schedules with at most so many preemptions (M. Musuvathi, S. Qadeer, "Iterative context bounding for systematic
// testing of multithreaded programs", 2007).
SearchResult SearchWithPreemptions(const PackedProgram& program, const SearchOptions& options);

// Random schedules: each step of any thread that can go on; or, with change points, of the one of highest priority
// (S. Burckhardt, P. Kothari, M. Musuvathi, S. Nagarakatte, "A randomized scheduler with probabilistic guarantees of
// finding bugs", 2010).  The same for the same seed.
SearchResult SearchAtRandom(const PackedProgram& program, const SearchOptions& options);

}  // namespace lockdep

#endif  // LOCKDEP_BOUNDED_SEARCH_H_
