#include "tools/check.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hotplug/task.h"
#include "lockdep/report.h"
#include "lockdep/report_json.h"
#include "lockdep/report_text.h"
#include "tools/exit_codes.h"
#include "tools/replay_command.h"
#include "tools/script_files.h"
#include "tools/seconds.h"
#include "tools/terminal.h"
#include "workloads/check.h"
#include "workloads/describe.h"

namespace lockdep::tools {
namespace {

using workloads::ScriptResult;
using workloads::SettingResult;

constexpr const char* kAbout = "Run workload scripts and compare what is found with what they expect";
const std::string kFooter =
    std::string(
        "A script is run in a deterministic model, and all its schedules are searched.  It fails if a finding is not\n"
        "expected or an expectation is not met.  A script with very many states ends as unknown; --max-states and\n"
        "--max-time move that limit, --no-explore leaves the search out, and with it what only it can tell.\n"
        "With --native it is also run on real threads, once per setting; a hang there makes its finding real.\n"
        "With --seconds as well, a script about memory hotplug is a stress: so many threads do what the script's "
        "threads\n"
        "do, again and again, each in an order of its own.  It fails if an invariant breaks, a lock is left locked,\n"
        "threads wait for each other, no operation ends for --timeout, or the validator finds what no line expects.\n"
        "Scripts of plain locks are run once all the same.\n"
        "\n") +
    kTriageHelp + "\n\n" + kOutputHelp +
    "\n\n"
    "Examples:\n"
    "  lockdep check workloads/scripts            every script below a directory\n"
    "  lockdep check abba.workload                one script, with the report of each finding\n"
    "  lockdep check --format json abba.workload  the same for programs\n"
    "  lockdep check --output sarif=locks.sarif --output junit=locks.xml tests/locks\n"
    "  lockdep check --baseline lockdep.baseline --suppressions lockdep.rules tests/locks\n"
    "  lockdep check --native abba.workload       does it really hang?\n"
    "  lockdep check --native --seconds 10 --threads 4 workloads/scripts/hotplug/stress.workload\n"
    "\n"
    "Exit codes: 0 every expectation held, 1 a script failed, 2 a script could not be run.\n"
    "The language of the scripts: workloads/README.md.";

// A script's result, and how its findings stand.
struct JudgedScript {
  ScriptResult result;
  std::vector<ReportedFinding> findings;  // of each setting in turn: its findings, then its livelocks
  std::vector<ReportedProblem> problems;
};

// Makes text of results.
class TextOutput {
 public:
  TextOutput(bool color, bool verbose, std::size_t scripts)
      : color_(color), verbose_(verbose || scripts == 1), scripts_(scripts) {}

  std::string Format(const JudgedScript& judged) const {
    const ScriptResult& script = judged.result;
    std::string counts = Count(script.finding_count(), "finding") + ", " + std::to_string(script.expected_count()) +
                         " expected" + HowMany(judged, Standing::kSuppressed, "suppressed") +
                         HowMany(judged, Standing::kKnown, "in the baseline") +
                         (script.settings.size() > 1 ? ", " + Count(script.settings.size(), "setting") : "") +
                         Livelocks(script) + GaveUp(script);
    for (const SettingResult& setting : script.settings) {
      if (setting.not_run_natively.empty()) continue;
      counts += ", not run on real threads: " + setting.not_run_natively;
      break;
    }
    for (const SettingResult& setting : script.settings) {
      if (!setting.for_real_threads) continue;
      counts += ", for real threads: not searched";
      break;
    }
    std::string text = script.ok() ? Paint("ok", "32") + "    " : Paint("FAIL", "31") + "  ";
    text += script.file + " (" + counts + ")\n";
    for (const SettingResult& setting : script.settings) {
      const std::string prefix = "      " + (setting.settings.empty() ? "" : "[" + setting.settings + "] ");
      for (const std::string& problem : setting.problems) text += prefix + problem + '\n';
      if (setting.stress) text += Stress(prefix, setting);
    }
    for (const ReportedFinding& reported : judged.findings) text += LeftOut(reported);
    return verbose_ ? text + Findings(script) : text;
  }

