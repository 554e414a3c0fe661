#include "workloads/order_pass.h"

#include <algorithm>
#include <deque>
#include <set>

#include "lockdep/hang.h"
#include "lockdep/validator.h"
#include "workloads/describe.h"

namespace lockdep::workloads {
namespace {

// Tries that are not got in one run, sorted.
using Failures = std::vector<OpAt>;

// The runs of one program.
class OrderPass {
 public:
  OrderPass(const Program& program, SimulationOptions options)
      : program_(program),
        options_(options),
        validator_(Options(program, options.episode_states_max)),
        instances_(program, validator_) {}

  OrderPassResult Run() {
    RunAll();
    result_.findings = validator_.Findings();
    result_.dependencies = validator_.Dependencies();
    for (std::string& note : validator_.Notes()) result_.notes.push_back(std::move(note));
    return std::move(result_);
  }

 private:
  static ValidatorOptions Options(const Program& program, std::size_t episode_states_max) {
    ValidatorOptions options;
    options.source = SourceOf(program);
    options.closed_world = true;
    options.check_wait_context = true;
    options.track_usage = true;
    options.sites_are_code = false;
    options.episode_states_max = episode_states_max;
    return options;
  }

  // Breadth first, so that what is left out at a limit are the runs with the most failures.
  void RunAll() {
    std::deque<Failures> waiting = {Failures{}};
    std::set<Failures> seen = {Failures{}};
    std::size_t runs = 0;
    std::int64_t steps = 0;
    bool left_out = false;
    while (!waiting.empty() && steps < options_.all_steps_max) {
      const Failures failures = std::move(waiting.front());
      waiting.pop_front();
      const SimulationResult run = RunOnce(failures);
      ++runs;
      steps += run.steps;
      // Otherwise it was a run with fewer failures, which has been made.
      if (!run.all_failed) continue;
      for (const OpAt& each : run.succeeded) {
        Failures more = failures;
        const auto at = std::lower_bound(more.begin(), more.end(), each);
        if (at != more.end() && *at == each) continue;
        more.insert(at, each);
        if (seen.contains(more)) continue;
        left_out = left_out || seen.size() >= options_.runs_max;
        if (left_out) break;
        waiting.push_back(more);
        seen.insert(std::move(more));
      }
    }
    if (waiting.empty() && !left_out) return;
    result_.notes.push_back("tries can fail in more ways than were run: of " + std::to_string(runs) +
                            " runs, those with the fewest failures were made first");
  }

  SimulationResult RunOnce(const Failures& failures) {
    SimulationResult run = Simulation(program_, instances_, options_).Run(failures);
    AddNew(run.failures, result_.failures);
    AddNew(run.unended, result_.unended);
    AddNew(run.broken_asserts, result_.broken_asserts);
    AddRan(run.ran);
    result_.contexts.merge(run.contexts);
    if (failures.empty()) result_.self_deadlocks = SelfDeadlocks(run.snapshot, SourceOf(program_), "in the model");
    if (!run.hung) return run;
    for (Finding& hang : Hangs(run.snapshot, SourceOf(program_), "in the model")) {
      const bool known = std::any_of(result_.hangs.begin(), result_.hangs.end(), [&](const RunHang& other) {
        return other.finding.fingerprint == hang.fingerprint;
      });
      if (!known) result_.hangs.push_back({std::move(hang), !failures.empty()});
    }
    return run;
  }

  void AddRan(const std::vector<std::vector<bool>>& ran) {
    result_.ran.resize(ran.size());
    for (std::size_t i = 0; i < ran.size(); ++i) {
      result_.ran[i].resize(ran[i].size());
      for (std::size_t op = 0; op < ran[i].size(); ++op) result_.ran[i][op] = result_.ran[i][op] || ran[i][op];
    }
  }

  void AddNew(std::vector<ScriptError>& errors, std::vector<ScriptError>& all) {
    for (ScriptError& error : errors) {
      if (seen_errors_.insert({error.at, error.message}).second) all.push_back(std::move(error));
    }
  }

