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
      : program_(program), options_(options), validator_(Options(program)), instances_(program, validator_) {}

  OrderPassResult Run() {
    RunAll();
    result_.findings = validator_.Findings();
    for (Finding& hang : hangs_) {
      if (!ConfirmByHang(result_.findings, hang)) result_.findings.push_back(std::move(hang));
    }
    result_.dependencies = validator_.Dependencies();
    for (std::string& note : validator_.Notes()) result_.notes.push_back(std::move(note));
    return std::move(result_);
  }

 private:
  static ValidatorOptions Options(const Program& program) {
    ValidatorOptions options;
    options.source = SourceOf(program);
    options.closed_world = true;
    options.check_wait_context = true;
    options.track_usage = true;
    options.sites_are_code = false;
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
    for (ScriptError& failure : run.failures) {
      if (seen_failures_.insert({failure.at, failure.message}).second) result_.failures.push_back(std::move(failure));
    }
    if (!run.hung) return run;
    for (Finding& hang : Hangs(run.snapshot, SourceOf(program_), "in the model")) {
      const bool known = std::any_of(hangs_.begin(), hangs_.end(),
                                     [&](const Finding& other) { return other.fingerprint == hang.fingerprint; });
      if (!known) hangs_.push_back(std::move(hang));
    }
    return run;
  }

  const Program& program_;
  const SimulationOptions options_;
  Validator validator_;
  Instances instances_;
  std::vector<Finding> hangs_;
  std::set<std::pair<Position, std::string>> seen_failures_;
  OrderPassResult result_;
};

}  // namespace

OrderPassResult RunOrderPass(const Program& program, SimulationOptions options) {
  return OrderPass(program, options).Run();
}

}  // namespace lockdep::workloads
