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

}  // namespace

OrderPassResult RunOrderPass(const Program& program, SimulationOptions options) {
  return OrderPass(program, options).Run();
}

std::vector<Finding> WithHangs(const OrderPassResult& result) {
  std::vector<Finding> findings = result.findings;
  for (const RunHang& hang : result.hangs) {
    if (!ConfirmByHang(findings, hang.finding)) findings.push_back(hang.finding);
  }
  return findings;
}

}  // namespace lockdep::workloads
