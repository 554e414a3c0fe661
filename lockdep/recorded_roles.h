// What the program declares of roles, as far as the recording does not contradict it.
//
// Thread-safe: no state.  Cost: one look at all records.
#ifndef LOCKDEP_RECORDED_ROLES_H_
#define LOCKDEP_RECORDED_ROLES_H_

#include <cstdint>

#include "absl/container/flat_hash_set.h"
#include "lockdep/recording.h"

namespace lockdep {

// The roles that are declared to be of one thread at a time, though two had them at once.
absl::flat_hash_set<std::uint32_t> RolesOfTwoAtOnce(const Recording& recording);

}  // namespace lockdep

#endif  // LOCKDEP_RECORDED_ROLES_H_
