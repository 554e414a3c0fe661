// What is known to be held at the requests of a cycle's links, and from where it is known.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_LINK_HOLDS_H_
#define LOCKDEP_KERNEL_LINK_HOLDS_H_

#include <map>
#include <string>
#include <vector>

#include "lockdep/kernel/kernel_finding.h"
#include "lockdep/kernel/splat_verdict.h"

namespace lockdep::kernel {

struct KnownHold {
  bool exclusive = false;      // this hold, or every hold of the class
  bool one = false;            // the class is one lock
  bool declared = false;       // a rule says so
  bool tried = false;          // got by trylock, or so it seems
  bool taken_inside = false;   // after the lock of the link that was held
  bool seen_blocking = false;  // a chain shows that it was taken by a blocking call
  std::string evidence;        // "is held in all 3 chains of ...", a clause
};

// By the label of the lock.
using Holds = std::map<std::string, KnownHold>;

// Of link `i`.  `usable` is false where the chains do not show the dependency at all, so that they are not of
// the boot of the report; then `note` says so.
Holds HoldsOf(const KernelFinding& made, std::size_t link, const Evidence& evidence, bool& usable, std::string& note);

// The rule by which the wanted lock of link `i` is only tried there; null if there is none.
const HoldsRule* TriedByRule(const KernelFinding& made, std::size_t link, const Evidence& evidence);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_LINK_HOLDS_H_
