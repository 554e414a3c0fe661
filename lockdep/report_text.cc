#include "lockdep/report_text.h"

#include <algorithm>

#include "lockdep/report_parts.h"

namespace lockdep {
namespace {

// As in the kernel's usage names: IN-HARDIRQ-W.
std::string IrqName(Context context) {
  switch (context) {
    case Context::kTask: return "IRQ";
    case Context::kSoftirq: return "SOFTIRQ";
    case Context::kHardirq:
    case Context::kHardirqThreaded: return "HARDIRQ";
    case Context::kSignal: return "SIGNAL";
  }
  return "IRQ";
}

class Report : public ReportParts {
 public:
  using ReportParts::ReportParts;

  std::string Text() {
    Header(Title());
    Body();
    if (!finding_.detail.empty()) lines_.Wrapped("In short: " + lines_.Short(finding_.detail), 4);
    VerdictAndReasons();
    if (!options_.next_command.empty()) lines_.Line("Next: " + options_.next_command);
    return lines_.Take();
  }

 private:
  std::string Title() const;
  std::string IrqWord() const;
  void Body();
  void Circular();
  void SameClass();
  void InconsistentState();
  void IrqOrder();
  void IrqScenario();
  void WaitContext();
  void UnbalancedUnlock();
  void HeldLockFreed();
  void HeldAtExit();
  void NestedNotTaken();
  void Hang();
  void Plain();
};

std::string Report::Title() const {
  const std::string thread = finding_.participants.empty() ? "a thread" : finding_.participants[0].thread;
  switch (finding_.kind) {
    case FindingKind::kCircular: return "WARNING: possible circular locking dependency detected";
    case FindingKind::kRecursive: return "WARNING: possible recursive locking detected";
    case FindingKind::kSelfDeadlock: return "WARNING: recursive locking detected: the task waits for itself";
    case FindingKind::kUnbalancedUnlock: return "WARNING: bad unlock balance detected!";
    case FindingKind::kHeldLockFreed: return "WARNING: held lock freed!";
    case FindingKind::kHeldAtExit: return "WARNING: " + thread + " still has locks held!";
    case FindingKind::kIrqInversion: return "WARNING: possible irq lock inversion dependency detected";
    case FindingKind::kIrqUnsafeOrder:
      return "WARNING: " + IrqWord() + "-safe -> " + IrqWord() + "-unsafe lock order detected";
    case FindingKind::kInconsistentState: return "WARNING: inconsistent lock state";
    case FindingKind::kWaitContext: return "[ BUG: Invalid wait context ]";
    case FindingKind::kNestedNotTaken: return "WARNING: Nested lock was not taken";
    case FindingKind::kHang:
      return finding_.edges.empty() ? "WARNING: hang detected: nobody is left to do what a task waits for"
                                    : "WARNING: deadlock detected: tasks wait for each other";
    case FindingKind::kLivelock: return "WARNING: livelock detected: tasks run for ever without progress";
    case FindingKind::kDataRace: return "WARNING: data race detected: unordered conflicting accesses";
    case FindingKind::kInvariant: return "WARNING: invariant violated";
  }
  return "";
}

// Which kind of interrupt the finding is about.
std::string Report::IrqWord() const {
  Context strongest = Context::kTask;
  for (const Participant& participant : finding_.participants) strongest = std::max(strongest, participant.context);
  for (const FindingEdge& edge : finding_.edges) strongest = std::max(strongest, edge.context);
  return IrqName(strongest);
}

void Report::Body() {
  const bool links = !finding_.edges.empty();
  const std::size_t participants = finding_.participants.size();
  const bool someone = participants > 0;
  const bool with_lock = someone && finding_.participants[0].lock >= 0;
  const bool both_with_lock = with_lock && participants > 1 && finding_.participants[1].lock >= 0;
  switch (finding_.kind) {
    case FindingKind::kCircular: return links ? Circular() : Plain();
    case FindingKind::kRecursive:
    case FindingKind::kSelfDeadlock: return links ? SameClass() : Plain();
    case FindingKind::kUnbalancedUnlock: return with_lock ? UnbalancedUnlock() : Plain();
    case FindingKind::kHeldLockFreed: return with_lock ? HeldLockFreed() : Plain();
    case FindingKind::kHeldAtExit: return someone ? HeldAtExit() : Plain();
    case FindingKind::kIrqInversion:
    case FindingKind::kIrqUnsafeOrder: return links ? IrqOrder() : Plain();
    case FindingKind::kInconsistentState: return both_with_lock ? InconsistentState() : Plain();
    case FindingKind::kWaitContext: return with_lock ? WaitContext() : Plain();
    case FindingKind::kNestedNotTaken: return with_lock ? NestedNotTaken() : Plain();
    case FindingKind::kHang: return links ? Hang() : Plain();
    case FindingKind::kLivelock:
    case FindingKind::kDataRace:
    case FindingKind::kInvariant: return Plain();
  }
}

void Report::Circular() {
  const std::size_t n = finding_.edges.size();
  TryingToAcquire(EdgeFromClosing(0));
  lines_.Line("which lock already depends on the new lock.");
  lines_.Line();
  lines_.Line();
  lines_.Line("the existing dependency chain (in reverse order) is:");
  lines_.Line();
  for (std::size_t number = n; number-- > 0;) Link(number, EdgeFromClosing(number));
  OtherInfo();
  lines_.Line("Chain exists of:");
  lines_.Wrapped("  " + Chain(static_cast<std::size_t>(EdgeFromClosing(0).wanted)), 4);
  lines_.Line();
  HeldAndWanted();
  CycleScenario(" Possible unsafe locking scenario:");
  HeldByEdges();
  Others(0);
}

void Report::SameClass() {
  const FindingEdge& edge = EdgeFromClosing(0);
  lines_.Line(Who(edge) + " is trying to acquire lock:");
  lines_.LockAndStack(edge.wanted, edge.wanted_mode, edge.wanted_kind, edge.wanted_at);
  lines_.Line();
  lines_.Line("but task is already holding lock:");
  lines_.LockAndStack(edge.held, edge.held_mode, edge.held_kind, edge.held_at);
  lines_.Line();
  OtherInfo();
  const bool itself = edge.held == edge.wanted;
  const bool readers = IsShared(edge.wanted_mode) && IsShared(edge.held_mode);
  const std::string note = readers  ? "waits behind a writer that waits for the first"
                           : itself ? "waits for itself"
                                    : "";
  Scenario(" Possible unsafe locking scenario:", {edge.thread.empty() ? "CPU0" : edge.thread},
           {{0, lines_.Call(edge.held, edge.held_mode, edge.held_kind) + ';', ""},
            {0, lines_.Call(edge.wanted, edge.wanted_mode, edge.wanted_kind) + ';', note}});
  if (finding_.kind == FindingKind::kRecursive && !itself) {
    lines_.Line(" May be due to missing lock nesting notation");
    lines_.Line();
  }
  HeldByEdge(edge);
  Others(0);
}

void Report::InconsistentState() {
  const Participant& before = finding_.participants[0];
  const Participant& now = finding_.participants[1];
  const std::string irq = IrqWord();
  const bool now_in_irq = now.context > before.context;
  const auto usage = [&irq](const Participant& p, bool in_irq) {
    return '{' + (in_irq ? "IN-" + irq : irq + "-ON") + (IsShared(p.mode) ? "-R}" : "-W}");
  };
  lines_.Line("inconsistent " + usage(before, !now_in_irq) + " -> " + usage(now, now_in_irq) + " usage.");
  lines_.Line(Who(now) + " takes:");
  lines_.LockAndStack(now.lock, now.mode, now.kind, now.at);
  lines_.Line(usage(before, !now_in_irq) + " state was registered by " + Who(before) + ':');
  lines_.LockAndStack(before.lock, before.mode, before.kind, before.at);
  lines_.Line();
  OtherInfo();
  const Participant& in_irq = now_in_irq ? now : before;
  const Participant& task = now_in_irq ? before : now;
  const std::string interrupt = irq == "SIGNAL" ? "<Signal>" : "<Interrupt>";
  Scenario(" Possible unsafe locking scenario:", {irq == "SIGNAL" && !task.thread.empty() ? task.thread : "CPU0"},
           {{0, lines_.Call(task.lock, task.mode, task.kind) + ';', ""},
            {0, interrupt, ""},
            {0, "  " + lines_.Call(in_irq.lock, in_irq.mode, in_irq.kind) + ';', "waits for what it interrupted"}});
  HeldList(now);
  Others(2);
}

// The path leads from the interrupt-safe lock to the unsafe one.
void Report::IrqOrder() {
  const int safe = finding_.edges.front().held;
  const int unsafe = finding_.edges.back().wanted;
  const std::string irq = IrqWord();
  const FindingEdge& closing = EdgeFromClosing(0);
  lines_.Line(Who(closing) + " is trying to acquire:");
  lines_.LockAt(" ", closing.wanted, closing.wanted_mode, closing.wanted_kind, closing.wanted_at);
  lines_.Line();
  lines_.Line("and this task is already holding:");
  lines_.LockAt(" ", closing.held, closing.held_mode, closing.held_kind, closing.held_at);
  lines_.Line("which makes the lock dependency:");
  lines_.Line(" (" + lines_.Label(closing.held) + ") -> (" + lines_.Label(closing.wanted) + ')');
  lines_.Line();
  const auto usage = [this, &irq](std::string_view lead, int lock, std::string_view state, bool in_irq) {
    lines_.Line(std::string(lead) + irq + "-irq-" + std::string(state) + " lock:");
    lines_.Line(" (" + lines_.Label(lock) + ')');
    lines_.Line();
    for (const Participant& p : finding_.participants) {
      if (p.lock != lock || (IrqName(p.context) == irq) != in_irq) continue;
      lines_.Line("... which became " + irq + "-irq-" + std::string(state) + ", as " + p.thread + ' ' + p.action + ':');
      lines_.LockAndStack(p.lock, p.mode, p.kind, p.at);
      lines_.Line();
    }
  };
  usage("but this dependency connects a ", safe, "safe", true);
  usage("to a ", unsafe, "unsafe", false);
  if (finding_.kind == FindingKind::kIrqInversion) {
    lines_.Line("and interrupts could create inverse lock ordering between them.");
    lines_.Line();
  }
  lines_.Line("the dependencies between them (in reverse order) are:");
  lines_.Line();
  for (std::size_t number = finding_.edges.size(); number-- > 0;) Link(number + 1, finding_.edges[number]);
  OtherInfo();
  if (finding_.edges.size() > 1) {
    lines_.Line("Chain exists of:");
    lines_.Wrapped("  " + Chain(0), 4);
    lines_.Line();
  }
  IrqScenario();
  HeldByEdge(closing);
}

void Report::IrqScenario() {
  const std::string irq = IrqWord();
  const bool is_signal = irq == "SIGNAL";
  const FindingEdge& first = finding_.edges.front();
  const FindingEdge& last = finding_.edges.back();
  std::vector<std::string> columns;
  for (std::size_t i = 0; i <= finding_.edges.size(); ++i) {
    columns.push_back((is_signal ? "task " : "CPU") + std::to_string(i));
  }
  // The column 0 holds the unsafe lock when the interrupt comes; each other one makes a link.
  std::vector<ScenarioStep> steps = {{0, lines_.Call(last.wanted, Mode::kExclusive, Kind::kBlocking) + ';', ""}};
  for (std::size_t i = 0; i < finding_.edges.size(); ++i) {
    const FindingEdge& edge = finding_.edges[i];
    if (!is_signal) steps.push_back({i + 1, "local_irq_disable();", ""});
    steps.push_back({i + 1, lines_.Call(edge.held, edge.held_mode, edge.held_kind) + ';', ""});
  }
  for (std::size_t i = 0; i < finding_.edges.size(); ++i) {
    const FindingEdge& edge = finding_.edges[i];
    const std::string& holder = columns[i + 1 == finding_.edges.size() ? 0 : i + 2];
    steps.push_back({i + 1, lines_.Call(edge.wanted, edge.wanted_mode, edge.wanted_kind) + ';', "waits for " + holder});
  }
  steps.push_back({0, is_signal ? "<Signal>" : "<Interrupt>", ""});
  steps.push_back(
      {0, "  " + lines_.Call(first.held, Mode::kExclusive, Kind::kBlocking) + ';', "waits for " + columns[1]});
  for (const Participant& p : finding_.participants) {
    if (p.lock == last.wanted && p.context == Context::kTask)
      steps.front().text = lines_.Call(p.lock, p.mode, p.kind) + ';';
    if (p.lock == first.held && p.context != Context::kTask)
      steps.back().text = "  " + lines_.Call(p.lock, p.mode, p.kind) + ';';
  }
  Scenario(" Possible interrupt unsafe locking scenario:", columns, steps);
}

void Report::WaitContext() {
  const Participant& p = finding_.participants[0];
  const auto type = [this](int lock) { return finding_.locks[static_cast<std::size_t>(lock)].type; };
  lines_.Line(Who(p) + " is trying to lock:");
  lines_.LockAndStack(p.lock, p.mode, p.kind, p.at);
  lines_.Line();
  lines_.Line("which is of type " + std::string(ToString(type(p.lock))) + " and needs wait type " +
              std::string(ToString(OuterWaitType(type(p.lock)))));
  lines_.Line("where context " + std::string(ToString(p.context)) + " allows at most " +
              std::string(ToString(InnerWaitType(p.context))));
  for (const AlsoHeld& held : p.held) {
    lines_.Line("and held lock (" + lines_.Label(held.lock) + ") of type " + std::string(ToString(type(held.lock))) +
                " allows at most " + std::string(ToString(InnerWaitType(type(held.lock)))));
  }
  lines_.Line();
  OtherInfo();
  HeldList(p);
  Others(1);
}

void Report::UnbalancedUnlock() {
  const Participant& p = finding_.participants[0];
  lines_.Line(Who(p) + " is trying to release lock " + lines_.Lock(p.lock) + ':');
  lines_.At(1, p.at);
  lines_.Line(p.held.empty() ? "but there are no more locks to release!" : "but it does not hold that lock!");
  lines_.Line();
  OtherInfo();
  HeldList(p);
  Others(1);
}

void Report::HeldLockFreed() {
  const Participant& p = finding_.participants[0];
  lines_.Line(Who(p) + ' ' + p.action + ", with a lock still held there!");
  lines_.Line(' ' + lines_.Lock(p.lock));
  lines_.At(5, p.at);
  lines_.Line();
  OtherInfo();
  HeldList(p);
  Others(1);
}

void Report::HeldAtExit() {
  const Participant& p = finding_.participants[0];
  HeldList(p);
  for (const AlsoHeld& held : p.held) {
    if (held.at.stack.size() <= 1) continue;
    lines_.Line('(' + lines_.Label(held.lock) + ") was taken");
    lines_.At(5, held.at);
    lines_.Line();
  }
  lines_.Line(Who(p) + ' ' + p.action + ':');
  lines_.At(1, p.at);
  lines_.Line();
  Others(1);
}

void Report::NestedNotTaken() {
  const Participant& p = finding_.participants[0];
  lines_.Line(Who(p) + " is trying to lock:");
  lines_.LockAndStack(p.lock, p.mode, p.kind, p.at);
  lines_.Line();
  lines_.Line("but this task is not holding the lock that it is said to be nested in.");
  lines_.Line();
  OtherInfo();
  HeldList(p);
  Others(1);
}

void Report::Hang() {
  for (std::size_t i = 0; i < finding_.edges.size(); ++i) {
    const FindingEdge& edge = EdgeFromClosing(i);
    const FindingEdge* const holder = Blocker(edge);
    const bool event = lines_.IsEvent(edge.wanted);
    lines_.Line(Who(edge) + (event ? " waits for:" : " waits for lock:"));
    lines_.LockAndStack(edge.wanted, edge.wanted_mode, edge.wanted_kind, edge.wanted_at);
    std::string by;
    if (holder != nullptr)
      by = event ? "which is for " + holder->thread + " to do, while " : "which " + holder->thread + " holds, while ";
    if (lines_.IsEvent(edge.held)) {
      lines_.Line(by + edge.thread + " has yet to do:");
      lines_.Line(' ' + lines_.Lock(edge.held));
    } else {
      lines_.Line(by + edge.thread + " holds:");
      lines_.LockAndStack(edge.held, edge.held_mode, edge.held_kind, edge.held_at);
    }
    for (const AlsoHeld& held : edge.also_held) lines_.LockAt(" ", held.lock, held.mode, held.kind, held.at);
    lines_.Line();
  }
  Others(0);
  CycleScenario(" What happened:");
}

void Report::Plain() {
  for (std::size_t number = finding_.edges.size(); number-- > 0;) Link(number, finding_.edges[number]);
  Others(0);
}

}  // namespace

std::string FormatText(const Finding& finding, const TextOptions& options) { return Report(finding, options).Text(); }

std::string FormatLocks(const Finding& finding) { return ReportParts(finding, TextOptions{}).Chain(0); }

}  // namespace lockdep
