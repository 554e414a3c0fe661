#include "workloads/native_run.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "lockdep/hang.h"
#include "lockdep/program_runner.h"
#include "workloads/describe.h"
#include "workloads/lowering.h"
#include "workloads/native_locks.h"
#include "workloads/native_report.h"
#include "workloads/native_threads.h"
#include "workloads/other_process.h"
#include "workloads/schedule_gate.h"

namespace lockdep::workloads {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

// Beyond its own time-out a process is waited for as long as a busy machine may need to write a report.
constexpr milliseconds kGrace{5000};

// --- What can be run -------------------------------------------------------------------------------

std::string OpMissing(const Program& program, const Op& op) {
  switch (op.code) {
    case OpCode::kEnter:
    case OpCode::kLeave:
    case OpCode::kIrqs:
    case OpCode::kSoftirqs: return "interrupts are only simulated";
    case OpCode::kInit:
    case OpCode::kDestroy: return "locks that are destroyed while in use are only simulated";
    case OpCode::kTake:
      return NativelyMissing(program.locks[Index(op.lock)].type, {op.take_kind == Kind::kTimed, false});
    case OpCode::kDowngrade: return NativelyMissing(program.locks[Index(op.lock)].type, {false, true});
    default: return "";
  }
}

std::string Missing(const Program& program) {
  for (const ProgramLock& lock : program.locks) {
    if (std::string missing = NativelyMissing(lock.type, {}); !missing.empty()) return missing;
  }
  for (const ProgramThread& thread : program.threads) {
    for (const Op& op : thread.ops) {
      if (std::string missing = OpMissing(program, op); !missing.empty()) return missing;
    }
  }
  return "";
}

// --- The other process --------------------------------------------------------------------------------

Ended RunProcess(const Program& program, const NativeOptions& options, ScheduleGate* gate) {
  // Lives as long as its threads: the process ends inside Run.
  const auto inside = [&](int fd) { (new NativeThreads(program, options.timeout, fd, gate))->Run(); };
  return RunInOtherProcess(inside, options.timeout + kGrace);
}

// --- What it says -----------------------------------------------------------------------------------

// The threads `kept`, by runner, as they wait.
class Describer {
 public:
  Describer(const Program& program, const NativeReport& report, const std::vector<bool>& kept)
      : program_(program), report_(report), index_(report.threads.size(), -1) {
    int count = 0;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (kept[i]) index_[i] = count++;
    }
  }

  Snapshot Run() const {
    Snapshot snapshot;
    snapshot.objects = ObjectsOf(program_);
    for (std::size_t i = 0; i < index_.size(); ++i) {
      if (index_[i] >= 0) snapshot.threads.push_back(Describe(report_.threads[i]));
    }
    return snapshot;
  }

 private:
  WaitingThread Describe(const NativeThreadReport& report) const {
    const ProgramThread& thread = program_.threads[Index(report.thread)];
    const Op& op = thread.ops[Index(report.view.place)];
    const bool lock = report.view.waits == WaitFor::Waits::kLock;
    WaitingThread result;
    result.thread = ThreadName(thread, report.number);
    result.role = program_.roles[Index(thread.role)].name;
    result.at = PlaceOf(program_, thread, report.view.place);
    result.stamp = report.view.stamp;
    DescribeWait(program_, op, lock, result);
    for (const WaitFor::Hold& hold : report.view.holds) {
      result.held.push_back(DescribeHold(program_, thread, hold.place, hold.lock, hold.mode, hold.kind));
      result.held.back().stamp = hold.stamp;
    }
    for (const Blocker& blocker : report.view.blockers) AddLink(blocker.runner, blocker.queued, result);
    if (report.view.waits == WaitFor::Waits::kEvent) AddGivers(report, op, result);
    return result;
  }

  void AddLink(Runner runner, bool queued, WaitingThread& result) const {
    const NativeThreadReport& other = report_.threads[runner];
    // Beyond what is described nobody waits for this one.
    if (index_[runner] < 0 && !other.view.ended) return;
    WaitsFor link;
    link.thread = index_[runner];
    link.name = ThreadName(program_.threads[Index(other.thread)], other.number);
    link.queued = queued;
    result.waits_for.push_back(std::move(link));
  }

  void AddGivers(const NativeThreadReport& waiter, const Op& wanted, WaitingThread& result) const {
    for (std::size_t i = 0; i < index_.size(); ++i) {
      const NativeThreadReport& other = report_.threads[i];
      if (&other == &waiter || index_[i] < 0) continue;
      if (MayGive(program_.threads[Index(other.thread)].ops, other.op, wanted))
        AddLink(static_cast<Runner>(i), false, result);
    }
  }

  const Program& program_;
  const NativeReport& report_;
  std::vector<int> index_;  // of each runner in the snapshot, or -1
};