  std::string FormatEnd(std::size_t good, std::size_t failed, std::size_t not_run) const {
    if (scripts_ == 1 && not_run == 0) return "";
    std::string text = Count(good + failed + not_run, "script") + ": " + std::to_string(good) + " ok, " +
                       std::to_string(failed) + " failed, " + std::to_string(not_run) + " not run\n";
    if (failed > 0 && !verbose_) text += "For the reports: lockdep check --verbose SCRIPT\n";
    return text;
  }

 private:
  std::string Paint(const char* word, const char* code) const {
    return color_ ? "\033[" + std::string(code) + "m" + word + "\033[0m" : word;
  }

  static std::string HowMany(const JudgedScript& judged, Standing standing, const char* what) {
    const auto count = std::count_if(judged.findings.begin(), judged.findings.end(),
                                     [&](const ReportedFinding& each) { return each.standing == standing; });
    return count == 0 ? "" : ", " + std::to_string(count) + ' ' + what;
  }

  // What would count, but for a rule or the baseline; and what counts again.
  static std::string LeftOut(const ReportedFinding& reported) {
    const std::string prefix = "      " + (reported.setting.empty() ? "" : "[" + reported.setting + "] ");
    const std::string summary = Summary(reported.finding);
    if (reported.suppression) {
      const Suppression& rule = *reported.suppression;
      return prefix + "suppressed: " + summary + ": " + rule.reason + " (" + rule.file + ':' +
             std::to_string(rule.line) + ")\n";
    }
    if (reported.standing == Standing::kKnown) return prefix + "in the baseline: " + summary + '\n';
    if (reported.counts() && reported.baseline == BaselineState::kStronger) {
      return prefix + "in the baseline as " + std::string(ToString(*reported.recorded)) + ", counts again: " + summary +
             '\n';
    }
    return "";
  }

  std::string Stress(const std::string& prefix, const SettingResult& setting) const {
    const hotplug::StressResult& stress = *setting.stress;
    const auto broken = std::count_if(setting.findings.begin(), setting.findings.end(), [](const Finding& finding) {
      return finding.kind == FindingKind::kInvariant && finding.strength == Strength::kExecuted;
    });
    const std::string invariants = Count(static_cast<std::uint64_t>(broken), "invariant") + " broken";
    std::string text = prefix + "on real threads: ";
    if (stress.hung) {
      return text + "nothing went on after " + Count(stress.operations, "operation") + "; " + invariants + '\n';
    }
    const double rate = stress.seconds > 0 ? static_cast<double>(stress.operations) / stress.seconds : 0;
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.1f s", stress.seconds);
    text += Count(stress.operations, "operation") + " in " + seconds + ", " +
            workloads::Grouped(static_cast<std::uint64_t>(rate)) + " a second; " + Count(stress.rounds, "round") +
            ", " + invariants + ", " + Count(stress.leaks.size(), "lock") + " left locked\n";
    if (!verbose_) return text;
    for (const hotplug::OperationCount& count : stress.counts) {
      if (count.text.empty()) continue;
      const std::string done = workloads::Grouped(count.done);
      text += std::string(8 + (done.size() < 12 ? 12 - done.size() : 0), ' ') + done + "  " + count.text + ", " +
              workloads::Grouped(count.errors) + " of them an error\n";
    }
    return text;
  }

  static std::string Livelocks(const ScriptResult& script) {
    std::size_t count = 0;
    for (const SettingResult& setting : script.settings) count += setting.livelocks.size();
    return count == 0 ? "" : ", " + Count(count, "livelock");
  }

  static std::string GaveUp(const ScriptResult& script) {
    for (const SettingResult& setting : script.settings) {
      if (setting.explored && !setting.explored->exhausted) return ", not all schedules: " + setting.explored->gave_up;
    }
    return "";
  }

