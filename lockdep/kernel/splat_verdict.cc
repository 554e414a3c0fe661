#include "lockdep/kernel/splat_verdict.h"

#include <algorithm>
#include <set>
#include <utility>

#include "lockdep/kernel/circular_verdict.h"
#include "lockdep/kernel/lock_facts.h"

namespace lockdep::kernel {
namespace {

std::string Where(const Place& place) { return place.function.empty() ? "" : " in " + place.function; }

// One task, one lock, twice.
void JudgeRecursive(KernelFinding& made) {
  Finding& finding = made.finding;
  const FindingEdge& edge = finding.edges.front();
  const std::string name = made.locks.front().Label();
  const LinkModes& modes = made.modes.front();
  const bool shown = made.report.held && made.report.wanted;
  const bool one = shown && (IsSameInstance(*made.report.held, *made.report.wanted) ||
                             IsOneLock(*made.report.wanted, made.report.version));
  const bool readers = modes.held && modes.wanted && IsShared(*modes.held) && IsShared(*modes.wanted);
  const bool conflict = modes.held && modes.wanted && !(IsShared(*modes.held) && IsShared(*modes.wanted));
  if (edge.held != edge.wanted) {
    finding.missing.push_back(
        "can another task nest these two objects of class " + name +
        " the other way round?  The report shows two different addresses: one order alone harms nobody");
  } else if (readers) {
    finding.missing.push_back(
        "can a writer of " + name +
        " wait between the two reads?  Only behind one does the second read wait; it needs a second task");
  } else if (one && conflict) {
    finding.verdict = Verdict::kPredicted;
    finding.strength = Strength::kTrace;
    finding.witness = {edge.thread + ": takes " + name + Where(edge.held_at),
                       edge.thread + ": wants " + name + " again" + Where(edge.wanted_at) + ", and waits for itself"};
  } else if (one) {
    finding.missing.push_back("is " + name +
                              " taken exclusively at one of the two places?  Then the task waits for itself");
  } else {
    finding.missing.push_back(
        "are the two of class " + name +
        " one object?  Then the task waits for itself; if not, can another task nest them the other way round?");
  }
}

// The question of each kind that is not a cycle.
std::string QuestionOf(const KernelFinding& made) {
  const std::string name = made.locks.front().Label();
  switch (made.finding.kind) {
    case FindingKind::kIrqInversion:
    case FindingKind::kIrqUnsafeOrder:
      return "can the interrupt that takes " + name + " come on the cpu that holds " +
             made.locks[static_cast<std::size_t>(made.finding.cycle_length - 1)].Label() +
             ", while another cpu holds " + name + "?  The classes say so, their objects may differ";
    case FindingKind::kInconsistentState:
      return "can the interrupt take the same object of class " + name + " that the interrupted code holds?";
    case FindingKind::kWaitContext:
      return "is the kernel built with PREEMPT_RT, or is " + name +
             " a lock that sleeps?  Where spin locks never sleep, the nesting is a rule for other kernels";
    case FindingKind::kUnbalancedUnlock:
      return "was " + name +
             " taken by another task, or not at all?  The report shows only that this task does not hold it";
    case FindingKind::kHeldLockFreed:
      return "is the memory reused while " + name + " is held, or is the annotation of the lock wrong?";
    case FindingKind::kHeldAtExit:
      return "is " + name + " held on purpose and released by another task, or was the unlock forgotten?";
    case FindingKind::kNestedNotTaken: return "is the outer lock of " + name + " forgotten, or named wrongly?";
    default: return "what else was held";
  }
}

}  // namespace

Judgement Judge(KernelFinding& made, const Evidence& evidence) {
  Judgement judgement;
  made.finding.verdict = Verdict::kUnknown;
  made.finding.strength = Strength::kNone;
  if (made.finding.kind == FindingKind::kCircular) {
    JudgeCircular(made, evidence, judgement);
  } else if (made.finding.kind == FindingKind::kRecursive) {
    JudgeRecursive(made);
  } else {
    made.finding.missing.push_back(QuestionOf(made));
  }
  return judgement;
}

}  // namespace lockdep::kernel