  const Program& program_;
  const SimulationOptions options_;
  Validator validator_;
  Instances instances_;
  std::set<std::pair<Position, std::string>> seen_errors_;
  OrderPassResult result_;
};

bool IsTry(const Op& op) { return op.code == OpCode::kTake && op.take_kind != Kind::kBlocking; }

bool Branches(const Op& op, int at) {
  return op.code == OpCode::kJumpUnless || (op.code == OpCode::kJump && op.target <= at);
}

// Whether a thread's locks can be had and not had in ways that no run had.  One try with branches of its own has two
// outcomes, which were run if all statements were; what goes on in either case may have had one of them only.
bool HasOtherOutcomes(const std::vector<Op>& ops) {
  const auto tries = std::count_if(ops.begin(), ops.end(), IsTry);
  return tries > 1 || std::any_of(ops.begin(), ops.end(), [](const Op& op) { return IsTry(op) && !op.conditional; });
}

}  // namespace

OrderPassResult RunOrderPass(const Program& program, SimulationOptions options) {
  return OrderPass(program, options).Run();
}

bool ChangesLocks(const Program& program) {
  return std::any_of(program.threads.begin(), program.threads.end(), [](const ProgramThread& thread) {
    return std::any_of(thread.ops.begin(), thread.ops.end(), [](const Op& op) {
      return op.code == OpCode::kInit || op.code == OpCode::kDestroy || op.code == OpCode::kReclass;
    });
  });
}

std::string NotRun(const Program& program, const OrderPassResult& result) {
  bool ways = false;
  bool outcomes = false;
  bool interrupts = false;
  for (std::size_t i = 0; i < program.threads.size(); ++i) {
    const std::vector<Op>& ops = program.threads[i].ops;
    for (std::size_t at = 0; at < ops.size(); ++at) {
      ways = ways || Branches(ops[at], static_cast<int>(at)) || !result.ran[i][at];
      interrupts = interrupts || ops[at].code == OpCode::kEnter;
    }
    outcomes = outcomes || HasOtherOutcomes(ops);
  }
  std::string text;
  const auto add = [&](bool is, const char* what) {
    if (is) text += (text.empty() ? "" : " and ") + std::string(what);
  };
  add(ways, "other ways through the script's branches and loops");
  add(outcomes, "other outcomes of its tries and timed waits");
  add(ChangesLocks(program), "other moments at which it initialises, destroys or reclassifies a lock");
  add(interrupts, "what is held below its interrupts");
  return text;
}

void ReopenWhereNotRun(const Program& program, const OrderPassResult& result, Finding& finding) {
  if (finding.verdict != Verdict::kFalse) return;
  const std::string not_run = NotRun(program, result);
  if (not_run.empty()) return;
  finding.verdict = Verdict::kUnknown;
  finding.strength = Strength::kNone;
  finding.reasons.clear();
  finding.missing = {"what the order pass did not run: " + not_run};
}

bool WasExecuted(const OrderPassResult& result, const Finding& self_deadlock) {
  return std::any_of(result.self_deadlocks.begin(), result.self_deadlocks.end(),
                     [&](const Finding& each) { return HappenedIn(self_deadlock, each); });
}

void MakeUnknownAsForced(Finding& hang) {
  hang.verdict = Verdict::kUnknown;
  hang.strength = Strength::kNone;
  hang.missing = {"a schedule in which the try that was made to fail here fails by itself"};
}

std::vector<Finding> WithHangs(const Program& program, const OrderPassResult& result) {
  std::vector<Finding> findings = result.findings;
  for (Finding& finding : findings) {
    if (HangsWhenItHappens(finding.kind)) ReopenWhereNotRun(program, result, finding);
    if (finding.kind == FindingKind::kSelfDeadlock && finding.verdict == Verdict::kReal &&
        !WasExecuted(result, finding)) {
      MakeUnknownAsForced(finding);
    }
  }
  for (const RunHang& hang : result.hangs) {
    if (!hang.forced) {
      if (!ConfirmByHang(findings, hang.finding)) findings.push_back(hang.finding);
      continue;
    }
    // What the orders have already says no more than this hang does.
    const bool known = std::any_of(findings.begin(), findings.end(),
                                   [&](const Finding& finding) { return HappenedIn(finding, hang.finding); });
    if (known) continue;
    findings.push_back(hang.finding);
    MakeUnknownAsForced(findings.back());
  }
  return findings;
}

}  // namespace lockdep::workloads
