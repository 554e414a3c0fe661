#include "workloads/schedule_replay.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "lockdep/program_runner.h"
#include "workloads/describe.h"
#include "workloads/replayed_snapshot.h"
#include "workloads/script_exploration.h"

namespace lockdep::workloads {
namespace {

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

StepMark MarkOf(const ProgramStep& step) {
  switch (step.result) {
    case StepResult::kNotGot: return StepMark::kNotGot;
    case StepResult::kSpurious: return StepMark::kSpurious;
    case StepResult::kDone:
    case StepResult::kAnnounced: return StepMark::kNone;
  }
  return StepMark::kNone;
}

class Replayer {
 public:
  Replayer(const Program& program, const ScheduleText& text)
      : program_(program), text_(text), lowered_(Lower(program)), runner_(lowered_.program) {}

  ScriptReplay Run() {
    if (!runner_.impossible().empty()) {
      result_.diverged = "it cannot be replayed: " + runner_.impossible();
      return std::move(result_);
    }
    for (std::size_t i = 0; i < text_.steps.size(); ++i) {
      const std::string wrong = Do(text_.steps[i]);
      if (wrong.empty()) continue;
      result_.diverged = "step " + std::to_string(i + 1) + ": " + wrong;
      break;
    }
    Finish();
    return std::move(result_);
  }

 private:
  // Empty, or why not.
  std::string Do(const ScheduledStep& step) {
    const std::string wanted = "expected " + Print(step.thread) + " at line " + std::to_string(step.line) + ", found ";
    const std::optional<RunnerName> name = Find(step.thread);
    if (!name) return wanted + "no thread of that name";
    const int number = runner_.NumberOf(*name);
    if (number < 0) return wanted + "it not started";
    if (runner_.HasEnded(number)) return wanted + "it at its end";
    const int line = StatementOf(program_, lowered_, *name, runner_.OpOf(number)).at.line;
    if (line != step.line) return wanted + At(number) + WhyNot(number);
    for (const ProgramStep& possible : runner_.Possible(number)) {
      if (MarkOf(possible) != step.mark || !Wakes(possible, step)) continue;
      runner_.Do(possible);
      result_.schedule.push_back(possible);
      NoteAssertion(number, possible);
      return "";
    }
    return "expected " + At(number) + " to be possible" + (step.mark == StepMark::kNone ? "" : " in this way") +
           ", found it not" + WhyNot(number);
  }

  std::optional<RunnerName> Find(const ScheduledThread& thread) const {
    for (std::size_t i = 0; i < lowered_.program.threads.size(); ++i) {
      if (lowered_.program.threads[i].name == thread.name) return RunnerName{static_cast<int>(i), thread.copy()};
    }
    return std::nullopt;
  }

  bool Wakes(const ProgramStep& possible, const ScheduledStep& step) const {
    if (!step.wakes) return possible.woken == LockProgram::kNone;
    const std::optional<RunnerName> name = Find(*step.wakes);
    return name && possible.woken != LockProgram::kNone && runner_.NumberOf(*name) == possible.woken;
  }

  // "t2 at line 10: lock c".
  std::string At(int number) const {
    const RunnerName name = runner_.NameOf(number);
    const Op& statement = StatementOf(program_, lowered_, name, runner_.OpOf(number));
    return NameOf(program_, lowered_, name) + " at line " + std::to_string(statement.at.line) + ": " +
           StatementText(program_, statement);
  }

  // "; it cannot do that because a is held by t1".
  std::string WhyNot(int number) const {
    const ReplayResult replay = Replay(lowered_.program, result_.schedule);
    const RunnerState& runner = replay.runners[Index(number)];
    if (!runner.waits) return "";
    const Op& statement = StatementOf(program_, lowered_, runner.name, runner.op);
    WaitingThread wait;
    DescribeWait(program_, statement, statement.code == OpCode::kWait && !runner.asleep, wait);
    std::string text = "; it cannot do that because ";
    if (runner.waits_for.empty()) return text + "nobody can give " + wait.wants_text;
    const bool lock = Index(wait.wants) < program_.locks.size();
    text += wait.wants_text;
    for (std::size_t i = 0; i < runner.waits_for.size(); ++i) {
      const std::string other = NameOf(program_, lowered_, replay.runners[Index(runner.waits_for[i])].name);
      text += i == 0 ? (lock ? runner.queued[i] ? " is awaited before it by " : " is held by " : " is for ") : " and ";
      text += other;
    }
    return text + (lock ? "" : " to do");
  }

  static bool Holds(const ProgramCondition& condition, const std::vector<std::int64_t>& values) {
    const int right = condition.right.variable;
    const auto base = right == kNone ? 0U : static_cast<std::uint64_t>(values[Index(right)]);
    return Compare(values[Index(condition.variable)], condition.comparison,
                   static_cast<std::int64_t>(base + static_cast<std::uint64_t>(condition.right.offset)));
  }

