// Joins the lines of one report that a mailer, a console or a person has broken.
//
// Only locks are joined, because only they are longer than a line: "(name){usage}, at:" and the function
// on the next line, a pointer alone, a name broken between its parentheses.  What stands between the two
// halves (a message of another driver) is skipped over, a few lines far, and kept.
//
// Thread-safe: no state.  Cost: one pass.
#ifndef LOCKDEP_KERNEL_LINE_JOINER_H_
#define LOCKDEP_KERNEL_LINE_JOINER_H_

#include <vector>

#include "lockdep/kernel/log_line.h"

namespace lockdep::kernel {

std::vector<LogLine> JoinLines(std::vector<LogLine> lines);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_LINE_JOINER_H_
