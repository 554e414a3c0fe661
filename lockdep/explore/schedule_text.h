// A schedule as one line of text.
//
//   t1:lock(a) t2:lock(b) t1:lock(b)* t2:lock(a)*
//
// Each step is THREAD:OPERATION(OBJECT), then what came of it: nothing, it was done; `!` a try failed or a timed
// wait ran out; `~` a sleeper woke up by itself; `>t2` it woke t2; `=1` it chose 1; `*` it waits: it announces its
// wait, or cannot go on at all.  What stands in ( ) goes round for ever.  Names that are not one word stand in double
// quotes.
//
// Thread-safe: no state.
#ifndef LOCKDEP_EXPLORE_SCHEDULE_TEXT_H_
#define LOCKDEP_EXPLORE_SCHEDULE_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace lockdep::explore {

struct ScheduleEntry {
  std::string thread;
  std::string operation;  // as it is written: "t1:lock(a)"
  char mark = ' ';        // one of " *!~>="
  std::string argument;   // of > and =
  std::string ToString() const;
};

// An error says at which column what was expected.
absl::StatusOr<std::vector<ScheduleEntry>> ParseSchedule(std::string_view text);

}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_SCHEDULE_TEXT_H_
