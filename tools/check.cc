#include "tools/check.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "hotplug/task.h"
#include "lockdep/report_json.h"
#include "lockdep/report_text.h"
#include "tools/exit_codes.h"
#include "tools/replay_command.h"
#include "tools/script_files.h"
#include "tools/terminal.h"
#include "workloads/check.h"
#include "workloads/describe.h"

namespace lockdep::tools {
namespace {

using workloads::ScriptResult;
using workloads::SettingResult;

constexpr const char* kAbout = "Run workload scripts and compare what is found with what they expect";
constexpr const char* kFooter =
    "A script is run in a deterministic model, and all its schedules are searched.  It fails if a finding is not\n"
    "expected or an expectation is not met.  A script with very many states ends as unknown; --max-states and\n"
    "--max-time move that limit, --no-explore leaves the search out, and with it what only it can tell.\n"
    "With --native it is also run on real threads, once per setting; a hang there makes its finding real.\n"
    "With --seconds as well, a script about memory hotplug is a stress: so many threads do what the script's threads\n"
    "do, again and again, each in an order of its own.  It fails if an invariant breaks, a lock is left locked,\n"
    "threads wait for each other, no operation ends for --timeout, or the validator finds what no line expects.\n"
    "Scripts of plain locks are run once all the same.\n"
    "\n"
    "Examples:\n"
    "  lockdep check workloads/scripts            every script below a directory\n"
    "  lockdep check abba.workload                one script, with the report of each finding\n"
    "  lockdep check --format json abba.workload  the same for programs\n"
    "  lockdep check --native abba.workload       does it really hang?\n"
    "  lockdep check --native --seconds 10 --threads 4 workloads/scripts/hotplug/stress.workload\n"
    "\n"
    "Exit codes: 0 every expectation held, 1 a script failed, 2 a script could not be run.\n"
    "The language of the scripts: workloads/README.md.";

// Prints results as text.
class TextOutput {
 public:
  TextOutput(const CheckArguments& arguments, std::size_t scripts)
      : color_(UseColor(arguments.color)), verbose_(arguments.verbose || scripts == 1), scripts_(scripts) {}

  void Print(const ScriptResult& script) const {
    std::string counts = Count(script.finding_count(), "finding") + ", " + std::to_string(script.expected_count()) +
                         " expected" +
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
    if (script.ok()) {
      std::printf("%s    %s (%s)\n", Paint("ok", "32").c_str(), script.file.c_str(), counts.c_str());
    } else {
      std::printf("%s  %s (%s)\n", Paint("FAIL", "31").c_str(), script.file.c_str(), counts.c_str());
    }
    for (const SettingResult& setting : script.settings) {
      const std::string prefix = setting.settings.empty() ? "" : "[" + setting.settings + "] ";
      for (const std::string& problem : setting.problems) std::printf("      %s%s\n", prefix.c_str(), problem.c_str());
      if (setting.stress) PrintStress(prefix, setting);
    }
    if (verbose_) PrintFindings(script);
  }

  void PrintEnd(std::size_t good, std::size_t failed, std::size_t not_run) const {
    if (scripts_ == 1 && not_run == 0) return;
    std::printf("%s: %zu ok, %zu failed, %zu not run\n", Count(good + failed + not_run, "script").c_str(), good, failed,
                not_run);
    if (failed > 0 && !verbose_) std::printf("For the reports: lockdep check --verbose SCRIPT\n");
  }

 private:
  std::string Paint(const char* word, const char* code) const {
    return color_ ? "\033[" + std::string(code) + "m" + word + "\033[0m" : word;
  }

