// Turns "who waits for whom" into findings of kind `hang`.
//
// A Snapshot says which threads cannot go on, what each of them wants and what it holds.  Every
// reason for which nothing moves is one finding: each cycle of threads that wait for each other's
// locks (of a lock that is held under several subclasses, one for each), a cycle through events, or something that
// nobody is left to give.  Threads that only wait for those are named
// in it.  A thread that wants what it took itself, in the same context, is no hang: the validator has it as a
// self-deadlock.
//
// Thread-safe: no state.  Cost: O(threads x links), for each cycle; cycles are many only among many readers.
#ifndef LOCKDEP_HANG_H_
#define LOCKDEP_HANG_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "lockdep/finding.h"

namespace lockdep {

// Something held; `stamp` orders what happened in the run.
struct HeldObject {
  int object = 0;     // index into Snapshot::objects
  int subclass = -1;  // under which it was taken; -1: as in Snapshot::objects
  Mode mode = Mode::kExclusive;
  Kind kind = Kind::kBlocking;
  Place at;
  std::uint64_t stamp = 0;
  std::string step;  // "lock a"
};

// Whom a thread waits for.
struct WaitsFor {
  int thread = -1;                  // index into Snapshot::threads; -1: one that does not wait
  std::string name;                 // of one that does not wait
  bool queued = false;              // that thread does not hold it, it waits to write first
  bool own_context = false;         // of a wait for itself: taken in the same context
  std::string state = "has ended";  // of one that does not wait
};

struct WaitingThread {
  std::string thread;
  std::string role;
  Context context = Context::kTask;
  int wants = 0;            // index into Snapshot::objects
  int wants_subclass = -1;  // under which; -1: as in Snapshot::objects
  std::string wants_text;   // "a", "the end of w", "x == 1"
  bool spins = false;       // it does not wait, it tries again and again
  Mode mode = Mode::kExclusive;
  Kind kind = Kind::kBlocking;
  Place at;
  std::uint64_t stamp = 0;
  std::string step;  // "lock b"
  std::vector<WaitsFor> waits_for;
  std::vector<HeldObject> held;
};

struct Snapshot {
  std::vector<FindingLock> objects;  // locks; also what else threads wait for
  std::vector<WaitingThread> threads;
};

// How each link of a hang holds and wants: what HappenedIn looks at beside the nodes.  Two hangs of one fingerprint may
// differ in it, and then confirm different findings.
using LinkForms = std::vector<std::array<int, 4>>;
LinkForms LinkFormsOf(const Finding& hang);

// Hangs of one fingerprint differ in the forms of their links.
// `where` is "in the model" or "on real threads".  Sorted by fingerprint.  `complete` becomes false if
// there are more cycles than it looks for.
std::vector<Finding> Hangs(const Snapshot& snapshot, const std::string& source, const std::string& where,
                           bool* complete = nullptr);

// The other threads of the snapshot that can never go on: those that want what they took themselves,
// in the same context.
std::vector<Finding> SelfDeadlocks(const Snapshot& snapshot, const std::string& source, const std::string& where);

// Whether a finding that was made from orders happened in this hang:
//   * a cycle, if the hang is one of the same nodes (names, classes and subclasses; which instances of
//     them makes no difference, for one finding stands for all of them);
//   * a nesting in a class, if two instances nested are a link of the hang, or one read twice is the hang;
//   * a lock wanted by who holds it, if the hang is that;
//   * each of the latter two, if one thread asks again and again for what it holds, at the finding's place.
bool HappenedIn(const Finding& finding, const Finding& hang);

// REQUIRES: HappenedIn.  The finding becomes real, with the links as they were executed.
void Confirm(Finding& finding, const Finding& hang);

// Confirms all findings that happened in the hang; whether there is one.
bool ConfirmByHang(std::vector<Finding>& findings, const Finding& hang);

}  // namespace lockdep

#endif  // LOCKDEP_HANG_H_
