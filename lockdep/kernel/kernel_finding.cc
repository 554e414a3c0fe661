#include "lockdep/kernel/kernel_finding.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "lockdep/kernel/lock_facts.h"
#include "lockdep/kernel/lock_text.h"
#include "lockdep/kernel/primitives.h"
#include "lockdep/kernel/report_cycle.h"
#include "lockdep/kernel/report_path.h"

namespace lockdep::kernel {
namespace {

StackFrame Frame(const TraceFrame& frame) {
  StackFrame result;
  result.function = frame.function;
  result.file = frame.file;
  result.line = frame.line;
  result.inlined = frame.inlined;
  return result;
}

Place At(const TraceFrame& frame) {
  Place place;
  place.function = frame.function;
  place.file = frame.file;
  place.line = frame.line;
  return place;
}

// The trace without the validator's frames and those that are only maybe there.
Place At(const Trace& trace) {
  Place place;
  const std::size_t site = CallSite(trace);
  if (site < trace.size()) place = At(trace[site]);
  for (std::size_t i = FirstOutsideValidator(trace); i < trace.size(); ++i) {
    if (!trace[i].uncertain) place.stack.push_back(Frame(trace[i]));
  }
  return place;
}

class Maker {
 public:
  Maker(const KernelReport& report, const std::string& source) {
    made_.report = report;
    made_.finding.source = source;
  }

  bool Make(std::string& why);
  KernelFinding Take() { return std::move(made_); }

 private:
  const KernelReport& report() const { return made_.report; }
  Finding& finding() { return made_.finding; }

  int AddLock(const LockText& lock, const std::optional<Primitive>& primitive);
  int LockIndex(const LockText& lock);
  std::vector<AlsoHeld> Held(const LockText* except);
  void AddEdge(int held, int wanted, const Trace& wanted_at, const std::string& thread);
  void Reporter(FindingEdge& edge);
  // What lockdep's own reports say of a link.
  void How(const ReportedLink& link, std::size_t index);
  void AddParticipant(const std::string& thread, Context context, const std::string& action, int lock, const Place& at);
  std::string ThreadOf(const Trace& trace);
  void Circular();
  void Recursive();
  void IrqOrder(FindingKind kind);
  void Inconsistent();
  void Misuse(FindingKind kind, const std::string& action);
  void Finish();