void Describe(const Program& program, const NativeReport& report, const NativeOptions& options, NativeResult& result) {
  std::vector<bool> kept(report.threads.size(), false);
  for (const Runner runner : report.cycle) kept[runner] = true;
  if (report.end == NativeEnd::kTimeout || report.end == NativeEnd::kSettled) {
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const NativeThreadReport& thread = report.threads[i];
      kept[i] = thread.view.waits != WaitFor::Waits::kNot;
      // After a schedule those that were not let go are no part of it.
      if (kept[i] || thread.view.ended || report.end == NativeEnd::kSettled) continue;
      const ProgramThread& runs = program.threads[Index(thread.thread)];
      const ScriptError problem{program.file, runs.ops[Index(thread.op)].at,
                                "'" + ThreadName(runs, thread.number) + "' still runs after " +
                                    std::to_string(options.timeout.count()) + " ms"};
      result.problems.push_back(problem.ToString());
    }
    // While one of them runs, the others may only wait for that one.
    if (!result.problems.empty()) return;
  }
  result.hangs = Hangs(Describer(program, report, kept).Run(), SourceOf(program), "on real threads");
}

}  // namespace

NativeResult RunNatively(const Program& program, const NativeOptions& options) {
  NativeResult result;
  result.not_run = Missing(program);
  if (!result.not_run.empty()) return result;
  const Ended ended = RunProcess(program, options, nullptr);
  std::optional<NativeReport> report = ReadReport(ended.text);
  if (!report) {
    result.problems.push_back(ended.problem.empty() ? "the process ended without a report" : ended.problem);
    return result;
  }
  if (report->end != NativeEnd::kEnded) Describe(program, *report, options, result);
  std::sort(report->problems.begin(), report->problems.end());
  result.problems.insert(result.problems.end(), report->problems.begin(), report->problems.end());
  return result;
}

// --- Schedules --------------------------------------------------------------------------------------

namespace {

using ThreadKey = ScheduleGate::ThreadKey;

// Why real threads cannot be made to follow it, or "".
std::string CannotFollow(const LoweredProgram& lowered, const ProgramSchedule& schedule) {
  ProgramRunner runner(lowered.program);
  for (const ProgramStep& step : schedule) {
    if (step.result == StepResult::kSpurious) return "a wake-up without a signal cannot be made to happen";
    if (step.woken != LockProgram::kNone) {
      const std::vector<ProgramStep> possible = runner.Possible(runner.NumberOf(step.runner));
      if (possible.size() > 1) return "which of several sleepers a signal wakes cannot be chosen";
    }
    if (!runner.Do(step)) return "the schedule does not fit the script";
  }
  return "";
}

std::vector<ScheduleGate::Step> GateSteps(const LoweredProgram& lowered, const ProgramSchedule& schedule) {
  std::vector<ScheduleGate::Step> steps;
  for (const ProgramStep& step : schedule) {
    const LockProgram::Thread& thread = lowered.program.threads[Index(step.runner.thread)];
    steps.push_back({{thread.source, step.runner.copy + 1},
                     thread.ops[Index(step.op)].source,
                     step.result == StepResult::kAnnounced});
  }
  return steps;
}

std::set<ThreadKey> ThreadsOf(const Program& program, const Finding& hang) {
  std::set<std::string> names;
  for (const Participant& participant : hang.participants) names.insert(participant.thread);
  std::set<ThreadKey> threads;
  for (std::size_t i = 0; i < program.threads.size(); ++i) {
    // A thread may be started several times, each under a name of its own.
    for (int number = 1; number <= static_cast<int>(names.size()) + program.threads[i].count; ++number) {
      if (names.contains(ThreadName(program.threads[i], number))) threads.insert({static_cast<int>(i), number});
    }
  }
  return threads;
}

// Who wants what, and holds what of it: (thread, held, wanted).
std::set<std::array<std::string, 3>> LinksOf(const Finding& hang) {
  const auto name = [&](int lock) {
    const FindingLock& of = hang.locks[Index(lock)];
    return of.instance.empty() ? of.name : of.instance;
  };
  std::set<std::array<std::string, 3>> links;
  for (const FindingEdge& edge : hang.edges) links.insert({edge.thread, name(edge.held), name(edge.wanted)});
  if (!links.empty()) return links;
  for (const Participant& participant : hang.participants) {
    if (participant.lock == 0) links.insert({participant.thread, "", name(0)});
  }
  return links;
}

}  // namespace

NativeReplay ReplayNatively(const Program& program, const ProgramSchedule& schedule, const Finding& hang,
                            const NativeOptions& options) {
  const LoweredProgram lowered = Lower(program);
  NativeReplay result;
  result.why_not = Missing(program);
  if (result.why_not.empty()) result.why_not = CannotFollow(lowered, schedule);
  if (!result.why_not.empty()) return result;
  ScheduleGate gate(GateSteps(lowered, schedule), ThreadsOf(program, hang));
  const Ended ended = RunProcess(program, options, &gate);
  std::optional<NativeReport> report = ReadReport(ended.text);
  if (!report) {
    result.why_not = ended.problem.empty() ? "the process ended without a report" : ended.problem;
  } else if (report->end == NativeEnd::kAstray) {
    result.why_not = report->problems.empty() ? "the threads did not follow it" : report->problems.back();
  } else if (report->end == NativeEnd::kEnded) {
    result.why_not = "all threads ended";
  } else {
    NativeResult seen;
    Describe(program, *report, options, seen);
    const auto links = LinksOf(hang);
    result.confirmed =
        std::any_of(seen.hangs.begin(), seen.hangs.end(), [&](const Finding& each) { return LinksOf(each) == links; });
    if (!result.confirmed) {
      result.why_not = seen.hangs.empty() ? "nothing was seen to hang" : "another hang: " + seen.hangs[0].detail;
    }
  }
  return result;
}

}  // namespace lockdep::workloads
