// The sides of a finding: who did what where, one sentence for each step.  What formats that have no room for a whole
// report tell of it.
//
// Thread-safe: no state.
#ifndef LOCKDEP_REPORT_SIDES_H_
#define LOCKDEP_REPORT_SIDES_H_

#include <string>
#include <vector>

#include "lockdep/finding.h"

namespace lockdep {

struct SideStep {
  std::string text;           // "t1 asks for b (exclusive, blocking)"
  const Place* at = nullptr;  // in the finding; its file may be empty
};

struct Side {
  std::string who;
  std::vector<SideStep> steps;  // in the order of time
};

// A side for each link (the lock that was held, then the one that was asked for), then one for each participant (the
// locks it held, then what it did), except those that only repeat a link.  The finding must outlive them.
std::vector<Side> Sides(const Finding& finding);

// The locks that were held beside those of the links.
std::vector<SideStep> HeldBeside(const Finding& finding);

// Where to look first: where the link that was seen last asked for its lock, else the first place of a side whose file
// is known.  Null if there is none.
const Place* MainPlace(const Finding& finding);

// One paragraph: the summary, what the finding has to say beyond it, and the evidence of its verdict.
std::string FindingMessage(const Finding& finding);

}  // namespace lockdep

#endif  // LOCKDEP_REPORT_SIDES_H_
