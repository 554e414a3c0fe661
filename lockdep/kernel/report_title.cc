#include "lockdep/kernel/report_title.h"

#include "lockdep/kernel/text.h"

namespace lockdep::kernel {
namespace {

struct Title {
  std::string_view phrase;  // what the line begins with, behind its tag
  ReportKind kind;
};

constexpr Title kTitles[] = {
    {"possible circular locking dependency detected", ReportKind::kCircular},
    {"possible recursive locking detected", ReportKind::kRecursive},
    {"inconsistent lock state", ReportKind::kInconsistentState},
    {"possible irq lock inversion dependency detected", ReportKind::kIrqInversion},
    {"Invalid wait context", ReportKind::kWaitContext},
    {"bad unlock balance detected", ReportKind::kBadUnlock},
    {"bad contention detected", ReportKind::kBadContention},
    {"held lock freed", ReportKind::kHeldFreed},
    {"lock held at task exit time", ReportKind::kHeldAtExit},
    {"lock held when returning to user space", ReportKind::kHeldAtUserReturn},
    {"Nested lock was not taken", ReportKind::kNestedNotTaken},
    {"suspicious RCU usage", ReportKind::kRcuUsage},
    {"suspicious rcu_", ReportKind::kRcuUsage},
    {"trying to register non-static key", ReportKind::kNonStaticKey},
    {"chain_key collision", ReportKind::kKeyCollision},
    {"MAX_LOCK_DEPTH too low", ReportKind::kLimit},
    {"MAX_LOCKDEP_", ReportKind::kLimit},
    {"MAX_STACK_TRACE_ENTRIES too low", ReportKind::kLimit},
    {"looking up invalid subclass:", ReportKind::kLimit},
};

// Removes "WARNING: ", "[ INFO: ", "[ ProveLock BUG: ".
bool ConsumeTag(std::string_view& text) {
  Consume(text, "[ ");
  Consume(text, "ProveLock ");
  return Consume(text, "WARNING: ") || Consume(text, "INFO: ") || Consume(text, "BUG: ");
}

bool IsOrderTitle(std::string_view text) {
  const std::size_t safe = text.find("-safe -> ");
  return safe != std::string_view::npos && safe <= 16 && Contains(text.substr(safe), "-unsafe lock order detected");
}

}  // namespace

std::optional<ReportKind> TitleOf(std::string_view text) {
  if (text.starts_with("DEPT: ") && Contains(text, "ependency")) return ReportKind::kDept;
  const bool tagged = ConsumeTag(text);
  for (const Title& title : kTitles) {
    if (!text.starts_with(title.phrase)) continue;
    if (tagged || text == title.phrase) return title.kind;
  }
  if (!tagged) return std::nullopt;
  if (IsOrderTitle(text)) return ReportKind::kIrqUnsafeOrder;
  if (Contains(text, " still has locks held!")) return ReportKind::kHeldAtExit;
  return std::nullopt;
}

bool IsForeignTitle(std::string_view text) {
  if (TitleOf(text)) return false;
  return text.starts_with("------------[ cut here ]") || text.starts_with("INFO: lockdep is turned off") ||
         (text.starts_with("INFO: task ") && Contains(text, " blocked for more than ")) || text.starts_with("BUG: ") ||
         text.starts_with("Kernel panic") || text.starts_with("Unable to handle kernel ") ||
         text.starts_with("Internal error: ") || text.starts_with("general protection fault") ||
         text.starts_with("rcu: INFO: ") || text.starts_with("Showing all locks held in the system");
}

std::string_view ToString(ReportKind kind) {
  switch (kind) {
    case ReportKind::kCircular: return "circular dependency";
    case ReportKind::kRecursive: return "recursive locking";
    case ReportKind::kInconsistentState: return "inconsistent lock state";
    case ReportKind::kIrqInversion: return "irq lock inversion";
    case ReportKind::kIrqUnsafeOrder: return "safe -> unsafe order";
    case ReportKind::kWaitContext: return "invalid wait context";
    case ReportKind::kBadUnlock: return "bad unlock balance";
    case ReportKind::kBadContention: return "bad contention";
    case ReportKind::kHeldFreed: return "held lock freed";
    case ReportKind::kHeldAtExit: return "locks held at exit";
    case ReportKind::kHeldAtUserReturn: return "lock held when returning to user space";
    case ReportKind::kNestedNotTaken: return "nested lock not taken";
    case ReportKind::kLimit: return "a limit of the validator";
    case ReportKind::kNonStaticKey: return "a lock without a key";
    case ReportKind::kRcuUsage: return "suspicious RCU usage";
    case ReportKind::kKeyCollision: return "a collision of chain keys";
    case ReportKind::kDept: return "a DEPT report";
  }
  return "?";
}

bool IsLockReport(ReportKind kind) { return kind < ReportKind::kLimit; }

}  // namespace lockdep::kernel
