// Threads that wait, as a recording has them: those of a hang as a snapshot, all of them as lines of text.
//
// Thread-confined, as the world.  Cost: that of naming places.
#ifndef LOCKDEP_RECORDED_HANGS_H_
#define LOCKDEP_RECORDED_HANGS_H_

#include <string>
#include <vector>

#include "lockdep/finding.h"
#include "lockdep/recorded_world.h"
#include "lockdep/recording.h"

namespace lockdep {

// The hang confirms those of the findings that happened in it; what it is beside that is added to them.
void AddHang(const recording::HangRecord& hang, RecordedWorld& world, const std::string& source,
             std::vector<Finding>& findings);

// What each thread waited for and held; REQUIRES: a record of the type kStatus.
std::string DescribeStatus(const recording::HangRecord& status, RecordedWorld& world);

}  // namespace lockdep

#endif  // LOCKDEP_RECORDED_HANGS_H_
