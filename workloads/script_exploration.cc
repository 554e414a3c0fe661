#include "workloads/script_exploration.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "lockdep/hang.h"
#include "workloads/describe.h"
#include "workloads/replayed_snapshot.h"

namespace lockdep::workloads {
namespace {

using Code = LockProgram::Code;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

constexpr const char* kWhere = "in the model";

std::size_t Switches(const ProgramSchedule& schedule) {
  std::size_t switches = 0;
  for (std::size_t i = 1; i < schedule.size(); ++i) switches += schedule[i].runner != schedule[i - 1].runner ? 1 : 0;
  return switches;
}

// The runners of a running program by number, as they are started.
class RunnerList {
 public:
  explicit RunnerList(const LockProgram& program) : program_(program), copies_(program.threads.size(), 0) {
    for (std::size_t i = 0; i < program.threads.size(); ++i) {
      if (!program.threads[i].spawned) Start(static_cast<int>(i));
    }
  }
  void Follow(const ProgramStep& step) {
    const LockProgram::Op& op = program_.threads[Index(step.runner.thread)].ops[Index(step.op)];
    if (op.code == Code::kSpawn) Start(op.number);
  }
  RunnerName At(int number) const { return runners_[Index(number)]; }

 private:
  void Start(int thread) {
    for (int i = 0; i < program_.threads[Index(thread)].count; ++i) {
      runners_.push_back({thread, copies_[Index(thread)]++});
    }
  }

  const LockProgram& program_;
  std::vector<int> copies_;
  std::vector<RunnerName> runners_;
};

std::string AtLine(const Place& place) { return " (" + place.file + ":" + std::to_string(place.line) + ")"; }

// What came of a step, behind its statement.
std::string Outcome(const LockProgram::Op& op, const ProgramStep& step, const std::string& woken) {
  switch (step.result) {
    case StepResult::kDone:
      if (op.code != Code::kSignal) return "";
      return woken.empty() ? " wakes nobody" : " wakes " + woken;
    case StepResult::kAnnounced: return " waits";
    case StepResult::kNotGot: return op.kind == Kind::kTimed ? ": the time is over" : " fails";
    case StepResult::kSpurious: return " wakes up by itself";
  }
  return "";
}

Finding Executed(const Program& program, FindingKind kind) {
  Finding finding;
  finding.kind = kind;
  finding.source = SourceOf(program);
  finding.verdict = Verdict::kReal;
  finding.strength = Strength::kExecuted;
  return finding;
}

Participant ParticipantOf(const Program& program, const LoweredProgram& lowered, const ProgramStep& step,
                          std::string action, int lock) {
  const LockProgram::Thread& thread = lowered.program.threads[Index(step.runner.thread)];
  Participant participant;
  participant.thread = NameOf(program, lowered, step.runner);
  participant.role = program.roles[Index(program.threads[Index(thread.source)].role)].name;
  participant.action = std::move(action);
  participant.lock = lock;
  participant.at = PlaceOf(program, lowered, step.runner, step.op);
  return participant;
}

std::string Said(const Participant& participant) {
  return participant.thread + " " + participant.action + AtLine(participant.at);
}

void Finish(Finding& finding, const std::vector<ScheduleStep>& steps) {
  for (const ScheduleStep& step : steps) {
    finding.witness.push_back(step.thread + ": " + step.text + AtLine(step.at));
  }
  SetFingerprint(finding);
}

std::vector<StuckRunner> StuckIn(const ProgramHang& hang) {
  std::vector<StuckRunner> stuck;
  for (std::size_t i = 0; i < hang.stuck.size(); ++i) stuck.push_back({hang.stuck[i], hang.moves[i]});
  return stuck;
}

class ScriptExplorer {
 public:
  ScriptExplorer(const Program& program, const SearchOptions& options)
      : program_(program), options_(options), lowered_(Lower(program)) {}

  ScriptExploration Run() {
    const SearchResult found = SearchSchedules(lowered_.program, options_);
    for (const ProgramHang& hang : found.hangs) AddHang(hang);
    for (const ProgramFailure& failure : found.failures) {
      Add(BrokenAssert(program_, lowered_, failure.schedule), failure.schedule);
    }
    for (const ProgramFailure& race : found.races) {
      Add(DataRace(program_, lowered_, race.schedule, race.variable, race.accesses), race.schedule);
    }
    for (const ProgramLivelock& livelock : found.livelocks) AddLivelock(livelock);
    std::sort(others_.begin(), others_.end(), [](const Reached& a, const Reached& b) {
      return std::tie(a.finding.fingerprint, a.finding.schedule) < std::tie(b.finding.fingerprint, b.finding.schedule);
    });
    ScriptExploration result;
    result.found.statistics = found.statistics;
    result.all_hangs = all_hangs_ && found.statistics.exhausted && found.hangs.size() < options_.hangs_max;
    for (auto& [key, hang] : hangs_) {
      if (IsShortest(key, hang)) {
        result.found.reached.push_back(std::move(hang.reached));
        result.contexts.push_back(std::move(hang.contexts));
      } else {
        result.other_forms.push_back(std::move(hang.reached.finding));
      }
    }
    for (Reached& other : others_) result.found.reached.push_back(std::move(other));
    result.contexts.resize(result.found.reached.size());
    return result;
  }