  void PrintStress(const std::string& prefix, const SettingResult& setting) const {
    const hotplug::StressResult& stress = *setting.stress;
    const auto broken = std::count_if(setting.findings.begin(), setting.findings.end(), [](const Finding& finding) {
      return finding.kind == FindingKind::kInvariant && finding.strength == Strength::kExecuted;
    });
    if (stress.hung) {
      std::printf("      %son real threads: nothing went on after %s; %s broken\n", prefix.c_str(),
                  Count(stress.operations, "operation").c_str(),
                  Count(static_cast<std::uint64_t>(broken), "invariant").c_str());
      return;
    }
    const double rate = stress.seconds > 0 ? static_cast<double>(stress.operations) / stress.seconds : 0;
    std::printf("      %son real threads: %s in %.1f s, %s a second; %s, %s broken, %s left locked\n", prefix.c_str(),
                Count(stress.operations, "operation").c_str(), stress.seconds,
                workloads::Grouped(static_cast<std::uint64_t>(rate)).c_str(), Count(stress.rounds, "round").c_str(),
                Count(static_cast<std::uint64_t>(broken), "invariant").c_str(),
                Count(stress.leaks.size(), "lock").c_str());
    if (!verbose_) return;
    for (const hotplug::OperationCount& count : stress.counts) {
      if (count.text.empty()) continue;
      std::printf("        %12s  %s, %s of them an error\n", workloads::Grouped(count.done).c_str(), count.text.c_str(),
                  workloads::Grouped(count.errors).c_str());
    }
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

  void PrintFindings(const ScriptResult& script) const {
    TextOptions options;
    options.color = color_;
    for (const SettingResult& setting : script.settings) {
      if (script.settings.size() > 1)
        std::printf("\nwith %s: %s\n", setting.settings.c_str(), Count(setting.findings.size(), "finding").c_str());
      for (const std::vector<Finding>* findings : {&setting.findings, &setting.livelocks}) {
        for (const Finding& finding : *findings) {
          options.next_command = ReplayCommand(finding.schedule, script.file);
          std::printf("\n%s", FormatText(finding, options).c_str());
        }
      }
    }
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

// Collects results and prints them at the end as one document.
class JsonOutput {
 public:
  void Add(ScriptResult& script) {
    document_.scripts.push_back(ScriptJson(script));
    for (SettingResult& setting : script.settings) {
      std::move(setting.findings.begin(), setting.findings.end(), std::back_inserter(document_.findings));
      std::move(setting.livelocks.begin(), setting.livelocks.end(), std::back_inserter(document_.findings));
      for (const std::string& note : setting.notes) document_.notes.push_back(script.file + ": " + note);
    }
  }
  void AddError(const std::string& error) { document_.notes.push_back(error); }
  void Print() const { std::fputs(FormatJson(ToJson(document_)).c_str(), stdout); }

 private:
  JsonDocument document_;
};

class Check {
 public:
  Check(const CheckArguments& arguments, ScriptFiles files)
      : json_(arguments.format == "json"), files_(std::move(files)), text_(arguments, files_.files.size()) {
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
    for (const std::string& error : files_.errors) Error(error);
    for (std::size_t i = 0; i < files_.files.size(); ++i) {
      progress_.Show(std::to_string(i) + " of " + std::to_string(files_.files.size()) + " scripts");
      RunScript(files_.files[i]);
    }
    progress_.Clear();
    if (json_) {
      json_output_.Print();
    } else {
      text_.PrintEnd(good_, failed_, not_run_);
    }
    if (std::fflush(stdout) != 0) {
      spdlog::error("standard output: cannot be written");
      return kExitCouldNotRun;
    }
    return could_not_run_ ? kExitCouldNotRun : failed_ > 0 ? kExitFound : kExitGood;
  }

 private:
  void Error(const std::string& error) {
    progress_.Clear();
    could_not_run_ = true;
    std::fprintf(stderr, "%s\n", error.c_str());
    if (json_) json_output_.AddError(error);
  }

  void RunScript(const std::string& file) {
    const absl::StatusOr<std::string> text = ReadScript(file);
    if (!text.ok()) {
      ++not_run_;
      return Error(std::string(text.status().message()));
    }
    options_.native_options.progress = [&](const std::string& how_far) { progress_.Show(file + ": " + how_far); };
    ScriptResult result = workloads::CheckScript(*text, file, options_);
    for (const workloads::ScriptError& error : result.errors) Error(error.ToString());
    if (!result.errors.empty()) {
      ++not_run_;
      return;
    }
    ++(result.ok() ? good_ : failed_);
    progress_.Clear();
    for (const SettingResult& setting : result.settings) {
      for (const std::string& note : setting.notes) spdlog::warn("{}: {}", file, note);
    }
    if (json_) {
      json_output_.Add(result);
    } else {
      text_.Print(result);
    }
  }

  const bool json_;
  const ScriptFiles files_;
  workloads::CheckOptions options_;
  const TextOutput text_;
  JsonOutput json_output_;
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
      ->check(CLI::Range(0.001, 1e6).description("SECONDS"));
  CLI::Option* native = check->add_flag("--native", arguments.native, "Run the scripts on real threads, too");
  CLI::Option* timeout =
      check->add_option("--timeout", arguments.timeout_s, "Seconds for each run on real threads (default 10)");
  CLI::Option* seconds = check->add_option("--seconds", arguments.seconds,
                                           "Run scripts about memory hotplug as a stress, for so long per setting");
  for (CLI::Option* time : {timeout, seconds}) {
    time->needs(native)->check(CLI::Range(0.001, 86400.0).description("SECONDS"));
    // A range lets pass what compares with nothing.
    time->check([](const std::string& text) {
      return std::isnan(std::strtod(text.c_str(), nullptr)) ? "expected a number of seconds, found " + text : "";
    });
  }
  check->add_option("--threads", arguments.threads, "How many threads the stress has (default 4)")
      ->needs(seconds)
      ->check(CLI::Range(1, hotplug::kTasksMax).description("N"));
  check->add_option("--seed", arguments.seed, "Of the orders in which the stress does things (default 1)")
      ->needs(seconds)
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1'000'000'000'000}).description("N"));
  CLI::Option* format = check->add_option("--format", arguments.format, "text (the default) or json");
  format->check(CLI::IsMember({"text", "json"}));
  check->callback([&arguments, verbose, color] {
    if (arguments.format != "json") return;
    if (verbose->count() > 0)
      throw CLI::ValidationError("--verbose", "says nothing with --format json, which has every finding");
    if (color->count() > 0) throw CLI::ValidationError("--color", "says nothing with --format json");
  });
  return check;
}

int RunCheck(const CheckArguments& arguments) { return Check(arguments, FindScripts(arguments.paths)).Run(); }

}  // namespace lockdep::tools
