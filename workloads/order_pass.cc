#include "workloads/order_pass.h"

#include <algorithm>
#include <optional>
#include <set>

#include "lockdep/validator.h"
#include "workloads/describe.h"
#include "lockdep/hang.h"

namespace lockdep::workloads {
namespace {

// The runs of one program.
class OrderPass {
 public:
  OrderPass(const Program& program, SimulationOptions options)
      : program_(program), options_(options), validator_(Options(program, options.episode_states_max)), instances_(program, validator_) {}

  OrderPassResult Run() {
    const SimulationResult first = RunOnce(std::nullopt);
    for (const OpAt& each : first.succeeded) RunOnce(each);
    result_.findings = validator_.Findings();
    for (Finding& hang : hangs_) {
      if (!ConfirmByHang(result_.findings, hang)) result_.findings.push_back(std::move(hang));
    }
    result_.dependencies = validator_.Dependencies();
    result_.notes = validator_.Notes();
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

  SimulationResult RunOnce(std::optional<OpAt> fail) {
    SimulationResult run = Simulation(program_, instances_, options_).Run(fail);
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