 private:
  // A short schedule that people can follow is the better one.
  using Length = std::pair<std::size_t, std::size_t>;
  static Length LengthOf(const ProgramSchedule& schedule) { return {Switches(schedule), schedule.size()}; }

  using Key = std::tuple<std::uint64_t, FindingKind, LinkForms>;

  struct Hang {
    Length length;
    Reached reached;
    std::vector<StatementContext> contexts;
  };

  // Of those that differ only in the forms of their links.
  bool IsShortest(const Key& key, const Hang& hang) const {
    const auto& [fingerprint, kind, forms] = key;
    for (auto it = hangs_.lower_bound({fingerprint, kind, {}}); it != hangs_.end(); ++it) {
      if (std::get<0>(it->first) != fingerprint || std::get<1>(it->first) != kind) break;
      if (std::tie(it->second.length, it->first) < std::tie(hang.length, key)) return false;
    }
    return true;
  }

  void AddHang(const ProgramHang& hang) {
    const std::vector<StuckRunner> all = StuckIn(hang);
    bool complete = true;
    const std::vector<Finding> findings = HangsAt(program_, lowered_, hang.schedule, all, &complete);
    all_hangs_ = all_hangs_ && complete;
    for (const Finding& found : findings) {
      Finding finding = found;
      ProgramSchedule schedule = hang.schedule;
      std::vector<StuckRunner> stuck = all;
      Trim(finding, schedule, stuck);
      const Key key(finding.fingerprint, finding.kind, LinkFormsOf(finding));
      const auto known = hangs_.find(key);
      if (known != hangs_.end() && known->second.length <= LengthOf(schedule)) continue;
      Hang added;
      added.length = LengthOf(schedule);
      added.contexts = ContextsOf(finding, schedule, stuck);
      finding.schedule = Print(TextOf(program_, lowered_, schedule));
      added.reached = {std::move(finding), StepsOf(program_, lowered_, schedule, stuck), hang.minimal};
      hangs_.insert_or_assign(key, std::move(added));
    }
  }

  // Of those that make its links, and of the writers that wait among them.
  std::vector<StatementContext> ContextsOf(const Finding& finding, const ProgramSchedule& schedule,
                                           const std::vector<StuckRunner>& stuck) const {
    std::set<std::string> names;
    for (const FindingEdge& edge : finding.edges) names.insert(edge.thread);
    for (const Participant& participant : finding.participants) {
      if (participant.lock < finding.cycle_length) names.insert(participant.thread);
    }
    const ReplayResult replay = Replay(lowered_.program, schedule);
    std::vector<StatementContext> contexts;
    for (const StuckRunner& each : stuck) {
      const RunnerState& runner = replay.runners[Index(each.number)];
      if (!names.contains(NameOf(program_, lowered_, runner.name))) continue;
      contexts.push_back(ContextOf(program_, lowered_, runner));
    }
    return contexts;
  }

  // Leaves out the threads that a cycle of locks does not need.  It hangs whatever they do.
  void Trim(Finding& finding, ProgramSchedule& schedule, std::vector<StuckRunner>& stuck) const {
    const bool locks_only =
        !finding.edges.empty() &&
        std::all_of(finding.locks.begin(), finding.locks.begin() + finding.cycle_length, [](const FindingLock& lock) {
          return lock.type != LockType::kCompletion && lock.type != LockType::kThreadEnd;
        });
    const bool spins = std::any_of(finding.edges.begin(), finding.edges.end(),
                                   [](const FindingEdge& edge) { return edge.wanted_kind != Kind::kBlocking; });
    if (!locks_only || spins) return;
    std::set<RunnerName> others;
    for (const ProgramStep& step : schedule) {
      const std::string name = NameOf(program_, lowered_, step.runner);
      const bool links = std::any_of(finding.edges.begin(), finding.edges.end(),
                                     [&](const FindingEdge& edge) { return edge.thread == name; });
      if (!links) others.insert(step.runner);
    }
    for (const RunnerName other : others) TrimOne(other, finding, schedule, stuck);
  }