  void NoteAssertion(int number, const ProgramStep& step) {
    const LockProgram::Op& op = lowered_.program.threads[Index(step.runner.thread)].ops[Index(step.op)];
    if (op.code != LockProgram::Code::kAssert) return;
    const ReplayResult replay = Replay(lowered_.program, result_.schedule);
    if (op.lock == LockProgram::kNone) {
      if (!Holds(Statement(step).condition, replay.variables)) {
        result_.findings.push_back(BrokenAssert(program_, lowered_, result_.schedule));
      }
      return;
    }
    bool held = false;
    bool exclusively = false;
    for (const RunnerState::Hold& hold : replay.runners[Index(number)].holds) {
      if (hold.lock != op.lock) continue;
      held = true;
      exclusively = exclusively || hold.mode == Mode::kExclusive;
    }
    const bool good = op.assertion == LockProgram::Assertion::kHeld      ? held
                      : op.assertion == LockProgram::Assertion::kNotHeld ? !held
                                                                         : held && !exclusively;
    if (!good) result_.findings.push_back(BrokenAssert(program_, lowered_, result_.schedule));
  }

  // Two accesses of a plain variable, of which one writes: the last two steps, or the last one and an
  // `await` that looks again.
  void NoteRaces() {
    if (result_.schedule.empty() || !result_.diverged.empty()) return;
    const ProgramStep& last = result_.schedule.back();
    std::vector<ProgramStep> others;
    if (result_.schedule.size() > 1) others.push_back(result_.schedule[result_.schedule.size() - 2]);
    for (int number = 0; number < runner_.count(); ++number) {
      ProgramStep looks;
      looks.runner = runner_.NameOf(number);
      looks.op = runner_.OpOf(number);
      if (Statement(looks).code == OpCode::kAwait) others.push_back(looks);
    }
    for (const ProgramStep& other : others) {
      const bool known = std::any_of(result_.findings.begin(), result_.findings.end(),
                                     [](const Finding& finding) { return finding.kind == FindingKind::kDataRace; });
      if (!known) NoteRace(other, last);
    }
  }
  void NoteRace(const ProgramStep& first, const ProgramStep& second) {
    if (first.runner == second.runner) return;
    for (std::size_t i = 0; i < program_.variables.size(); ++i) {
      const int variable = static_cast<int>(i);
      if (!program_.variables[i].plain || !Uses(first, variable) || !Uses(second, variable)) continue;
      if (!Writes(first, variable) && !Writes(second, variable)) continue;
      result_.findings.push_back(DataRace(program_, lowered_, result_.schedule, variable, {first, second}));
    }
  }
  const Op& Statement(const ProgramStep& step) const { return StatementOf(program_, lowered_, step.runner, step.op); }
  bool Writes(const ProgramStep& step, int variable) const {
    return Statement(step).code == OpCode::kAssign && Statement(step).number == variable;
  }
  bool Uses(const ProgramStep& step, int variable) const {
    const Op& op = Statement(step);
    const bool tests =
        op.code == OpCode::kAwait || op.code == OpCode::kJumpUnless || (op.code == OpCode::kAssert && op.lock == kNone);
    return Writes(step, variable) || (op.code == OpCode::kAssign && op.expression.variable == variable) ||
           (tests && (op.condition.variable == variable || op.condition.right.variable == variable));
  }

  std::vector<StuckRunner> FindStuck() {
    const auto found = runner_.StuckRunners(kReplayStatesMax);
    result_.decided = found.has_value();
    std::vector<StuckRunner> stuck;
    if (!found) return stuck;
    for (const ProgramRunner::Stuck& each : *found) {
      const std::vector<ProgramStep> possible = runner_.Possible(each.number);
      const bool goes_on = std::any_of(possible.begin(), possible.end(),
                                       [](const ProgramStep& step) { return step.result != StepResult::kSpurious; });
      if (goes_on && !each.moves) {
        result_.doomed = true;
      } else {
        stuck.push_back({each.number, each.moves});
      }
    }
    return stuck;
  }

  void Finish() {
    std::vector<StuckRunner> stuck;
    if (result_.diverged.empty()) {
      stuck = FindStuck();
    }
    NoteRaces();
    if (!stuck.empty()) {
      for (Finding& hang : HangsAt(program_, lowered_, result_.schedule, stuck)) {
        // What only lacks a giver may lack one that has yet to come to its wait.
        if (!result_.doomed || !hang.edges.empty()) result_.findings.push_back(std::move(hang));
      }
    }
    result_.steps = StepsOf(program_, lowered_, result_.schedule, stuck);
    result_.ended = true;
    for (int number = 0; number < runner_.count(); ++number) {
      if (runner_.HasEnded(number)) continue;
      result_.ended = false;
      if (!runner_.Possible(number).empty()) result_.next.push_back(At(number));
    }
    const std::string schedule = Print(TextOf(program_, lowered_, result_.schedule));
    for (Finding& finding : result_.findings) finding.schedule = schedule;
  }

  const Program& program_;
  const ScheduleText& text_;
  const LoweredProgram lowered_;
  ProgramRunner runner_;
  ScriptReplay result_;
};

}  // namespace

ScriptReplay ReplayOn(const Program& program, const ScheduleText& schedule) {
  return Replayer(program, schedule).Run();
}

}  // namespace lockdep::workloads