  KernelFinding made_;
  std::map<std::string, int> threads_;
};

int Maker::AddLock(const LockText& text, const std::optional<Primitive>& primitive) {
  FindingLock lock;
  lock.name = text.name;
  lock.class_name = text.name;
  lock.subclass = text.subclass;
  lock.type = TypeOf(text, primitive);
  finding().locks.push_back(lock);
  made_.locks.push_back(text);
  return static_cast<int>(finding().locks.size()) - 1;
}

// Of a lock that may be in the finding already.
int Maker::LockIndex(const LockText& text) {
  for (std::size_t i = 0; i < made_.locks.size(); ++i) {
    LockText& known = made_.locks[i];
    if (known.Label() != text.Label()) continue;
    if (known.instance.empty()) known.instance = text.instance;
    return static_cast<int>(i);
  }
  return AddLock(text, PrimitiveOf(text.at.function));
}

std::vector<AlsoHeld> Maker::Held(const LockText* except) {
  std::vector<AlsoHeld> held;
  for (const HeldLockText& each : report().held_locks) {
    if (except != nullptr && each.lock.Label() == except->Label()) continue;
    AlsoHeld also;
    also.lock = LockIndex(each.lock);
    also.mode = HeldMode(each.lock, report().version).value_or(Mode::kExclusive);
    if (const auto primitive = PrimitiveOf(each.lock.at.function)) also.kind = primitive->kind;
    also.at = At(each.lock.at);
    held.push_back(also);
  }
  return held;
}

// A name for a task that the report does not name: who it is told by what it runs.
std::string Maker::ThreadOf(const Trace& trace) {
  const std::size_t site = CallSite(trace);
  const std::string name = site < trace.size() ? "a task in " + trace[site].function : "another task";
  const int count = ++threads_[name];
  return count == 1 ? name : name + " (" + std::to_string(count) + ")";
}

void Maker::AddEdge(int held, int wanted, const Trace& wanted_at, const std::string& thread) {
  FindingEdge edge;
  edge.held = held;
  edge.wanted = wanted;
  edge.thread = thread;
  edge.wanted_at = At(wanted_at);
  LinkModes modes;
  const auto index = static_cast<std::size_t>(held);
  modes.held = HeldMode(made_.locks[index], report().version);
  if (const auto primitive = PrimitiveOf(wanted_at)) {
    modes.wanted = primitive->mode;
    edge.wanted_kind = primitive->kind;
    if (finding().locks[static_cast<std::size_t>(wanted)].type == LockType::kMutex)
      finding().locks[static_cast<std::size_t>(wanted)].type =
          TypeOf(made_.locks[static_cast<std::size_t>(wanted)], primitive);
  } else {
    modes.wanted = OnlyMode(made_.locks[static_cast<std::size_t>(wanted)], report().version);
  }
  edge.wanted_mode = modes.wanted.value_or(Mode::kExclusive);
  edge.held_mode = modes.held.value_or(Mode::kExclusive);
  finding().edges.push_back(edge);
  made_.modes.push_back(modes);
}

// The link of the task that reports: the text shows where it took what it holds, and all its other locks.
void Maker::Reporter(FindingEdge& edge) {
  const auto index = static_cast<std::size_t>(&edge - finding().edges.data());
  edge.thread = report().task.empty() ? "the task that reports" : report().task;
  if (report().held) {
    edge.held_at = At(report().held->at);
    if (const auto mode = HeldMode(*report().held, report().version)) made_.modes[index].held = mode;
    // Kernels that print rlock() print it for a lock that is held for reading (since 6.3).
    if (!report().scenario.empty() && report().scenario.front().starts_with("rlock("))
      made_.modes[index].held = Mode::kShared;
  }
  edge.held_mode = made_.modes[index].held.value_or(Mode::kExclusive);
  const LockText held = made_.locks[static_cast<std::size_t>(edge.held)];
  edge.also_held = Held(&held);
}

void Maker::AddParticipant(const std::string& thread, Context context, const std::string& action, int lock,
                           const Place& at) {
  Participant participant;
  participant.thread = thread;
  participant.context = context;
  participant.action = action;
  participant.lock = lock;
  participant.at = at;
  finding().participants.push_back(participant);
}

void Maker::How(const ReportedLink& link, std::size_t index) {
  if (!link.how_held || !link.how_held->mode || !link.how_wanted || !link.how_wanted->mode) return;
  FindingEdge& edge = finding().edges[index];
  made_.modes[index] = {link.how_held->mode, link.how_wanted->mode};
  edge.held_mode = *link.how_held->mode;
  edge.held_kind = link.how_held->kind.value_or(Kind::kBlocking);
  edge.wanted_mode = *link.how_wanted->mode;
  edge.wanted_kind = link.how_wanted->kind.value_or(Kind::kBlocking);
}

void Maker::Circular() {
  const ReportedCycle cycle = CycleOf(report());
  const std::size_t n = cycle.links.size();
  finding().kind = FindingKind::kCircular;
  // Where a lock of the chain was wanted is not where it is held; only the reporter's is known.
  for (const ReportedLink& link : cycle.links) {
    LockText lock = link.held;
    lock.at = TraceFrame();
    AddLock(lock, std::nullopt);
  }
  finding().cycle_length = static_cast<int>(n);
  made_.complete = cycle.IsComplete();
  for (std::size_t i = 0; i < n; ++i) {
    const bool last = i + 1 == n;
    const Trace& trace = cycle.links[i].wanted_at;
    const std::string& thread = cycle.links[i].thread;
    AddEdge(static_cast<int>(i), static_cast<int>((i + 1) % n), trace,
            last             ? ""
            : thread.empty() ? ThreadOf(trace)
                             : thread);
  }
  finding().closing_edge = static_cast<int>(n) - 1;
  Reporter(finding().edges.back());
  for (std::size_t i = 0; i < n; ++i) How(cycle.links[i], i);
}

void Maker::Recursive() {
  finding().kind = FindingKind::kRecursive;
  const LockText& wanted = *report().wanted;
  const int index = AddLock(wanted, PrimitiveOf(report().backtrace));
  finding().cycle_length = 1;
  const LockText held = report().held.value_or(wanted);
  const bool two = !held.instance.empty() && !wanted.instance.empty() && held.instance != wanted.instance;
  const int outer = two ? AddLock(held, PrimitiveOf(report().backtrace)) : index;
  if (two) {
    finding().locks[0].instance = "the wanted one";
    finding().locks[1].instance = "the held one";
  }
  AddEdge(outer, index, report().backtrace, "");
  finding().closing_edge = 0;
  Reporter(finding().edges.back());
}

void Maker::IrqOrder(FindingKind kind) {
  finding().kind = kind;
  const std::vector<PathStep> path = IrqPathOf(report());
  for (const PathStep& step : path) AddLock(step.lock, std::nullopt);
  finding().cycle_length = static_cast<int>(path.size());
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    made_.complete = made_.complete && !path[i].gap;
    AddEdge(static_cast<int>(i), static_cast<int>(i + 1), path[i].next_at, ThreadOf(path[i].next_at));
  }
  const Context context = report().irq_word.starts_with("SOFT") ? Context::kSoftirq : Context::kHardirq;
  const int last = static_cast<int>(path.size()) - 1;
  AddParticipant("an interrupt", context, "takes it in " + std::string(lockdep::ToString(context)), 0,
                 At(report().safe_at));
  AddParticipant(report().task, Context::kTask,
                 "holds it with " + std::string(lockdep::ToString(context)) + "s enabled", last,
                 At(report().unsafe_at));
  finding().participants.back().held = Held(nullptr);
}

void Maker::Inconsistent() {
  finding().kind = FindingKind::kInconsistentState;
  const int lock = AddLock(*report().wanted, PrimitiveOf(report().wanted->at.function));
  finding().cycle_length = 1;
  const bool now_in = report().new_usage.starts_with("IN") || report().new_usage.starts_with("in");
  const std::string& in_usage = now_in ? report().new_usage : report().old_usage;
  const Context context =
      in_usage.find("SOFTIRQ") != std::string::npos || in_usage.find("softirq") != std::string::npos ? Context::kSoftirq
      : in_usage.find("HARDIRQ") != std::string::npos || in_usage.find("hardirq") != std::string::npos
          ? Context::kHardirq
          : Context::kTask;
  const Place earlier = At(report().registered_at);
  const Place now = At(report().wanted->at);
  AddParticipant(now_in ? report().task : "a task before", context, "takes it: " + in_usage, lock,
                 now_in ? now : earlier);
  AddParticipant(now_in ? "a task before" : report().task, Context::kTask,
                 "takes it: " + (now_in ? report().old_usage : report().new_usage), lock, now_in ? earlier : now);
  finding().participants[now_in ? 0 : 1].held = Held(nullptr);
}

void Maker::Misuse(FindingKind kind, const std::string& action) {
  finding().kind = kind;
  std::optional<LockText> lock = report().wanted;
  if (!lock && !report().held_locks.empty()) lock = report().held_locks.back().lock;
  const int index = AddLock(*lock, PrimitiveOf(lock->at.function));
  finding().cycle_length = 1;
  Place at = At(lock->at);
  if (at.stack.empty()) at.stack = At(report().backtrace).stack;
  AddParticipant(report().task, Context::kTask, action, index, at);
  finding().participants.back().held = Held(nullptr);
}

bool Maker::Make(std::string& why) {
  const bool shows_held = !report().held_locks.empty();
  switch (report().kind) {
    case ReportKind::kCircular:
      if (CycleOf(report()).links.size() < 2) {
        why = "breaks off before the second lock of the cycle; nothing can be rebuilt from it";
        return false;
      }
      Circular();
      break;
    case ReportKind::kRecursive:
      if (!report().wanted) break;
      Recursive();
      break;
    case ReportKind::kIrqInversion:
    case ReportKind::kIrqUnsafeOrder:
      if (IrqPathOf(report()).size() < 2) break;
      IrqOrder(report().kind == ReportKind::kIrqInversion ? FindingKind::kIrqInversion : FindingKind::kIrqUnsafeOrder);
      break;
    case ReportKind::kInconsistentState:
      if (report().wanted) Inconsistent();
      break;
    case ReportKind::kWaitContext:
      if (report().wanted) Misuse(FindingKind::kWaitContext, "asks for it in " + report().context);
      break;
    case ReportKind::kBadUnlock:
    case ReportKind::kBadContention:
      if (report().wanted) Misuse(FindingKind::kUnbalancedUnlock, "releases it");
      break;
    case ReportKind::kHeldFreed:
      if (report().wanted) Misuse(FindingKind::kHeldLockFreed, "frees its memory");
      break;
    case ReportKind::kHeldAtExit:
    case ReportKind::kHeldAtUserReturn:
      if (shows_held)
        Misuse(FindingKind::kHeldAtExit, report().kind == ReportKind::kHeldAtExit ? "ends" : "returns to user space");
      break;
    case ReportKind::kNestedNotTaken:
      if (report().wanted) Misuse(FindingKind::kNestedNotTaken, "takes it without the lock it names as outer");
      break;
    case ReportKind::kLimit:
    case ReportKind::kNonStaticKey:
    case ReportKind::kRcuUsage:
    case ReportKind::kKeyCollision:
    case ReportKind::kDept:
      why = std::string(ToString(report().kind)) + ": not a report about the order of locks";
      return false;
  }
  if (finding().locks.empty()) {
    why = "breaks off before the first lock; nothing can be rebuilt from it";
    return false;
  }
  Finish();
  return true;
}

// Held modes of other tasks are what the text tells least about.
void Maker::Finish() {
  for (std::size_t i = 0; i < made_.modes.size(); ++i) {
    const FindingEdge& edge = finding().edges[i];
    const auto name = [this](int lock) { return made_.locks[static_cast<std::size_t>(lock)].Label(); };
    if (!made_.modes[i].held)
      made_.assumed.push_back("that " + name(edge.held) + " is held exclusively by " + edge.thread);
    if (!made_.modes[i].wanted)
      made_.assumed.push_back("that " + name(edge.wanted) + " is wanted exclusively by " + edge.thread);
  }
  // Rotates locks and links; what is kept beside them has to follow.
  const int closing = finding().closing_edge;
  SetFingerprint(finding());
  if (finding().kind == FindingKind::kCircular) {
    const int n = finding().cycle_length;
    const int shift = ((closing - finding().closing_edge) % n + n) % n;
    std::rotate(made_.locks.begin(), made_.locks.begin() + shift, made_.locks.begin() + n);
    std::rotate(made_.modes.begin(), made_.modes.begin() + shift, made_.modes.end());
  }
  if (!made_.complete) finding().fingerprint_weak = true;
}

}  // namespace

std::optional<KernelFinding> MakeFinding(const KernelReport& report, const std::string& source, std::string& why) {
  Maker maker(report, source);
  if (!maker.Make(why)) return std::nullopt;
  return maker.Take();
}

}  // namespace lockdep::kernel