  std::string Findings(const ScriptResult& script) const {
    std::string text;
    TextOptions options;
    options.color = color_;
    for (const SettingResult& setting : script.settings) {
      if (script.settings.size() > 1)
        text += "\nwith " + setting.settings + ": " + Count(setting.findings.size(), "finding") + '\n';
      for (const std::vector<Finding>* findings : {&setting.findings, &setting.livelocks}) {
        for (const Finding& finding : *findings) {
          options.next_command = ReplayCommand(finding.schedule, script.file);
          text += '\n' + FormatText(finding, options);
        }
      }
    }
    return text;
  }

  const bool color_;
  const bool verbose_;
  const std::size_t scripts_;
};

nlohmann::ordered_json StressJson(const SettingResult& setting) {
  const hotplug::StressResult& stress = *setting.stress;
  nlohmann::ordered_json counts = nlohmann::ordered_json::array();
  for (const hotplug::OperationCount& count : stress.counts) {
    if (!count.text.empty()) {
      counts.push_back({{"operation", count.text}, {"done", count.done}, {"errors", count.errors}});
    }
  }
  return {{"setting", setting.settings},
          {"operations", stress.operations},
          {"milliseconds", std::lround(stress.seconds * 1000)},
          {"hung", stress.hung},
          {"rounds", stress.rounds},
          {"leaks", stress.leaks},
          {"counts", counts}};
}

// Of all settings together.
nlohmann::ordered_json ExploreJson(const ScriptResult& script) {
  std::uint64_t states = 0;
  bool exhausted = true;
  for (const SettingResult& setting : script.settings) {
    states += setting.explored->states;
    exhausted = exhausted && setting.explored->exhausted;
  }
  return {{"states", states}, {"exhausted", exhausted}};
}

nlohmann::ordered_json ScriptJson(const ScriptResult& script) {
  nlohmann::ordered_json expectations = nlohmann::ordered_json::array();
  nlohmann::ordered_json problems = nlohmann::ordered_json::array();
  for (const SettingResult& setting : script.settings) {
    for (const workloads::ExpectationOutcome& each : setting.expectations) {
      expectations.push_back({{"text", each.text},
                              {"line", each.at.line},
                              {"setting", setting.settings},
                              {"met", each.decided ? nlohmann::ordered_json(each.met) : nullptr}});
    }
    for (const std::string& problem : setting.problems)
      problems.push_back({{"setting", setting.settings}, {"text", problem}});
  }
  nlohmann::ordered_json json = {
      {"file", script.file}, {"ok", script.ok()}, {"expectations", expectations}, {"problems", problems}};
  if (!script.settings.empty() && script.settings[0].explored) json["explore"] = ExploreJson(script);
  for (const SettingResult& setting : script.settings) {
    if (setting.stress) json["stress"].push_back(StressJson(setting));
  }
  return json;
}

// How each finding stands.  A sentence about one that does not count is no problem of its script any more.
JudgedScript Judge(ScriptResult result, Triage& triage) {
  JudgedScript judged;
  for (SettingResult& setting : result.settings) {
    const auto add = [&](const Finding& finding, Standing standing) -> const ReportedFinding& {
      ReportedFinding reported;
      reported.finding = finding;
      reported.setting = setting.settings;
      reported.standing = standing;
      triage.Judge(reported);
      judged.findings.push_back(std::move(reported));
      return judged.findings.back();
    };
    std::multiset<std::string> told;  // as an error of its own
    for (std::size_t i = 0; i < setting.findings.size(); ++i) {
      std::vector<std::string> unexpected;
      for (const workloads::UnexpectedFinding& each : setting.unexpected) {
        if (each.finding == i) unexpected.push_back(each.problem);
      }
      const bool expected = setting.expected[i] && unexpected.empty();
      const ReportedFinding& reported = add(setting.findings[i], expected ? Standing::kExpected : Standing::kCounts);
      if (reported.counts() && reported.finding.verdict != Verdict::kFalse) {
        told.insert(unexpected.begin(), unexpected.end());
      }
      if (reported.counts()) continue;
      for (const std::string& problem : unexpected) {
        const auto at = std::find(setting.problems.begin(), setting.problems.end(), problem);
        if (at != setting.problems.end()) setting.problems.erase(at);
      }
    }
    for (const Finding& livelock : setting.livelocks) add(livelock, Standing::kWarning);
    const std::string prefix = setting.settings.empty() ? "" : "[" + setting.settings + "] ";
    for (const std::string& problem : setting.problems) {
      judged.problems.push_back({prefix + problem, told.count(problem) > 0});
    }
  }
  judged.result = std::move(result);
  return judged;
}

class Check {
 public:
  Check(const CheckArguments& arguments, ScriptFiles files)
      : arguments_(arguments),
        prints_text_(arguments.outputs.format == "text"),
        files_(std::move(files)),
        text_(UseColor(arguments.color), arguments.verbose, files_.files.size()),
        plain_text_(false, arguments.verbose, files_.files.size()) {
    options_.explore = !arguments.no_explore;
    if (arguments.max_states > 0) options_.search.explore.states_max = arguments.max_states;
    options_.search.explore.time_max = std::chrono::milliseconds(std::lround(arguments.max_time_s * 1000));
    options_.native = arguments.native;
    workloads::NativeOptions& native = options_.native_options;
    native.timeout = std::chrono::milliseconds(std::lround(arguments.timeout_s * 1000));
    native.stress = std::chrono::milliseconds(std::lround(arguments.seconds * 1000));
    native.threads = arguments.threads;
    native.seed = arguments.seed;
  }