  // If the same cycle stands without the steps of `other`.
  void TrimOne(RunnerName other, Finding& finding, ProgramSchedule& schedule, std::vector<StuckRunner>& stuck) const {
    ProgramSchedule shorter;
    for (const ProgramStep& step : schedule) {
      if (step.runner != other) shorter.push_back(step);
    }
    const ReplayResult replay = Replay(lowered_.program, shorter);
    if (replay.diverged) return;
    std::vector<StuckRunner> left;
    for (std::size_t i = 0; i < replay.runners.size(); ++i) {
      if (replay.runners[i].waits) left.push_back({static_cast<int>(i), false});
    }
    for (Finding& again : HangsAt(program_, lowered_, shorter, left)) {
      if (again.kind != finding.kind || again.fingerprint != finding.fingerprint) continue;
      if (LinkFormsOf(again) != LinkFormsOf(finding)) continue;
      finding = std::move(again);
      schedule = std::move(shorter);
      stuck = std::move(left);
      return;
    }
  }

  // --- Other things that schedules reach --------------------------------------------------------
  void Add(Finding finding, const ProgramSchedule& schedule) {
    Reached reached;
    reached.finding = std::move(finding);
    reached.finding.schedule = Print(TextOf(program_, lowered_, schedule));
    reached.steps = StepsOf(program_, lowered_, schedule, {});
    others_.push_back(std::move(reached));
  }

  void AddLivelock(const ProgramLivelock& livelock) {
    Finding finding = Executed(program_, FindingKind::kLivelock);
    std::map<int, int> locks;
    std::set<std::pair<RunnerName, int>> seen;
    finding.detail = std::string(kWhere) + ", ";
    for (const ProgramStep& step : livelock.loop) {
      if (step.result != StepResult::kNotGot || !seen.insert({step.runner, step.op}).second) continue;
      const Op& statement = StatementOf(program_, lowered_, step.runner, step.op);
      const auto [it, is_new] = locks.try_emplace(statement.lock, static_cast<int>(finding.locks.size()));
      if (is_new) finding.locks.push_back(ObjectsOf(program_)[Index(statement.lock)]);
      const std::string& name = program_.locks[Index(statement.lock)].name;
      const bool first = finding.participants.empty();
      finding.participants.push_back(
          ParticipantOf(program_, lowered_, step, "tries " + name + " again and again", it->second));
      finding.participants.back().mode = statement.mode;
      finding.participants.back().kind = statement.take_kind;
      finding.detail += (first ? "" : "; ") + Said(finding.participants.back());
    }
    finding.cycle_length = static_cast<int>(finding.locks.size());
    if (finding.participants.empty()) finding.detail += "the threads can go round their loops for ever";
    finding.detail += ", although each could leave its loop";
    ProgramSchedule whole = livelock.prefix;
    whole.insert(whole.end(), livelock.loop.begin(), livelock.loop.end());
    Finish(finding, StepsOf(program_, lowered_, whole, {}));
    Add(std::move(finding), whole);
  }

