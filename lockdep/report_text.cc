#include "lockdep/report_text.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <map>
#include <set>

#include "lockdep/report_lines.h"
#include "lockdep/report_scenario.h"

namespace lockdep {
namespace {

std::string UpperCase(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

std::string Hex(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

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

class Report {
 public:
  Report(const Finding& finding, const TextOptions& options)
      : finding_(finding), options_(options), lines_(finding, options) {}

  std::string Text() {
    Header();
    Body();
    if (!finding_.detail.empty()) lines_.Wrapped("In short: " + finding_.detail, 4);
    VerdictAndReasons();
    if (!options_.next_command.empty()) lines_.Line("Next: " + options_.next_command);
    return lines_.Take();
  }

  std::string Chain(std::size_t start) const {
    const auto n = static_cast<std::size_t>(finding_.cycle_length);
    std::string text;
    for (std::size_t i = 0; i < n; ++i) text += lines_.Label(static_cast<int>((start + i) % n)) + " --> ";
    if (n == 0) return text;
    return IsClosed() ? text + lines_.Label(static_cast<int>(start)) : text.substr(0, text.size() - 5);
  }

 private:
  // --- What the finding is made of -------------------------------------------------------------

  bool IsClosed() const {
    return finding_.kind == FindingKind::kCircular || finding_.kind == FindingKind::kHang ||
           finding_.kind == FindingKind::kLivelock;
  }

  // The link that was seen last, or the last one.
  std::size_t ClosingEdge() const {
    const bool known =
        finding_.closing_edge >= 0 && static_cast<std::size_t>(finding_.closing_edge) < finding_.edges.size();
    return known ? static_cast<std::size_t>(finding_.closing_edge) : finding_.edges.size() - 1;
  }

  const FindingEdge& EdgeFromClosing(std::size_t offset) const {
    return finding_.edges[(ClosingEdge() + offset) % finding_.edges.size()];
  }

  // The link that holds what `edge` wants; null if none does.
  const FindingEdge* Blocker(const FindingEdge& edge) const {
    for (const FindingEdge& other : finding_.edges) {
      if (&other != &edge && other.held == edge.wanted) return &other;
    }
    return nullptr;
  }

  static std::string Who(const FindingEdge& edge) { return ReportLines::Who(edge.thread, edge.role, edge.context); }
  static std::string Who(const Participant& p) { return ReportLines::Who(p.thread, p.role, p.context); }

  // "t1", or "t1 [1]" and "t1 [2]" where one thread makes several links.
  std::vector<std::string> ColumnNames() const {
    std::map<std::string, int> uses;
    for (const FindingEdge& edge : finding_.edges) ++uses[edge.thread];
    std::map<std::string, int> seen;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < finding_.edges.size(); ++i) {
      const std::string& thread = EdgeFromClosing(i).thread;
      const std::string name = thread.empty() ? "CPU" + std::to_string(i) : thread;
      names.push_back(uses[thread] > 1 && !thread.empty() ? name + " [" + std::to_string(++seen[thread]) + ']' : name);
    }
    return names;
  }

  // --- Parts of every report ---------------------------------------------------------------------

  Colour VerdictColour() const {
    switch (finding_.verdict) {
      case Verdict::kReal:
      case Verdict::kPredicted: return Colour::kRed;
      case Verdict::kFalse: return Colour::kGreen;
      case Verdict::kUnknown: return Colour::kYellow;
    }
    return Colour::kNone;
  }

  std::string VerdictWords() const {
    std::string words = UpperCase(ToString(finding_.verdict));
    if (finding_.strength != Strength::kNone) words += " (" + std::string(ToString(finding_.strength)) + ')';
    return words;
  }

  void Header() {
    const std::string title = Title();
    lines_.Line(std::string(title.size(), '='));
    lines_.ColouredLine(VerdictColour(), title);
    const std::string claim = "verdict " + VerdictWords() + "  fingerprint " + Hex(finding_.fingerprint) +
                              (finding_.fingerprint_weak ? " (weak)" : "");
    if (finding_.source.empty()) {
      lines_.Line(claim);
    } else if (finding_.source.size() + 2 + claim.size() <= kReportColumns) {
      lines_.Line(finding_.source + "  " + claim);
    } else {
      lines_.Line(finding_.source);
      lines_.Line(claim);
    }
    lines_.Line(std::string(title.size(), '-'));
  }

  void OtherInfo() {
    lines_.Line("other info that might help us debug this:");
    lines_.Line();
  }

  void Scenario(std::string_view title, const std::vector<std::string>& columns,
                const std::vector<ScenarioStep>& steps) {
    lines_.Line(title);
    lines_.Line();
    std::string table = FormatScenario(columns, steps);
    table.pop_back();
    lines_.Line(table);
    lines_.Line();
    const bool reached = finding_.verdict != Verdict::kFalse;
    lines_.Line(reached ? " *** DEADLOCK ***" : " *** NOT REACHED: see the verdict below ***");
    lines_.Line();
  }

  // "2 locks held by t1:" and the locks, outermost first.
  void HeldList(const Participant& participant) {
    const std::size_t count = participant.held.size();
    lines_.Line((count == 0 ? "no" : std::to_string(count)) + (count == 1 ? " lock" : " locks") + " held by " +
                Who(participant) + (count == 0 ? "." : ":"));
    for (std::size_t i = 0; i < count; ++i) {
      const AlsoHeld& held = participant.held[i];
      lines_.LockAt(" #" + std::to_string(i) + ": ", held.lock, held.mode, held.kind, held.at);
    }
    lines_.Line();
  }

  // Says so where a lock that is not of the cycle is held on several sides: a possible gate.
  std::string AlsoHeldBy(int lock, const FindingEdge& by) const {
    if (lock < finding_.cycle_length) return "";
    std::set<std::string> others;
    for (const FindingEdge& edge : finding_.edges) {
      const bool holds = std::any_of(edge.also_held.begin(), edge.also_held.end(),
                                     [lock](const AlsoHeld& held) { return held.lock == lock; });
      if (holds && &edge != &by) others.insert(edge.thread);
    }
    std::string text;
    for (const std::string& other : others) text += (text.empty() ? "  <- also held by " : ", ") + other;
    return text;
  }

  // Not numbered: where the link's own lock stands among the others is not recorded.
  void HeldByEdge(const FindingEdge& edge) {
    const std::size_t count = edge.also_held.size() + 1;
    lines_.Line(std::to_string(count) + (count == 1 ? " lock" : " locks") + " held by " + Who(edge) +
                " when it asked for " + lines_.Label(edge.wanted) + ':');
    lines_.LockAt(" - ", edge.held, edge.held_mode, edge.held_kind, edge.held_at);
    for (const AlsoHeld& held : edge.also_held) {
      lines_.LockAt(" - ", held.lock, held.mode, held.kind, held.at, AlsoHeldBy(held.lock, edge));
    }
    lines_.Line();
  }

  // The closing thread's locks, as in the kernel's report; of the others those who held more than
  // the lock of their link.
  void HeldByEdges() {
    std::string no_others;
    for (std::size_t i = 0; i < finding_.edges.size(); ++i) {
      const FindingEdge& edge = EdgeFromClosing(i);
      if (i == 0 || !edge.also_held.empty()) {
        HeldByEdge(edge);
      } else {
        no_others += (no_others.empty() ? "" : ", ") + edge.thread;
      }
    }
    if (no_others.empty()) return;
    lines_.Wrapped("no other locks held by " + no_others + '.', 4);
    lines_.Line();
  }

  // Everything that is known of a participant that has no part in a kind's own sentences.
  void Other(const Participant& participant) {
    lines_.Line(Who(participant) + ' ' + participant.action + ':');
    if (participant.lock >= 0) {
      lines_.LockAndStack(participant.lock, participant.mode, participant.kind, participant.at);
    } else {
      lines_.At(1, participant.at);
    }
    lines_.Line();
    if (!participant.held.empty()) HeldList(participant);
  }

  void Others(std::size_t first) {
    for (std::size_t i = first; i < finding_.participants.size(); ++i) Other(finding_.participants[i]);
  }

  void TryingToAcquire(const FindingEdge& edge) {
    lines_.Line(Who(edge) + " is trying to acquire lock:");
    lines_.LockAt(" ", edge.wanted, edge.wanted_mode, edge.wanted_kind, edge.wanted_at);
    lines_.Line();
    lines_.Line("but task is already holding lock:");
    lines_.LockAt(" ", edge.held, edge.held_mode, edge.held_kind, edge.held_at);
    lines_.Line();
  }

  // One link, both sides: "-> #1 (b){exclusive, blocking}, wanted by t1:".
  void Link(std::size_t number, const FindingEdge& edge) {
    lines_.Line("-> #" + std::to_string(number) + ' ' + lines_.Lock(edge.wanted, edge.wanted_mode, edge.wanted_kind) +
                ", wanted by " + Who(edge));
    lines_.At(7, edge.wanted_at);
    lines_.Line("   while holding " + lines_.Lock(edge.held, edge.held_mode, edge.held_kind) + ", taken");
    lines_.At(7, edge.held_at);
    lines_.Line();
  }

  // How each lock of the cycle is held and wanted, which the kernel's report does not say.
  void HeldAndWanted() {
    std::size_t width = 0;
    for (const FindingEdge& edge : finding_.edges) width = std::max(width, lines_.Label(edge.wanted).size());
    for (std::size_t i = 0; i < finding_.edges.size(); ++i) {
      const FindingEdge& edge = EdgeFromClosing(i);
      const std::string& name = lines_.Label(edge.wanted);
      std::string text = "    " + name + std::string(width - name.size() + 2, ' ');
      if (const FindingEdge* const holder = Blocker(edge); holder != nullptr) {
        text += "held" + How(holder->held_mode, holder->held_kind) + " by " + holder->thread + ',';
      }
      const std::string wanted = "wanted" + How(edge.wanted_mode, edge.wanted_kind) + " by " + edge.thread;
      if (text.size() + 1 + wanted.size() <= kReportColumns) {
        lines_.Line(text + ' ' + wanted);
      } else {
        lines_.Line(text);
        lines_.Line(std::string(width + 6, ' ') + wanted);
      }
    }
    lines_.Line();
  }

  static std::string How(Mode mode, Kind kind) {
    return " {" + std::string(ToString(mode)) + ", " + std::string(ToString(kind)) + '}';
  }

  // The writers that make a reader wait for a reader: participants that want a lock of the cycle.
  std::vector<const Participant*> Writers() const {
    std::vector<const Participant*> writers;
    for (const Participant& participant : finding_.participants) {
      const bool wants = participant.lock >= 0 && participant.lock < finding_.cycle_length;
      if (wants && participant.mode == Mode::kExclusive) writers.push_back(&participant);
    }
    return writers;
  }

  // Why the request of `edge` does not go on.  `columns`: as ColumnNames.
  std::string WaitsFor(const FindingEdge& edge, const std::vector<std::string>& columns) const {
    const FindingEdge* const holder = Blocker(edge);
    if (holder == nullptr) return "";
    const auto index = static_cast<std::size_t>(holder - finding_.edges.data());
    const std::string& name = columns[(index + finding_.edges.size() - ClosingEdge()) % finding_.edges.size()];
    if (!IsShared(edge.wanted_mode) || !IsShared(holder->held_mode)) return "waits for " + name;
    for (const Participant* const writer : Writers()) {
      if (writer->lock == edge.wanted) return "waits behind " + writer->thread;
    }
    return "waits only behind a writer that waits for " + name;
  }

  // Each participant takes its held lock, then asks for its wanted one; the closing one asks last.
  void CycleScenario(std::string_view title) {
    const std::size_t n = finding_.edges.size();
    std::vector<std::string> columns = ColumnNames();
    std::vector<ScenarioStep> steps;
    for (std::size_t i = 0; i < n; ++i) {
      const FindingEdge& edge = EdgeFromClosing(i);
      steps.push_back({i, lines_.Call(edge.held, edge.held_mode, edge.held_kind) + ';', ""});
    }
    for (const Participant* const writer : Writers()) {
      columns.push_back(writer->thread);
      steps.push_back({columns.size() - 1, lines_.Call(writer->lock, writer->mode, writer->kind) + ';', "waits"});
    }
    for (std::size_t i = 1; i <= n; ++i) {
      const FindingEdge& edge = EdgeFromClosing(i % n);
      steps.push_back(
          {i % n, lines_.Call(edge.wanted, edge.wanted_mode, edge.wanted_kind) + ';', WaitsFor(edge, columns)});
    }
    Scenario(title, columns, steps);
  }

  // --- The kinds -----------------------------------------------------------------------------------

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
  void VerdictAndReasons();
  std::string VerdictSentence() const;

  const Finding& finding_;
  const TextOptions& options_;
  ReportLines lines_;
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
    case FindingKind::kHang: return "WARNING: deadlock detected: tasks wait for each other";
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
  lines_.Line(Who(p) + " is trying to release lock (" + lines_.Label(p.lock) + "):");
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
  lines_.Line(" (" + lines_.Label(p.lock) + ')');
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
    lines_.Line(Who(edge) + " waits for lock:");
    lines_.LockAndStack(edge.wanted, edge.wanted_mode, edge.wanted_kind, edge.wanted_at);
    lines_.Line(holder != nullptr ? "which " + holder->thread + " holds; " + edge.thread + " itself holds:"
                                  : "and holds:");
    lines_.LockAndStack(edge.held, edge.held_mode, edge.held_kind, edge.held_at);
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

std::string Report::VerdictSentence() const {
  const bool is_hang = finding_.kind == FindingKind::kCircular || finding_.kind == FindingKind::kHang;
  switch (finding_.verdict) {
    case Verdict::kReal:
      return is_hang ? "it happened: the tasks waited for each other on exactly these links."
                     : "it happened in this run.";
    case Verdict::kPredicted: return "a schedule reaches it; it was not executed.";
    case Verdict::kFalse:
      if (finding_.strength == Strength::kExhausted)
        return "every schedule of what was recorded was searched, and none reaches it.";
      if (finding_.strength == Strength::kDeclared) return "it cannot happen as long as what was declared holds.";
      return "no schedule of what was recorded reaches it.";
    case Verdict::kUnknown: return "neither a schedule that reaches it is known nor a proof that none does.";
  }
  return "";
}

void Report::VerdictAndReasons() {
  lines_.ColouredLine(VerdictColour(), "Verdict: " + VerdictWords() + ": " + VerdictSentence());
  for (std::size_t i = 0; i < finding_.reasons.size(); ++i) {
    const Reason& reason = finding_.reasons[i];
    std::string names;
    for (const int lock : reason.locks) names += (names.empty() ? "" : ", ") + lines_.Label(lock);
    const std::string word(ToString(reason.kind));
    lines_.Wrapped(std::string(i == 0 ? "  because " : "  and ") + word + (names.empty() ? "" : '(' + names + ')') +
                       ": " + reason.evidence,
                   6);
  }
  for (const std::string& missing : finding_.missing) lines_.Wrapped("  missing: " + missing, 6);
  if (finding_.witness.empty()) return;
  lines_.Line("Schedule:");
  for (std::size_t i = 0; i < finding_.witness.size(); ++i) {
    lines_.Wrapped("  " + std::to_string(i + 1) + ". " + finding_.witness[i], 6);
  }
}

}  // namespace

std::string FormatText(const Finding& finding, const TextOptions& options) { return Report(finding, options).Text(); }

std::string FormatLocks(const Finding& finding) { return Report(finding, TextOptions{}).Chain(0); }

}  // namespace lockdep