  int Run() {
    if (const absl::Status status = triage_.Read(arguments_.triage); !status.ok()) {
      std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
      return kExitCouldNotRun;
    }
    results_.report.suppressions_known = triage_.has_suppressions();
    for (const std::string& error : files_.errors) {
      Error(error);
      results_.report.errors.push_back(error);
    }
    for (std::size_t i = 0; i < files_.files.size(); ++i) {
      progress_.Show(std::to_string(i) + " of " + std::to_string(files_.files.size()) + " scripts");
      RunScript(files_.files[i]);
    }
    progress_.Clear();
    for (const std::string& note : triage_.Notes()) {
      spdlog::info("{}", note);
      results_.report.notes.push_back(note);
    }
    if (prints_text_) std::fputs(text_.FormatEnd(good_, failed_, not_run_).c_str(), stdout);
    results_.text += plain_text_.FormatEnd(good_, failed_, not_run_);
    if (const absl::Status status = WriteOutputs(arguments_.outputs, results_); !status.ok()) {
      std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
      return kExitCouldNotRun;
    }
    return could_not_run_ ? kExitCouldNotRun : failed_ > 0 ? kExitFound : kExitGood;
  }

 private:
  void Error(const std::string& error) {
    progress_.Clear();
    could_not_run_ = true;
    std::fprintf(stderr, "%s\n", error.c_str());
  }

  void NotRun(const std::string& file, const std::vector<std::string>& errors) {
    ++not_run_;
    ReportedScript script{file, /*ran=*/false, {}};
    for (const std::string& error : errors) {
      Error(error);
      script.problems.push_back({error, false});
    }
    results_.report.scripts.push_back(std::move(script));
  }

  void RunScript(const std::string& file) {
    const absl::StatusOr<std::string> text = ReadScript(file);
    if (!text.ok()) return NotRun(file, {std::string(text.status().message())});
    options_.native_options.progress = [&](const std::string& how_far) { progress_.Show(file + ": " + how_far); };
    ScriptResult result = workloads::CheckScript(*text, file, options_);
    if (!result.errors.empty()) {
      std::vector<std::string> errors;
      for (const workloads::ScriptError& error : result.errors) errors.push_back(error.ToString());
      return NotRun(file, errors);
    }
    JudgedScript judged = Judge(std::move(result), triage_);
    ++(judged.result.ok() ? good_ : failed_);
    progress_.Clear();
    for (const SettingResult& setting : judged.result.settings) {
      for (const std::string& note : setting.notes) {
        spdlog::warn("{}: {}", file, note);
        results_.report.notes.push_back(file + ": " + note);
      }
    }
    if (prints_text_) std::fputs(text_.Format(judged).c_str(), stdout);
    Collect(std::move(judged));
  }

