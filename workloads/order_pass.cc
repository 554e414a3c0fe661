#include "workloads/order_pass.h"

#include <algorithm>
#include <optional>
#include <set>

#include "lockdep/hang.h"
#include "lockdep/validator.h"
#include "workloads/describe.h"

namespace lockdep::workloads {
namespace {

// The runs of one program.
class OrderPass {
 public:
  OrderPass(const Program& program, SimulationOptions options)
      : program_(program), options_(options), validator_(Options(program)), instances_(program, validator_) {}

  OrderPassResult Run() {
    const SimulationResult first = RunOnce(std::nullopt);
    for (const OpAt& each : first.succeeded) RunOnce(each);
    result_.findings = validator_.Findings();
    result_.dependencies = validator_.Dependencies();
    result_.notes = validator_.Notes();
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

  SimulationResult RunOnce(std::optional<OpAt> fail) {
    SimulationResult run = Simulation(program_, instances_, options_).Run(fail);
    AddNew(run.failures, result_.failures);
    AddNew(run.broken_asserts, result_.broken_asserts);
    result_.contexts.merge(run.contexts);
    if (!run.hung) return run;
    for (Finding& hang : Hangs(run.snapshot, SourceOf(program_), "in the model")) {
      const bool known = std::any_of(result_.hangs.begin(), result_.hangs.end(), [&](const RunHang& other) {
        return other.finding.fingerprint == hang.fingerprint;
      });
      if (!known) result_.hangs.push_back({std::move(hang), fail.has_value()});
    }
    return run;
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
