// A finding as text for people, in the shape of the Linux kernel's lockdep reports.
//
// The title, the sentences and the scenario are the kernel's, so that who knows its reports can
// read these at once.  What is new: both sides of every link with their places, how each lock was
// taken ({exclusive, trylock}), all locks of the cycle, the other locks held, and below the report
// the verdict with its reasons.  Names come before places; addresses are not printed, so that the
// same finding gives the same bytes.
//
// Source of the shapes: Linux kernel/locking/lockdep.c, print_circular_bug and its neighbours.
//
// Thread-compatible: no state.
#ifndef LOCKDEP_REPORT_TEXT_H_
#define LOCKDEP_REPORT_TEXT_H_

#include <string>

#include "lockdep/finding.h"

namespace lockdep {

struct TextOptions {
  bool color = false;         // ANSI colours for title and verdict
  std::string next_command;   // what to type next, printed last; empty: nothing
  int stack_frames_max = 12;  // of each stack; how many were left out is said
  std::string strip_prefix;   // taken off the front of file names: "/home/me/project/"
};

// The report; ends with a newline.  Lines stay below 100 columns where names allow it.
// Symbolize the finding before, if its places have code addresses.
std::string FormatText(const Finding& finding, const TextOptions& options = {});

// The locks of the finding in one line: "a --> b --> a", as labels that tell them apart.
std::string FormatLocks(const Finding& finding);

}  // namespace lockdep

#endif  // LOCKDEP_REPORT_TEXT_H_
