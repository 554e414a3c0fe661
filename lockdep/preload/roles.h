// Roles: what threads are for, told by their start routine and by where they are started.
//
// Cost: RoleOf walks the stack, and looks at all roles.
#ifndef LOCKDEP_PRELOAD_ROLES_H_
#define LOCKDEP_PRELOAD_ROLES_H_

#include <cstdint>

#include "lockdep/recording_format.h"

namespace lockdep::preload {

// Whether the ends of threads of the role can be waited for: they were seen to start.
inline bool MayBeJoined(std::uint32_t role) { return role >= recording::kFirstRole; }

// The role of threads with this start routine that are created here; kForeignRole past the limit.
// REQUIRES: the recorder's lock is not held.
std::uint32_t RoleOf(std::uintptr_t routine, std::uintptr_t site);

// The role of this name, of which the program declares that one thread at a time has it.  `name` stays where it is.
// REQUIRES: the recorder's lock is held.
std::uint32_t DeclaredRole(const char* name);

// Describes it, if it was not yet.  REQUIRES: the recorder's lock is held.
void RecordRole(std::uint32_t id);

// A thread of it runs on several stacks.  REQUIRES: the recorder's lock is held.
void RecordSeveralStacks(std::uint32_t id);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_ROLES_H_