  const Program& program_;
  const SearchOptions& options_;
  const LoweredProgram lowered_;
  std::map<Key, Hang> hangs_;
  std::vector<Reached> others_;
  bool all_hangs_ = true;
};

}  // namespace

Exploration ExploreProgram(const Program& program, const SearchOptions& options) {
  return ExploreScript(program, options).found;
}

ScriptExploration ExploreScript(const Program& program, const SearchOptions& options) {
  return ScriptExplorer(program, options).Run();
}

std::string SearchedText(const ExploreStatistics& statistics) {
  const std::string states = Grouped(statistics.states) + (statistics.states == 1 ? " state" : " states");
  if (statistics.exhausted) return states + ", all schedules of this script under these lock policies";
  return states + (statistics.executions > 0 ? ", " + Grouped(statistics.executions) + " schedules" : "") +
         "; not all: " + statistics.gave_up;
}

ScheduleText TextOf(const Program& program, const LoweredProgram& lowered, const ProgramSchedule& schedule) {
  ScheduleText text;
  text.settings = program.settings;
  RunnerList runners(lowered.program);
  const auto thread = [&](RunnerName runner) {
    const ProgramThread& source = program.threads[Index(lowered.program.threads[Index(runner.thread)].source)];
    return ScheduledThread{source.name, source.count > 1 || runner.copy > 0 ? runner.copy + 1 : 0};
  };
  for (const ProgramStep& step : schedule) {
    ScheduledStep& added = text.steps.emplace_back();
    added.thread = thread(step.runner);
    added.line = StatementOf(program, lowered, step.runner, step.op).at.line;
    if (step.result == StepResult::kNotGot) added.mark = StepMark::kNotGot;
    if (step.result == StepResult::kSpurious) added.mark = StepMark::kSpurious;
    if (step.woken != LockProgram::kNone) added.wakes = thread(runners.At(step.woken));
    runners.Follow(step);
  }
  return text;
}

std::vector<ScheduleStep> StepsOf(const Program& program, const LoweredProgram& lowered,
                                  const ProgramSchedule& schedule, const std::vector<StuckRunner>& stuck) {
  std::vector<ScheduleStep> steps;
  RunnerList runners(lowered.program);
  for (const ProgramStep& step : schedule) {
    const LockProgram::Op& op = lowered.program.threads[Index(step.runner.thread)].ops[Index(step.op)];
    const std::string woken = step.woken == LockProgram::kNone ? "" : NameOf(program, lowered, runners.At(step.woken));
    steps.push_back(
        {NameOf(program, lowered, step.runner),
         StatementText(program, StatementOf(program, lowered, step.runner, step.op)) + Outcome(op, step, woken),
         PlaceOf(program, lowered, step.runner, step.op), false});
    runners.Follow(step);
  }
  if (stuck.empty()) return steps;
  const ReplayResult replay = Replay(lowered.program, schedule);
  for (const StuckRunner& each : stuck) {
    const RunnerState& runner = replay.runners[Index(each.number)];
    if (!runner.waits || each.moves) continue;
    if (runner.announced || runner.asleep) {
      ScheduleStep& announced = steps[static_cast<std::size_t>(runner.last_step)];
      announced.text = StatementText(program, StatementOf(program, lowered, runner.name, runner.op));
      announced.waits = true;
      continue;
    }
    steps.push_back({NameOf(program, lowered, runner.name),
                     StatementText(program, StatementOf(program, lowered, runner.name, runner.op)),
                     PlaceOf(program, lowered, runner.name, runner.op), true});
  }
  return steps;
}

std::vector<Finding> HangsAt(const Program& program, const LoweredProgram& lowered, const ProgramSchedule& schedule,
                             const std::vector<StuckRunner>& stuck, bool* complete) {
  const ReplayResult replay = Replay(lowered.program, schedule);
  const Snapshot snapshot = SnapshotOf(program, lowered, replay, stuck, schedule.size());
  std::vector<Finding> hangs = Hangs(snapshot, SourceOf(program), kWhere, complete);
  for (Finding& finding : SelfDeadlocks(snapshot, SourceOf(program), kWhere)) hangs.push_back(std::move(finding));
  return hangs;
}

Finding BrokenAssert(const Program& program, const LoweredProgram& lowered, const ProgramSchedule& schedule) {
  const ProgramStep& last = schedule.back();
  const Op& statement = StatementOf(program, lowered, last.runner, last.op);
  Finding finding = Executed(program, FindingKind::kInvariant);
  const std::vector<FindingLock> objects = ObjectsOf(program);
  if (statement.lock != kNone) {
    finding.locks = {objects[Index(statement.lock)]};
  } else {
    const ProgramCondition& condition = statement.condition;
    finding.locks = {objects[VariableObject(program, condition.variable)]};
    const int right = condition.right.variable;
    if (right != kNone && right != condition.variable) {
      finding.locks.push_back(objects[VariableObject(program, right)]);
    }
  }
  finding.cycle_length = static_cast<int>(finding.locks.size());
  const std::string broken = "breaks '" + StatementText(program, statement) + "'";
  finding.participants.push_back(ParticipantOf(program, lowered, last, broken, 0));
  finding.detail = std::string(kWhere) + ", " + Said(finding.participants[0]);
  Finish(finding, StepsOf(program, lowered, schedule, {}));
  return finding;
}

Finding DataRace(const Program& program, const LoweredProgram& lowered, const ProgramSchedule& schedule, int variable,
                 const std::vector<ProgramStep>& accesses) {
  const std::string& name = lowered.program.variables[Index(variable)].name;
  Finding finding = Executed(program, FindingKind::kDataRace);
  FindingLock& object = finding.locks.emplace_back();
  object.name = name;
  object.type = LockType::kCompletion;
  finding.cycle_length = 1;
  for (const ProgramStep& access : accesses) {
    const Op& statement = StatementOf(program, lowered, access.runner, access.op);
    const bool writes = statement.code == OpCode::kAssign && statement.number == variable;
    finding.participants.push_back(ParticipantOf(program, lowered, access, (writes ? "writes " : "reads ") + name, -1));
  }
  finding.detail = std::string(kWhere) + ", " + Said(finding.participants[0]) + " and " +
                   Said(finding.participants[1]) + ": nothing orders them";
  Finish(finding, StepsOf(program, lowered, schedule, {}));
  return finding;
}

}  // namespace lockdep::workloads
