// What a recording says somewhere and means everywhere: it counts also for records that stand before it.
//
// Immutable.  Cost: one look at all records.
#ifndef LOCKDEP_RECORDED_FACTS_H_
#define LOCKDEP_RECORDED_FACTS_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "lockdep/held_locks.h"
#include "lockdep/recording.h"

namespace lockdep {

struct RecordedFacts {
  explicit RecordedFacts(const Recording& recording);

  // Locks, by their numbers.
  absl::flat_hash_map<std::uint32_t, std::string> names;        // that the program gave them
  absl::flat_hash_map<std::uint32_t, std::string> class_names;  // and their classes
  absl::flat_hash_set<std::uint32_t> no_locks;                  // recording::NoLockRecord
  // By who had not taken them; so who did may be thought to hold them still.
  absl::flat_hash_set<std::uint32_t> given_back_by_others;

  // Roles.
  absl::flat_hash_map<std::uint32_t, std::uint32_t> started;  // how many threads
  absl::flat_hash_set<std::uint32_t> joined_under_locks;
  bool all_threads_told = true;  // else more were started than are told of
  // Declared to be of one thread at a time, though two had them at once.
  absl::flat_hash_set<std::uint32_t> of_two_at_once;
};

// The mode and the kind that an entry was recorded with; whatever else it says, and says wrongly, is left out.
How RecordedHow(std::uint16_t bits);

}  // namespace lockdep

#endif  // LOCKDEP_RECORDED_FACTS_H_
