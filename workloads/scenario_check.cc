#include "workloads/scenario_check.h"

#include <algorithm>
#include <string_view>

#include "hotplug/scenario.h"
#include "lockdep/explore/explore.h"
#include "lockdep/hang.h"
#include "lockdep/symbolize.h"
#include "lockdep/validator.h"
#include "workloads/describe.h"
#include "workloads/script_exploration.h"

namespace lockdep::workloads {
namespace {

// A condition is waited for in a loop that looks again, so waking up by itself changes nothing.
explore::FiberOptions FibersFor(const Program& program) {
  explore::FiberOptions fibers;
  fibers.spurious_wakes = 0;
  fibers.source = SourceOf(program);
  return fibers;
}

// The variable of a race, which its detail begins with, as a lock of the finding: so that a line can name it.
void NameVariable(Finding& race) {
  const std::size_t end = std::min(race.detail.find(" is written by "), race.detail.find(" is read by "));
  FindingLock variable;
  variable.name = race.detail.substr(0, end);
  race.locks = {variable};
  race.cycle_length = 1;
  SetFingerprint(race);
}

// "[gate=off] ", or "" without switches.
std::string Settings(const Program& program) {
  return program.settings.empty() ? "" : "[" + program.SettingsText() + "] ";
}

void AddSettings(const Program& program, Finding& finding) {
  if (!finding.schedule.empty()) finding.schedule = Settings(program) + finding.schedule;
}

class Joiner {
 public:
  Joiner(std::vector<Finding> orders, Exploration explored, ScenarioFindings& result)
      : explored_(std::move(explored)), order_count_(orders.size()), result_(result) {
    result_.findings = std::move(orders);
    result_.hung.assign(order_count_, false);
    result_.statistics = explored_.statistics;
    result_.problems = explored_.errors;
  }

  void Run() {
    for (Reached& reached : explored_.reached) Place(std::move(reached.finding));
    for (std::size_t i = 0; i < order_count_; ++i) {
      if (!result_.hung[i] && HangsWhenItHappens(result_.findings[i].kind)) Settle(result_.findings[i]);
    }
  }

 private:
  void Place(Finding reached) {
    if (reached.kind == FindingKind::kLivelock) return result_.livelocks.push_back(std::move(reached));
    if (reached.kind == FindingKind::kDataRace) NameVariable(reached);
    if (!IsHang(reached.kind)) return AddMisuse(std::move(reached));
    if (Confirms(reached)) return;
    result_.findings.push_back(std::move(reached));
    result_.hung.push_back(true);
  }

  // A misuse, like an unlock by others, the orders may have found as well.
  void AddMisuse(Finding reached) {
    const auto same = std::find_if(result_.findings.begin(), result_.findings.end(), [&](const Finding& finding) {
      return finding.kind == reached.kind && finding.fingerprint == reached.fingerprint;
    });
    if (same != result_.findings.end()) {
      *same = std::move(reached);
      return;
    }
    result_.findings.push_back(std::move(reached));
    result_.hung.push_back(false);
  }

  bool Confirms(const Finding& hang) {
    bool some = false;
    for (std::size_t i = 0; i < order_count_; ++i) {
      Finding& finding = result_.findings[i];
      if (!HappenedIn(finding, hang)) continue;
      some = true;
      if (finding.verdict == Verdict::kFalse) {
        result_.problems.push_back("INTERNAL ERROR, please report it with this script: " + Summary(finding) +
                                   ", but it hangs");
      }
      Confirm(finding, hang);
      finding.schedule = hang.schedule;
      result_.hung[i] = true;
    }
    return some;
  }

  void Settle(Finding& finding) const {
    if (!explored_.statistics.exhausted) {
      if (finding.verdict == Verdict::kUnknown)
        finding.missing.push_back("the rest of the search, which gave up: " + explored_.statistics.gave_up);
      return;
    }
    finding.witness.clear();
    finding.missing.clear();
    finding.strength = Strength::kExhausted;
    if (finding.verdict == Verdict::kFalse) return;
    finding.verdict = Verdict::kFalse;
    finding.reasons.push_back(
        {ReasonKind::kCannotRunConcurrently, {}, "no schedule leads there: " + SearchedText(explored_.statistics)});
  }

  Exploration explored_;
  const std::size_t order_count_;
  ScenarioFindings& result_;
};

}  // namespace

void PassOverTakers() {
  for (const std::string_view taker : {"HotplugLock::", "HeldIf::", "ActiveRef::", "Machine::", "OutsideLock::",
                                       "BeginIf::", "Gate::", "CallMethod<", "(anonymous namespace)::Gated<"}) {
    PassOver("lockdep::hotplug::" + std::string(taker));
  }
}

ScenarioFindings CheckScenario(const Program& program, const ExploreOptions& options, bool explore) {
  PassOverTakers();
  ValidatorOptions of_orders;
  of_orders.source = SourceOf(program);
  of_orders.closed_world = true;
  Validator validator(of_orders);
  explore::FiberOptions fibers = FibersFor(program);
  fibers.validator = &validator;
  ExploreOptions limits = options;
  if (!explore) {
    limits.preemptions = 0;
    limits.random_runs = 1;
  }
  Exploration explored =
      explore::Explore([scenario = program.scenario] { hotplug::RunScenario(*scenario); }, limits, fibers);
  if (!explore) explored.reached.clear();  // what one schedule meets says nothing about the others
  ScenarioFindings result;
  result.dependencies = validator.Dependencies();
  result.notes = validator.Notes();
  std::vector<Finding> orders = validator.Findings();
  for (Finding& finding : orders) Symbolize(finding);
  Joiner(std::move(orders), std::move(explored), result).Run();
  for (std::vector<Finding>* findings : {&result.findings, &result.livelocks}) {
    for (Finding& finding : *findings) AddSettings(program, finding);
  }
  return result;
}

Exploration ExploreScenario(const Program& program, const ExploreOptions& options, const std::string& schedule) {
  PassOverTakers();
  const auto body = [scenario = program.scenario] { hotplug::RunScenario(*scenario); };
  Exploration explored = schedule.empty() ? explore::Explore(body, options, FibersFor(program))
                                          : explore::Replay(body, schedule, options, FibersFor(program));
  for (Reached& reached : explored.reached) AddSettings(program, reached.finding);
  return explored;
}

std::optional<std::string> WithoutSettings(const Program& program, const std::string& schedule) {
  const std::string settings = Settings(program);
  if (!schedule.starts_with(settings) || (settings.empty() && schedule.starts_with('['))) return std::nullopt;
  return schedule.substr(settings.size());
}

}  // namespace lockdep::workloads
