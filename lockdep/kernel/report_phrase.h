// The sentences that begin the parts of a report, in all wordings since 2.6.17.
//
// Source: the print functions of kernel/locking/lockdep.c.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_REPORT_PHRASE_H_
#define LOCKDEP_KERNEL_REPORT_PHRASE_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace lockdep::kernel {

enum class Phrase : std::uint8_t {
  kWants,          // "t/1 is trying to acquire lock:", "... takes:", "... just changed the state of lock:"
  kReleases,       // "t/1 is trying to release lock (a) at:", "... contend ..."
  kFrees,          // "t/1 is freeing memory ..."
  kHolds,          // "but task is already holding lock:", "and this task is already holding:"
  kNotHolding,     // "but this task is not holding:"
  kDepends,        // "which lock already depends on the new lock."
  kChain,          // "the existing dependency chain (in reverse order) is:"
  kChainEntry,     // "-> #1 (a){...}:"
  kNewDependency,  // "which would create a new lock dependency:"
  kSafeLock,       // "but this new dependency connects a HARDIRQ-irq-safe lock:"
  kSafeAt,         // "... which became HARDIRQ-irq-safe at:"
  kUnsafeLock,     // "to a HARDIRQ-irq-unsafe lock:"
  kUnsafeAt,       // "... which became HARDIRQ-irq-unsafe at:"
  kTookUnsafe,     // "but this lock took another, HARDIRQ-unsafe lock in the past:"
  kTakenBySafe,    // "but this lock was taken by another, HARDIRQ-safe lock in the past:"
  kInconsistent,   // "inconsistent {A} -> {B} usage."
  kRegistered,     // "{A} state was registered at:"
  kOtherInfo,      // "other info that might help us debug this:"
  kChainNames,     // "Chain exists of:"
  kScenario,       // "Possible unsafe locking scenario:"
  kHeldList,       // "3 locks held by t/1:"
  kNoLocksHeld,    // "no locks held by t/1."
  kWaitContext,    // "context-{5:5}"
  kBacktrace,      // "stack backtrace:", "Call Trace:"
  kSafeBlocks,     // the first list of dependencies of the irq kinds
  kUnsafeBlocks,   // the second
  kNothing,        // a sentence that ends the part before it
};

std::optional<Phrase> PhraseOf(std::string_view text);

// What stands in front of the sentence: "kworker/0:1/5 is trying ..." gives "kworker/0:1/5"; the interrupt
// counters "[HC0[0]...]" go to `context`.
std::string_view TaskOf(std::string_view text, std::string_view& context);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_REPORT_PHRASE_H_
