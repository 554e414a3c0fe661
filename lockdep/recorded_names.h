// What locks and roles of a recorded process are called.
//
// A static object has the name of its symbol; any other lock is named after the place of its birth.  A role has the
// name of its start routine, where that is the program's own, else of the place that starts it.
//
// Thread-compatible.  Cost: see debug_info.h.
#ifndef LOCKDEP_RECORDED_NAMES_H_
#define LOCKDEP_RECORDED_NAMES_H_

#include <string>

#include "lockdep/finding.h"
#include "lockdep/recorded_code.h"
#include "lockdep/recording.h"
#include "lockdep/validator.h"

namespace lockdep {

// `doubt` as far as the record says.
LockInfo InfoOf(const recording::LockRecord& record, RecordedCode& code);
// How a finding describes such a lock.
FindingLock DescriptionOf(const LockInfo& info);

// Not of roles that the recorder makes itself: see there.
std::string RoleName(const recording::RoleRecord& record, RecordedCode& code);
RoleInfo InfoOf(const recording::RoleRecord& record, RecordedCode& code);

// "f at x.cc:12".
std::string NameOfPlace(const Place& place);

}  // namespace lockdep

#endif  // LOCKDEP_RECORDED_NAMES_H_
