#include "workloads/check.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <thread>

#include "hotplug/scenario.h"
#include "workloads/joining.h"
#include "workloads/native_scenario.h"
#include "workloads/parser.h"
#include "workloads/resolver.h"
#include "workloads/scenario_check.h"
#include "workloads/script_exploration.h"

namespace lockdep::workloads {
namespace {

// What the problems say of the finding is `problem` from now on.
void SetProblem(std::size_t finding, const std::string& problem, SettingResult& result) {
  std::erase_if(result.unexpected, [&](const UnexpectedFinding& each) {
    if (each.finding != finding) return false;
    const auto at = std::find(result.problems.begin(), result.problems.end(), each.problem);
    if (at != result.problems.end()) result.problems.erase(at);
    return true;
  });
  result.problems.push_back(problem);
  result.unexpected.push_back({finding, problem});
}

// Findings that consist of the links of a hang on real threads are real from now on, and tell of it; whether there is
// one.  What the model reached was judged there; any other is a problem unless the hang is expected.
bool ConfirmFindings(const Finding& hang, bool expected, SettingResult& result) {
  bool some = false;
  for (std::size_t i = 0; i < result.findings.size(); ++i) {
    Finding& finding = result.findings[i];
    if (!HappenedIn(finding, hang)) continue;
    const bool was_real = finding.verdict == Verdict::kReal;
    std::string schedule = std::move(finding.schedule);
    Confirm(finding, hang);
    if (was_real) finding.schedule = std::move(schedule);
    if (!was_real && !expected) {
      SetProblem(i, "unexpected finding: " + Summary(finding) + ": " + hang.detail, result);
    }
    some = true;
  }
  return some;
}

// A hang on real threads is expected by a line that names it, whatever orders alone could tell; a
// line that says the hang is impossible is refuted by it.
void AddNative(const Program& program, NativeResult native, SettingResult& result) {
  for (std::string& problem : native.problems) result.problems.push_back("on real threads: " + std::move(problem));
  result.not_run_natively = std::move(native.not_run);
  for (Finding& hang : native.hangs) {
    bool expected = false;
    for (const Expectation& line : program.expectations) {
      if (!ExpectsHang(program, line, hang)) continue;
      if (line.verdict == Verdict::kFalse) {
        result.problems.push_back(program.file + ":" + std::to_string(line.at.line) + ": '" + line.text +
                                  "': it hung, " + hang.detail);
      }
      expected = true;
    }
    // It hung in the model, too, which was judged there.
    const auto same = std::find_if(result.findings.begin(), result.findings.end(), [&](const Finding& finding) {
      return finding.kind == FindingKind::kHang && finding.fingerprint == hang.fingerprint;
    });
    if (same != result.findings.end()) {
      hang.schedule = std::move(same->schedule);
      *same = std::move(hang);
      continue;
    }
    // What the orders found anyway is now known to be real.
    if (ConfirmFindings(hang, expected, result)) continue;
    if (!expected) {
      SetProblem(result.findings.size(), "unexpected finding: " + Summary(hang) + ": " + hang.detail, result);
    }
    result.findings.push_back(std::move(hang));
    result.expected.push_back(expected);
  }
}

// The asserts that the order pass broke, except those that the search has as findings or excludes.
void AddBrokenAsserts(const std::vector<ScriptError>& broken, SettingResult& result) {
  for (const ScriptError& assert : broken) {
    const bool found = std::any_of(result.findings.begin(), result.findings.end(), [&](const Finding& finding) {
      return finding.kind == FindingKind::kInvariant && finding.participants[0].at.line == assert.at.line;
    });
    const bool searched = result.explored && result.explored->exhausted;
    if (!found && !searched) result.problems.push_back(assert.ToString());
  }
}

// Of the orders alone, or joined with what a search of all schedules reaches.
std::optional<Explored> Explore(const Program& program, const CheckOptions& options, const OrderPassResult& pass,
                                SettingResult& result) {
  if (!options.explore) {
    result.findings = WithHangs(program, pass);
    return std::nullopt;
  }
  ScriptExploration explored = ExploreScript(program, options.search);
  result.explored = explored.found.statistics;
  Joined joined = Join(program, pass, std::move(explored), options.search);
  for (const std::string& contradiction : joined.contradictions) {
    result.problems.push_back("INTERNAL ERROR, please report it with this script: " + contradiction);
  }
  result.findings = std::move(joined.findings);
  result.livelocks = std::move(joined.livelocks);
  return Explored{result.explored->exhausted, std::move(joined.hung), result.livelocks};
}

// What happened to a scenario on real threads: in the model, too, or expected by a line, or a problem.
void AddHappened(const Program& program, Finding happened, SettingResult& result) {
  for (const Expectation& line : program.expectations) {
    if (line.verdict == Verdict::kFalse && happened.kind == FindingKind::kHang &&
        ExpectsHang(program, line, happened)) {
      result.problems.push_back(program.file + ":" + std::to_string(line.at.line) + ": '" + line.text + "': it hung, " +
                                happened.detail);
    }
  }
  const auto same = std::find_if(result.findings.begin(), result.findings.end(), [&](const Finding& finding) {
    return finding.kind == happened.kind &&
           (happened.kind == FindingKind::kInvariant ? finding.detail == happened.detail
                                                     : finding.fingerprint == happened.fingerprint);
  });
  // Of what the model reached there is a schedule, which says more.
  if (same != result.findings.end()) return;
  const bool expected = ExpectsReached(program, happened);
  if (happened.kind == FindingKind::kHang && ConfirmFindings(happened, expected, result)) return;
  if (!expected) {
    SetProblem(result.findings.size(),
               "on real threads: " + std::string(ToString(happened.kind)) + ": " + happened.detail, result);
  }
  result.findings.push_back(std::move(happened));
  result.expected.push_back(expected);
}

// A finding of the process's validator.  A stress does more than the script's threads, so what is false for them may
// not be so here: a line has to say this verdict.  `unknown` contradicts no expected `false`: of a try that fails the
// process has seen no more than what happened, where the orders of the script have both outcomes.
void AddNativeFinding(const Program& program, Finding finding, SettingResult& result) {
  const auto same = std::find_if(result.findings.begin(), result.findings.end(), [&](const Finding& each) {
    return each.kind == finding.kind && each.fingerprint == finding.fingerprint;
  });
  const bool known = same != result.findings.end();
  // Told already: by the model, which has it as worse or as the same, or by its hang.
  const bool told = known && !result.expected[static_cast<std::size_t>(same - result.findings.begin())];
  if (known && (same->verdict != Verdict::kFalse || (told && finding.verdict == Verdict::kFalse))) return;
  if (known && !told && finding.verdict == Verdict::kUnknown) return;
  const bool expected =
      std::any_of(program.expectations.begin(), program.expectations.end(), [&](const Expectation& line) {
        return line.kind == ExpectationKind::kFinding && NamesFinding(program, line, finding) &&
               (!line.verdict || *line.verdict == finding.verdict);
      });
  const std::string problem = "unexpected finding on real threads: " + Summary(finding);
  const bool again = known && finding.verdict == Verdict::kFalse;  // judged otherwise than the model's, and no worse
  if (!expected) {
    result.problems.push_back(problem);
    const auto index = again ? static_cast<std::size_t>(same - result.findings.begin()) : result.findings.size();
    result.unexpected.push_back({index, problem});
  }
  if (again) return;
  result.findings.push_back(std::move(finding));
  result.expected.push_back(expected);
}

void AddNativeScenario(const Program& program, NativeScenarioResult native, SettingResult& result) {
  for (std::string& problem : native.problems) result.problems.push_back("on real threads: " + std::move(problem));
  for (Finding& happened : native.happened) AddHappened(program, std::move(happened), result);
  for (Finding& finding : native.findings) AddNativeFinding(program, std::move(finding), result);
  std::move(native.notes.begin(), native.notes.end(), std::back_inserter(result.notes));
  result.not_run_natively = std::move(native.not_run);
  result.stress = std::move(native.stress);
}

// What the lines of the script say about what was found.
void AddCheck(CheckResult check, SettingResult& result) {
  for (std::size_t i = 0; i < check.unexpected.size(); ++i) {
    if (!check.expected[i]) result.unexpected.push_back({i, std::move(check.unexpected[i])});
  }
  for (std::string& mismatch : check.mismatches) result.problems.push_back(std::move(mismatch));
  result.expected = std::move(check.expected);
  result.expectations = std::move(check.outcomes);
}

// The script is about memory hotplug: what its threads do is C++.
SettingResult CheckOnMachine(const Program& program, const CheckOptions& options) {
  SettingResult result;
  result.settings = program.SettingsText();
  result.for_real_threads = program.scenario->for_real_threads;
  const bool explore = options.explore && !result.for_real_threads;
  ScenarioFindings found;
  // The stacks of simulated threads go with the thread that explores.  To ThreadSanitizer they are threads, and it
  // looks at nothing in the child of a process that has several.
  std::thread([&] { found = CheckScenario(program, options.search.explore, explore); }).join();
  result.findings = std::move(found.findings);
  result.livelocks = std::move(found.livelocks);
  result.problems = std::move(found.problems);
  result.notes = std::move(found.notes);
  if (explore) result.explored = found.statistics;
  const Explored explored{found.statistics.exhausted, std::move(found.hung), result.livelocks};
  CheckResult check = CheckExpectations(program, result.findings, found.dependencies, explore ? &explored : nullptr);
  AddCheck(std::move(check), result);
  if (options.native) AddNativeScenario(program, RunScenarioNatively(program, options.native_options), result);
  return result;
}

SettingResult CheckProgram(const Program& program, const CheckOptions& options) {
  if (program.scenario != nullptr) return CheckOnMachine(program, options);
  SettingResult result;
  result.settings = program.SettingsText();
  const OrderPassResult pass = RunOrderPass(program, options.simulation);
  const std::optional<Explored> explored = Explore(program, options, pass, result);
  CheckResult check = CheckExpectations(program, result.findings, pass.dependencies, explored ? &*explored : nullptr);
  for (const ScriptError& failure : pass.failures) result.problems.push_back(failure.ToString());
  // Of a search of everything, one that goes round for ever is a hang, or a server and good.
  const bool searched = result.explored && result.explored->exhausted;
  for (const ScriptError& unended : pass.unended) {
    if (!searched) result.problems.push_back(unended.ToString());
  }
  AddBrokenAsserts(pass.broken_asserts, result);
  AddCheck(std::move(check), result);
  result.notes = pass.notes;
  if (options.native) AddNative(program, RunNatively(program, options.native_options), result);
  return result;
}

}  // namespace

bool ScriptResult::ok() const {
  return errors.empty() &&
         std::all_of(settings.begin(), settings.end(), [](const SettingResult& each) { return each.problems.empty(); });
}

std::size_t ScriptResult::finding_count() const {
  std::size_t count = 0;
  for (const SettingResult& each : settings) count += each.findings.size();
  return count;
}

std::size_t ScriptResult::expected_count() const {
  std::size_t count = 0;
  for (const SettingResult& each : settings)
    count += static_cast<std::size_t>(std::count(each.expected.begin(), each.expected.end(), true));
  return count;
}

ScriptResult CheckScript(std::string_view text, const std::string& file, const CheckOptions& options) {
  ScriptResult result;
  result.file = file;
  ParseResult parsed = Parse(text, file);
  result.errors = std::move(parsed.errors);
  if (!result.errors.empty()) return result;
  ResolveResult resolved = Resolve(parsed.script);
  result.errors = std::move(resolved.errors);
  if (!result.errors.empty()) return result;
  for (const Program& program : resolved.programs) result.settings.push_back(CheckProgram(program, options));
  return result;
}

}  // namespace lockdep::workloads
