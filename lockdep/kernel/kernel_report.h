// What one report of the kernel's lock validator says, as data: nothing added, nothing judged.
//
// One form for all kinds, because the kinds share their parts: the lock that is wanted, the lock that
// is held, the chain, the list of held locks, the traces.  What the text does not show stays empty, and
// `gaps` says what is missing.
//
// Thread-safe: plain data.
#ifndef LOCKDEP_KERNEL_KERNEL_REPORT_H_
#define LOCKDEP_KERNEL_KERNEL_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lockdep/acquisition.h"

namespace lockdep::kernel {

enum class ReportKind : std::uint8_t {
  kCircular,
  kRecursive,
  kInconsistentState,
  kIrqInversion,
  kIrqUnsafeOrder,
  kWaitContext,
  kBadUnlock,
  kBadContention,
  kHeldFreed,
  kHeldAtExit,
  kHeldAtUserReturn,
  kNestedNotTaken,
  // Recognised, but they say nothing about an order of locks:
  kLimit,         // one of the validator's tables is full
  kNonStaticKey,  // a lock that was not initialised
  kRcuUsage,
  kKeyCollision,
  kDept,  // the report of another tool
};

// "circular", "recursive", ...: the words used to people.
std::string_view ToString(ReportKind kind);
// Does the kind say something about an order of locks, so that there is a finding?
bool IsLockReport(ReportKind kind);

struct TraceFrame {
  std::string function;  // without offset; empty: only an address
  std::string module;
  std::string file;  // in logs that were symbolized
  int line = 0;
  bool inlined = false;
  bool uncertain = false;  // printed with '?': on the stack, but maybe not a caller
};
using Trace = std::vector<TraceFrame>;

// One lock as a line shows it.
struct LockText {
  std::string name;  // with the kernel's "#2", without the subclass
  int subclass = 0;
  std::string usage;    // "+.+."; empty: not shown
  int wait_outer = -1;  // -1: not shown
  int wait_inner = -1;
  std::string instance;  // the pointer in front; empty: not shown (before 4.19)
  // Only lockdep's own reports say how, "(a){shared, trylock}"; the kernel's have the usage instead.
  std::optional<Mode> mode;
  std::optional<Kind> kind;
  TraceFrame at;  // where it was, or is to be, taken

  std::string Label() const { return subclass == 0 ? name : name + "/" + std::to_string(subclass); }
};

// "-> #2 (name){usage}:" with its trace: where it was taken while #1 was held; for #0, the request that
// closed the cycle.
struct ChainEntry {
  int number = 0;
  LockText lock;
  Trace trace;
  std::optional<LockText> holding;  // lockdep's own reports: "while holding (b){...}"
  std::string thread;               // and "wanted by t1"
};

// "-> (name){usage} ops: 2 {" of the irq kinds.
struct ClassBlock {
  LockText lock;
  Trace acquired;       // "... acquired at:"
  bool second = false;  // stands in the second list of dependencies, behind the new one
};

struct HeldLockText {
  int number = 0;
  LockText lock;
};

struct KernelReport {
  ReportKind kind = ReportKind::kCircular;
  bool has_title = false;  // false: a fragment, its kind is inferred
  std::uint64_t first_line = 0;
  std::uint64_t last_line = 0;
  std::string version;  // the kernel's release; empty: not shown
  std::string task;     // "kworker/u8:0/5"
  std::string context;  // "[HC0[0]:SC1[1]:HE1:SE0]" or "context-{5:5}"

  std::optional<LockText> wanted;        // wanted, released, freed, or the one whose state changed
  std::optional<LockText> held;          // "but task is already holding"
  std::vector<ChainEntry> chain;         // as printed, from #N down to #0
  std::vector<std::string> chain_names;  // "Chain exists of": first, one of the middle, last
  std::vector<std::string> scenario;     // "lock(a)", "rlock(a)", "sync(a)", "<Interrupt>", in order
  int held_count = -1;                   // "3 locks held by"; -1: not shown
  std::vector<HeldLockText> held_locks;  // oldest first
  Trace backtrace;

  // The irq kinds.
  std::string old_usage, new_usage;  // "IN-HARDIRQ-W", "HARDIRQ-ON-W"
  Trace registered_at;               // "{...} state was registered at:"
  std::optional<LockText> safe;      // the interrupt-safe end
  std::optional<LockText> unsafe;    // the other end
  Trace safe_at, unsafe_at;
  std::string irq_word;  // "HARDIRQ", "SOFTIRQ-READ", ...
  std::vector<ClassBlock> blocks;

  std::vector<std::string> nest_names;  // "but this task is not holding:"
  std::string message;                  // kinds without locks: the line that says what it is
  std::vector<std::string> gaps;        // what is missing or cut, as sentences
};

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_KERNEL_REPORT_H_