  // For the formats that are written at the end.
  void Collect(JudgedScript judged) {
    const OutputArguments& outputs = arguments_.outputs;
    if (prints_text_ && outputs.files.empty()) return;
    if (outputs.Has("text")) results_.text += plain_text_.Format(judged);
    if (outputs.Has("json")) results_.scripts.push_back(ScriptJson(judged.result));
    results_.report.scripts.push_back({judged.result.file, /*ran=*/true, std::move(judged.problems)});
    std::move(judged.findings.begin(), judged.findings.end(), std::back_inserter(results_.report.findings));
  }

  const CheckArguments& arguments_;
  const bool prints_text_;
  const ScriptFiles files_;
  workloads::CheckOptions options_;
  Triage triage_;
  const TextOutput text_;        // of standard output
  const TextOutput plain_text_;  // of files
  Results results_;
  Progress progress_;
  std::size_t good_ = 0, failed_ = 0, not_run_ = 0;
  bool could_not_run_ = false;
};

}  // namespace

CLI::App* AddCheck(CLI::App& app, CheckArguments& arguments) {
  CLI::App* check = app.add_subcommand("check", kAbout);
  check->footer(kFooter);
  check->add_option("PATH", arguments.paths, "Scripts, or directories with *.workload files")->required();
  CLI::Option* verbose =
      check->add_flag("-v,--verbose", arguments.verbose, "Print the report of every finding, also for several scripts");
  CLI::Option* color =
      check->add_option("--color", arguments.color, "auto (the default: on a terminal), always or never");
  color->check(CLI::IsMember({"auto", "always", "never"}));
  CLI::Option* no_explore =
      check->add_flag("--no-explore", arguments.no_explore, "Judge by lock orders alone; do not search all schedules");
  check
      ->add_option("--max-states", arguments.max_states,
                   "Give up searching a setting after so many states (default " +
                       std::to_string(workloads::kCheckStatesMax) + ")")
      ->excludes(no_explore)
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000'000}).description("N"));
  check->add_option("--max-time", arguments.max_time_s, "Give up searching a setting after so many seconds")
      ->excludes(no_explore)
      ->check(Seconds(1e6));
  CLI::Option* native = check->add_flag("--native", arguments.native, "Run the scripts on real threads, too");
  CLI::Option* timeout =
      check->add_option("--timeout", arguments.timeout_s, "Seconds for each run on real threads (default 10)");
  CLI::Option* seconds = check->add_option("--seconds", arguments.seconds,
                                           "Run scripts about memory hotplug as a stress, for so long per setting");
  for (CLI::Option* time : {timeout, seconds}) time->needs(native)->check(Seconds(86400));
  check->add_option("--threads", arguments.threads, "How many threads the stress has (default 4)")
      ->needs(seconds)
      ->check(CLI::Range(1, hotplug::kTasksMax).description("N"));
  check->add_option("--seed", arguments.seed, "Of the orders in which the stress does things (default 1)")
      ->needs(seconds)
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1'000'000'000'000}).description("N"));
  AddOutputOptions(*check, arguments.outputs);
  AddTriageOptions(*check, arguments.triage);
  check->callback([&arguments, verbose, color] {
    const OutputArguments& outputs = arguments.outputs;
    CheckOutputArguments(outputs);
    if (outputs.format == "text") return;
    const std::string nothing = "says nothing with --format " + outputs.format;
    if (verbose->count() > 0 && !outputs.Has("text"))
      throw CLI::ValidationError("--verbose", nothing + ", which has every finding");
    if (color->count() > 0) throw CLI::ValidationError("--color", nothing);
  });
  return check;
}

int RunCheck(const CheckArguments& arguments) { return Check(arguments, FindScripts(arguments.paths)).Run(); }

}  // namespace lockdep::tools
