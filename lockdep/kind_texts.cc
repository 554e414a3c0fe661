#include "lockdep/kind_texts.h"

#include "lockdep/check.h"

namespace lockdep {

KindText TextOf(FindingKind kind) {
  switch (kind) {
    case FindingKind::kCircular:
      return {"Locks are taken in orders that contradict each other.",
              "Each lock of a cycle was asked for while the one before it was held, so threads that do this at the "
              "same time can wait for each other for ever.",
              "Take these locks in one order everywhere, or let go of one before asking for the next. If the verdict "
              "is false, read its reasons: they must stay true."};
    case FindingKind::kRecursive:
      return {"Two locks of one class are nested without a declared order.",
              "A lock was asked for while another instance of its class was held. If another thread nests the same "
              "two the other way round, both wait for ever.",
              "Declare the order: a subclass for the inner lock, an outer lock that serialises the nesting, or a "
              "compare function of the class."};
    case FindingKind::kSelfDeadlock:
      return {"A thread asks for a lock that it holds.",
              "The same instance was asked for again in a mode that conflicts with the hold, so the thread waits for "
              "itself.",
              "Let go of the lock first, pass on that it is held, or use a recursive lock."};
    case FindingKind::kUnbalancedUnlock:
      return {"A thread lets go of a lock that it does not hold.",
              "A lock was released by a thread that had not taken it, or had released it already.",
              "Release a lock once, in the thread that took it; a guard does so by itself."};
    case FindingKind::kHeldLockFreed:
      return {"A lock is destroyed while it is held.",
              "A lock was destroyed, initialised again or freed between its acquisition and its release.",
              "Release it before its owner goes away, and let its owner outlive all who may hold it."};
    case FindingKind::kHeldAtExit:
      return {"A thread ends with a lock still held.",
              "A thread or handler ended without releasing a lock, for which everybody else now waits.",
              "Release the lock on every path, also on those of errors; a guard does so by itself."};
    case FindingKind::kIrqInversion:
      return {"A lock of an interrupt handler leads to one that is held with the interrupt enabled.",
              "An interrupt can come while the last lock of a chain is held, and its handler waits for the first one, "
              "whose holder waits for the last.",
              "Disable the interrupt while the last lock is held, or do not nest the two."};
    case FindingKind::kIrqUnsafeOrder:
      return {"A lock of an interrupt handler is held when one that is not safe in interrupts is asked for.",
              "The outer lock is taken in an interrupt. The inner one is held with that interrupt enabled elsewhere, "
              "so a handler there can wait for the outer one, whose holder waits for the inner one.",
              "Disable the interrupt wherever the inner lock is held, or do not nest the two."};
    case FindingKind::kInconsistentState:
      return {"A lock is taken in an interrupt, and held with that interrupt enabled.",
              "If the interrupt comes while the lock is held, its handler waits for the code that it interrupted.",
              "Disable the interrupt while the lock is held, or do not take it in the handler."};
    case FindingKind::kWaitContext:
      return {"A lock that may sleep is asked for where nothing may sleep.",
              "The context, or a lock that is held, allows only locks of a stricter type.",
              "Use a lock that does not sleep, or move the call out of this context."};
    case FindingKind::kNestedNotTaken:
      return {"The outer lock of a nest annotation is not held.",
              "The call says that it is serialised by another lock, which the thread does not hold.",
              "Take the outer lock first, or correct the annotation."};
    case FindingKind::kHang:
      return {"Threads wait for each other, or for something that never comes.",
              "A state was reached from which these threads cannot go on.",
              "Replay the schedule, and break the circle of waits or see that the event is always signalled."};
    case FindingKind::kLivelock:
      return {"Threads go round for ever without getting on.",
              "A schedule repeats itself, in which threads try and give up again and again.",
              "Let one of them wait, or give up in different orders."};
    case FindingKind::kDataRace:
      return {"Two accesses to one variable are not ordered.",
              "Two threads access a variable, at least one of them writes, and nothing puts one before the other.",
              "Guard the variable with a lock that both hold."};
    case FindingKind::kInvariant:
      return {"A check does not hold.", "In some schedule a condition that the program asserts is false.",
              "Replay the schedule; it says which steps lead there."};
  }
  LOCKDEP_CHECK(false);
  return {};
}

}  // namespace lockdep
