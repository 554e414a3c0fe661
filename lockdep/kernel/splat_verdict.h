// Can the deadlock of a kernel's report really happen?  What text, chains and rules prove, and no more.
//
// The text shows neither what the tasks of the other links held nor which locks they only tried, so from it
// alone a cycle is `unknown`, with the question whose answer decides it.  The chains of the same boot show
// what was held: a lock held on two links, one object, exclusively by one of them, makes the cycle `false`.
// Rules that somebody gives can do the same with strength `declared`.  `predicted` is only what needs no
// second task: a lock wanted again by the task that holds it.  Never `real`: nothing was executed.
//
// Where chains name classes, one class is not one object: that a class is one lock must be shown by the text
// (lock_facts.h) or by a rule.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_SPLAT_VERDICT_H_
#define LOCKDEP_KERNEL_SPLAT_VERDICT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "lockdep/kernel/chain_graph.h"
#include "lockdep/kernel/kernel_finding.h"
#include "lockdep/kernel/know_rules.h"

namespace lockdep::kernel {

// Beside the report; each may be null.
struct Evidence {
  const ChainGraph* chains = nullptr;  // of the same boot
  const ClassUsage* classes = nullptr;
  const KnowRules* rules = nullptr;
};

// A lock that would make the report false if the tasks of the other links held it, too.
struct GateCandidate {
  std::string name;
  bool exclusive = false;  // every hold of it so far was exclusive
  bool one = false;        // the class is one lock
};

// A lock that is known to be held at the request of a link, and makes the report false.
struct KnownGate {
  std::string name;
  std::size_t link = 0;       // index into finding.edges
  bool tried_inside = false;  // got by trylock after the lock of the link
};

struct Judgement {
  std::vector<GateCandidate> gates;  // held by the task that reports, the strongest first
  std::vector<KnownGate> known;      // of a false verdict
  std::vector<std::string> notes;    // facts on the way to the verdict, as sentences
};

// Sets verdict, strength, reasons, missing and witness of made.finding.
Judgement Judge(KernelFinding& made, const Evidence& evidence);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_SPLAT_VERDICT_H_
