#include "lockdep/kernel/misuse_script.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <set>
#include <string_view>

#include "absl/status/status.h"
#include "lockdep/kernel/lock_facts.h"
#include "lockdep/kernel/replay_script.h"

namespace lockdep::kernel {
namespace {

absl::Status NotShown(const std::string& what) { return absl::InvalidArgumentError(what); }

// "IN-SOFTIRQ-R", "in-hardirq-W": how the lock was taken there.
Mode ModeOf(const std::string& usage) { return usage.ends_with("-R") ? Mode::kShared : Mode::kExclusive; }

bool HasWord(const std::string& text, std::string_view upper, std::string_view lower) {
  return text.find(upper) != std::string::npos || text.find(lower) != std::string::npos;
}

// The block of the language for that interrupt.  A hard interrupt is a threaded one, because only there a spin
// lock that may sleep on a real-time kernel is no finding of its own.
std::string_view InWord(Context context) { return context == Context::kSoftirq ? "softirq" : "hardirq-threaded"; }

// Locks that are taken in interrupts spin.
std::string SpinWord(const ReplayScript& script, int lock) {
  if (script.TypeWord(lock) == "rcu") return "rcu";
  return script.shared().contains(lock) ? "rwlock" : "spinlock";
}

std::string TakeAndRelease(const std::string& take, const std::string& name) { return take + "; unlock " + name; }

absl::StatusOr<std::string> Inconsistent(const KernelFinding& made) {
  const KernelReport& report = made.report;
  const std::string& now = report.new_usage;
  const std::string& before = report.old_usage;
  const bool now_in = now.starts_with("IN") || now.starts_with("in");
  const std::string& inside = now_in ? now : before;
  const std::string& outside = now_in ? before : now;
  if (!HasWord(inside, "SOFTIRQ", "softirq") && !HasWord(inside, "HARDIRQ", "hardirq"))
    return NotShown("the state " + (inside.empty() ? "is not shown" : inside + " has no words in a workload"));
  const Context context = HasWord(inside, "SOFTIRQ", "softirq") ? Context::kSoftirq : Context::kHardirq;
  ReplayScript script(made);
  const std::string name = script.Name(0);
  script.Add("thread " + script.NewThread("an interrupt") + " { in " + std::string(InWord(context)) + " { " +
             TakeAndRelease(script.Take(0, name, ModeOf(inside)), name) + " } }\n");
  script.Add("thread " + script.NewThread("the interrupted code") + " { " +
             TakeAndRelease(script.Take(0, name, ModeOf(outside)), name) + " }\n");
  script.Declare(SpinWord(script, 0) + " " + name);
  return script.Text("inconsistent-state " + name);
}

// Unknown modes are taken as exclusive: with readers in it an order may be none, and the report says it is one.
Mode KnownOrExclusive(ReplayScript& script, const std::optional<Mode>& mode, const std::string& label,
                      const std::string& who) {
  if (mode) return *mode;
  script.Assume("how " + label + " is taken by " + who + " is not shown.  Taken as: exclusive.");
  return Mode::kExclusive;
}

absl::StatusOr<std::string> IrqOrder(const KernelFinding& made) {
  if (!made.complete) return NotShown("the path of locks is not shown whole, so it cannot be replayed");
  const Finding& finding = made.finding;
  const std::string& word = made.report.irq_word;
  if (!word.starts_with("SOFT") && !word.starts_with("HARD") && !word.starts_with("soft") && !word.starts_with("hard"))
    return NotShown("the state " + (word.empty() ? "is not shown" : word + " has no words in a workload"));
  const Context context = word.starts_with("SOFT") || word.starts_with("soft") ? Context::kSoftirq : Context::kHardirq;
  ReplayScript script(made);
  const auto label = [&made](int lock) { return made.locks[static_cast<std::size_t>(lock)].Label(); };
  const int last = finding.cycle_length - 1;
  std::set<std::string> labels;
  for (int i = 0; i <= last; ++i) {
    if (!labels.insert(label(i)).second) return NotShown(label(i) + " is on the path twice, so it cannot be replayed");
  }
  const auto end = [&](int lock) {
    return script.Take(
        lock, script.Name(lock),
        KnownOrExclusive(script, OnlyMode(made.locks[static_cast<std::size_t>(lock)], made.report.version), label(lock),
                         lock == 0 ? "the interrupt" : "who holds it with interrupts on"));
  };
  script.Add("thread " + script.NewThread("an interrupt") + " { in " + std::string(InWord(context)) + " { " +
             TakeAndRelease(end(0), script.Name(0)) + " } }\n");
  for (std::size_t i = 0; i < finding.edges.size(); ++i) {
    const FindingEdge& edge = finding.edges[i];
    const std::string held = script.Name(edge.held), wanted = script.Name(edge.wanted);
    const Mode held_mode = KnownOrExclusive(script, made.modes[i].held, label(edge.held), edge.thread);
    const Mode wanted_mode = KnownOrExclusive(script, made.modes[i].wanted, label(edge.wanted), edge.thread);
    script.Add("thread " + script.NewThread(edge.thread) + " {\n  irqs off\n  " +
               script.Take(edge.held, held, held_mode) + "\n  " +
               TakeAndRelease(script.Take(edge.wanted, wanted, wanted_mode), wanted) + "\n  unlock " + held +
               "\n  irqs on\n}\n");
  }
  script.Add("thread " + script.NewThread("with interrupts on") + " { " + TakeAndRelease(end(last), script.Name(last)) +
             " }\n");
  std::string path;
  for (int i = 0; i <= last; ++i) {
    script.Declare(SpinWord(script, i) + " " + script.Name(i));
    path += (i == 0 ? "" : " -> ") + script.Name(i);
  }
  return script.Text(path);
}

// By what it waits for: a raw spin lock 2, a spin lock 3, a sleeping lock 4 (lock_wait_type, since 5.8).
std::string WaitWord(int wait, bool shared) {
  if (wait == 1) return "rcu";
  if (wait == 2 && !shared) return "raw";
  if (wait == 3) return shared ? "rwlock" : "spinlock";
  return shared ? "rwsem" : "mutex";
}

// "context-{4:4}", "{2:2}": the number behind the last colon; -1 if there is none.
int ContextWait(const std::string& context) {
  const std::size_t colon = context.rfind(':');
  return colon == std::string::npos || colon + 1 >= context.size() ? -1 : std::atoi(context.c_str() + colon + 1);
}

absl::StatusOr<std::string> WaitContext(const KernelFinding& made) {
  const LockText& wanted = *made.report.wanted;
  const int outer = wanted.wait_outer;
  if (outer < 0) return NotShown("the kind of the wait is not shown, so it cannot be replayed");
  ReplayScript script(made);
  const int context = ContextWait(made.report.context);
  const std::string_view in = context == 2 ? "hardirq" : context == 3 && outer > 3 ? "softirq" : "";
  std::string open, close;
  std::set<std::string> seen = {wanted.Label()};
  for (const HeldLockText& each : made.report.held_locks) {
    // Only under what waits less than the wanted lock it may not be taken.
    const int wait = each.lock.wait_inner;
    if (wait < 1 || wait >= outer || !seen.insert(each.lock.Label()).second) continue;
    const std::string name = ReplayScript::Quoted(each.lock.Label());
    const Mode mode = HeldMode(each.lock, made.report.version).value_or(Mode::kExclusive);
    const std::string type = WaitWord(wait, IsShared(mode));
    script.Declare(type + " " + name);
    const bool reads = type == "rcu" || type == "rwlock" || type == "rwsem";
    open += (reads ? "read " : "lock ") + name + "; ";
    close = "; unlock " + name + close;
  }
  if (open.empty() && in.empty()) return NotShown("what it may not wait under is not shown, so it cannot be replayed");
  const std::string name = script.Name(0);
  script.Declare(WaitWord(outer, false) + " " + name);
  const std::string body = open + TakeAndRelease("lock " + name, name) + close;
  script.Add("thread " + script.NewThread(made.finding.participants.front().thread) + " { " +
             (in.empty() ? body : "in " + std::string(in) + " { " + body + " }") + " }\n");
  return script.Text("wait-context " + name);
}

// Takes the lock if it is to be `held`; then `verb` on it, if any.
std::string OneStatement(const KernelFinding& made, bool held, const std::string& verb, const std::string& kind) {
  ReplayScript script(made);
  const std::string name = script.Name(0);
  const std::string take = held ? script.Take(0, name, Mode::kExclusive) : "";
  script.Declare(script.TypeWord(0) + " " + name);
  script.Add("thread " + script.NewThread(made.finding.participants.front().thread) + " { " + take +
             (take.empty() || verb.empty() ? "" : "; ") + (verb.empty() ? "" : verb + " " + name) + " }\n");
  return script.Text(kind + " " + name);
}

absl::StatusOr<std::string> Nested(const KernelFinding& made) {
  if (made.report.nest_names.empty()) return NotShown("the lock that should be held is not shown");
  ReplayScript script(made);
  std::string outer = ReplayScript::Quoted(made.report.nest_names.front());
  const std::string name = script.Name(0);
  if (script.TypeWord(0) == "rcu") return NotShown("a section of rcu has no outer lock");
  if (outer == name) outer = ReplayScript::Quoted(made.report.nest_names.front() + " (outer)");
  script.Declare(script.TypeWord(0) + " " + name + "\nmutex " + outer);
  script.Add("thread " + script.NewThread(made.finding.participants.front().thread) + " { lock " + name + " nest " +
             outer + "; unlock " + name + " }\n");
  return script.Text("nested-not-taken " + name);
}

absl::StatusOr<std::string> Format(const KernelFinding& made) {
  switch (made.finding.kind) {
    case FindingKind::kInconsistentState: return Inconsistent(made);
    case FindingKind::kIrqInversion:
    case FindingKind::kIrqUnsafeOrder: return IrqOrder(made);
    case FindingKind::kWaitContext: return WaitContext(made);
    case FindingKind::kHeldLockFreed: return OneStatement(made, true, "destroy", "held-lock-freed");
    case FindingKind::kHeldAtExit: return OneStatement(made, true, "", "held-at-exit");
    case FindingKind::kNestedNotTaken: return Nested(made);
    case FindingKind::kUnbalancedUnlock:
      if (made.report.kind == ReportKind::kBadUnlock) return OneStatement(made, false, "unlock", "unbalanced-unlock");
      break;
    default: break;
  }
  return NotShown("a workload has no words for it");
}

}  // namespace

absl::StatusOr<std::string> FormatMisuse(const KernelFinding& made) {
  absl::StatusOr<std::string> text = Format(made);
  if (text.ok()) return text;
  return absl::InvalidArgumentError(std::string(ToString(made.report.kind)) + ": " +
                                    std::string(text.status().message()));
}

}  // namespace lockdep::kernel
