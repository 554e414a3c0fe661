// The search of all states of a program; see schedule_search.h.
#ifndef LOCKDEP_FULL_SEARCH_H_
#define LOCKDEP_FULL_SEARCH_H_

#include "lockdep/packed_program.h"
#include "lockdep/schedule_search.h"

namespace lockdep {

// REQUIRES: program.impossible is empty.
SearchResult SearchAll(const PackedProgram& program, const SearchOptions& options);

}  // namespace lockdep

#endif  // LOCKDEP_FULL_SEARCH_H_
