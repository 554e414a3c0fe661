#include "tools/explore.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/report_json.h"
#include "lockdep/report_scenario.h"
#include "lockdep/report_text.h"
#include "tools/exit_codes.h"
#include "tools/replay_command.h"
#include "tools/script_files.h"
#include "tools/seconds.h"
#include "tools/terminal.h"
#include "tools/whole_file.h"
#include "workloads/describe.h"
#include "workloads/expectations.h"
#include "workloads/native_run.h"
#include "workloads/parser.h"
#include "workloads/resolver.h"
#include "workloads/scenario_check.h"
#include "workloads/schedule_replay.h"
#include "workloads/schedule_text.h"
#include "workloads/script_exploration.h"

namespace lockdep::tools {
namespace {

using workloads::Program;

constexpr const char* kAbout = "Search all schedules of workload scripts for hangs, or replay one schedule";
constexpr const char* kFooter =
    "Every schedule of a script is tried, under every setting of its switches.  \"exhausted\" is said only if that\n"
    "was all of them; a limited or random search can find a hang, but never exclude one.\n"
    "\n"
    "Each hang comes with its schedule, step by step and as one line.  With --schedule that line is replayed; on a\n"
    "script that has changed it says where it no longer fits.  With --native it is also replayed on real threads\n"
    "with real locks, where the same threads must be seen to wait for each other.\n"
    "\n"
    "Examples:\n"
    "  lockdep explore abba.workload                         does any schedule hang?\n"
    "  lockdep explore --schedule 't1@4 t2@5' abba.workload  replay this one\n"
    "  lockdep explore --native abba.workload                and does it hang on real threads?\n"
    "  lockdep explore --random 10000 --pct 3 big.workload   samples of what is too big to search whole\n"
    "\n"
    "Exit codes: 0 nothing was reached that the script does not expect, 1 a hang, a broken assert or a data race,\n"
    "2 it could not run, or the schedule does not fit the script.\n"
    "The language of the scripts and the form of a schedule: workloads/README.md.";

ExploreOptions LimitsOf(const ExploreArguments& arguments) {
  ExploreOptions options;
  options.states_max = arguments.max_states;
  options.time_max = std::chrono::milliseconds(std::lround(arguments.max_time_s * 1000));
  options.preemptions = arguments.preemptions;
  options.random_runs = arguments.random;
  options.pct_depth = arguments.pct;
  options.seed = arguments.seed;
  return options;
}

std::string BaseName(const std::string& file) { return file.substr(file.rfind('/') + 1); }

// --- Text -----------------------------------------------------------------------------------------

// A column for each thread, a row for each step.
std::string StepTable(const std::vector<ScheduleStep>& steps) {
  std::vector<std::string> columns;
  std::vector<ScenarioStep> rows;
  for (const ScheduleStep& step : steps) {
    const auto known = std::find(columns.begin(), columns.end(), step.thread);
    const auto column = static_cast<std::size_t>(known - columns.begin());
    if (known == columns.end()) columns.push_back(step.thread);
    rows.push_back({column, step.text + "; " + BaseName(step.at.file) + ":" + std::to_string(step.at.line),
                    step.waits ? "waits for ever" : ""});
  }
  return columns.empty() ? "  (no step)\n" : FormatScenario(columns, rows);
}

class TextOutput {
 public:
  explicit TextOutput(bool color) : color_(color) {}

  void PrintSetting(const Program& program, const Exploration& exploration) const {
    const auto& reached = exploration.reached;
    const auto count = [&](bool warnings) {
      return static_cast<std::size_t>(std::count_if(reached.begin(), reached.end(), [&](const Reached& each) {
        return (each.finding.kind == FindingKind::kLivelock) == warnings;
      }));
    };
    std::string found = Kinds(reached);
    if (count(false) == 0 && exploration.statistics.exhausted) found = "exhausted: no schedule hangs" + found;
    if (count(false) == 0 && !exploration.statistics.exhausted)
      found = "nothing was found, which excludes nothing" + found;
    std::printf("%s: %s; %s\n", workloads::SourceOf(program).c_str(), found.c_str(),
                workloads::SearchedText(exploration.statistics).c_str());
  }

  // Without steps if they were printed before.
  void PrintReached(const Program& program, const Finding& finding, const std::vector<ScheduleStep>& steps,
                    bool expected) const {
    Finding shown = finding;
    shown.witness.clear();
    TextOptions options;
    options.color = color_;
    std::printf("\n%s", FormatText(shown, options).c_str());
    if (expected) std::printf("The script expects it.\n");
    if (steps.empty()) return;
    std::printf("\nThe schedule, step by step:\n\n%s\n", StepTable(steps).c_str());
    std::printf("Schedule: %s\n", finding.schedule.c_str());
    std::printf("Next: %s\n", ReplayCommand(finding.schedule, program.file).c_str());
  }

  static void PrintSteps(const std::vector<ScheduleStep>& steps) { std::printf("%s", StepTable(steps).c_str()); }

 private:
  // "2 hangs, 1 data race", behind what is said if there is none.
  static std::string Kinds(const std::vector<Reached>& reached) {
    const std::vector<std::pair<FindingKind, const char*>> kinds = {{FindingKind::kHang, "hang"},
                                                                    {FindingKind::kSelfDeadlock, "self-deadlock"},
                                                                    {FindingKind::kInvariant, "broken assert"},
                                                                    {FindingKind::kDataRace, "data race"},
                                                                    {FindingKind::kLivelock, "livelock"}};
    std::string text;
    bool hard = false;
    for (const auto& [kind, noun] : kinds) {
      const auto count = std::count_if(reached.begin(), reached.end(),
                                       [kind = kind](const Reached& each) { return each.finding.kind == kind; });
      if (count == 0) continue;
      hard = hard || kind != FindingKind::kLivelock;
      text += (text.empty() ? "" : ", ") + Count(static_cast<std::uint64_t>(count), noun);
    }
    return hard || text.empty() ? text : ", but " + text;
  }

  const bool color_;
};

// --- The command ------------------------------------------------------------------------------------

class Explore {
 public:
  explicit Explore(const ExploreArguments& arguments)
      : arguments_(arguments), json_(arguments.format == "json"), text_(UseColor(arguments.color)) {}

  int Run() {
    ScriptFiles files = FindScripts(arguments_.paths);
    for (const std::string& error : files.errors) Error(error);
    if (arguments_.replay && files.files.size() > 1) {
      Error("--schedule: expected one script, found " + std::to_string(files.files.size()));
    } else {
      for (const std::string& file : files.files) RunScript(file);
    }
    progress_.Clear();
    if (json_) std::fputs(FormatJson(ToJson(document_)).c_str(), stdout);
    if (!IsStandardOutputWritten()) {
      spdlog::error("standard output: cannot be written");
      return kExitCouldNotRun;
    }
    return could_not_run_ ? kExitCouldNotRun : found_ ? kExitFound : kExitGood;
  }

 private:
  void Error(const std::string& error) {
    progress_.Clear();
    could_not_run_ = true;
    std::fflush(stdout);
    std::fprintf(stderr, "%s\n", error.c_str());
    if (json_) document_.notes.push_back(error);
  }

  void RunScript(const std::string& file) {
    const absl::StatusOr<std::string> text = ReadScript(file);
    if (!text.ok()) return Error(std::string(text.status().message()));
    const workloads::ParseResult parsed = workloads::Parse(*text, file);
    for (const workloads::ScriptError& error : parsed.errors) Error(error.ToString());
    if (!parsed.errors.empty()) return;
    const workloads::ResolveResult resolved = workloads::Resolve(parsed.script);
    for (const workloads::ScriptError& error : resolved.errors) Error(error.ToString());
    if (!resolved.errors.empty()) return;
    const bool on_machine = !resolved.programs.empty() && resolved.programs[0].scenario != nullptr;
    if (on_machine && arguments_.native)
      return Error(file + ": memory hotplug runs in the model only, so --native cannot replay it");
    if (on_machine && arguments_.replay) return ReplayScenario(file, resolved.programs);
    if (arguments_.replay) return ReplayScript(file, resolved.programs);
    ExploreScript(file, resolved.programs);
  }

  // --- Searching ------------------------------------------------------------------------------
  void ExploreScript(const std::string& file, const std::vector<Program>& programs) {
    nlohmann::ordered_json settings = nlohmann::ordered_json::array();
    std::uint64_t states = 0;
    bool exhausted = true;
    for (const Program& program : programs) {
      const Exploration exploration = Search(program);
      states += exploration.statistics.states;
      exhausted = exhausted && exploration.statistics.exhausted;
      settings.push_back({{"setting", program.SettingsText()},
                          {"states", exploration.statistics.states},
                          {"exhausted", exploration.statistics.exhausted},
                          {"gave_up", exploration.statistics.gave_up}});
      for (const std::string& error : exploration.errors) Error(workloads::SourceOf(program) + ": " + error);
      if (!json_) text_.PrintSetting(program, exploration);
      for (const Reached& reached : exploration.reached) Report(program, reached.finding, reached.steps);
    }
    if (!json_) return;
    nlohmann::ordered_json explore = {{"states", states}, {"exhausted", exhausted}, {"settings", settings}};
    if (arguments_.native) explore["native"] = std::exchange(native_, nlohmann::ordered_json::array());
    document_.scripts.push_back(
        {{"file", file}, {"expectations", nlohmann::ordered_json::array()}, {"explore", explore}});
  }

  Exploration Search(const Program& program) {
    SearchOptions options;
    options.explore = LimitsOf(arguments_);
    options.explore.on_progress = [&](const ExploreProgress& now) {
      const double rate = now.seconds > 0 ? static_cast<double>(now.states) / now.seconds : 0;
      std::string text = workloads::SourceOf(program) + ": " + workloads::Grouped(now.states) + " states, " +
                         workloads::Grouped(static_cast<std::uint64_t>(rate)) + " a second, " +
                         workloads::Grouped(now.frontier) + " to follow";
      if (now.executions > 0) text += ", " + workloads::Grouped(now.executions) + " schedules";
      progress_.Show(text);
    };
    Exploration exploration = program.scenario != nullptr ? workloads::ExploreScenario(program, options.explore)
                                                          : workloads::ExploreProgram(program, options);
    progress_.Clear();
    return exploration;
  }

  // Whether real threads hang like this, too.
  void ReportNative(const Program& program, const Finding& finding) {
    if (!arguments_.native || !IsHang(finding.kind)) return;
    const workloads::ScheduleTextResult read = workloads::ParseSchedule(finding.schedule);
    workloads::NativeOptions options;
    options.timeout = std::chrono::milliseconds(std::lround(arguments_.timeout_s * 1000));
    std::fflush(stdout);  // the other process starts with a copy of what is not written yet
    const workloads::NativeReplay native =
        workloads::ReplayNatively(program, workloads::ReplayOn(program, read.schedule).schedule, finding, options);
    if (json_) {
      native_.push_back({{"fingerprint", FingerprintText(finding.fingerprint)},
                         {"setting", program.SettingsText()},
                         {"confirmed", native.confirmed},
                         {"why_not", native.why_not}});
    } else if (native.confirmed) {
      std::printf("On real threads: confirmed: the same threads wait for each other in the same way.\n");
    } else {
      std::printf("On real threads: not confirmed: %s\n", native.why_not.c_str());
    }
  }

  void Report(const Program& program, const Finding& finding, const std::vector<ScheduleStep>& steps) {
    const bool expected = workloads::ExpectsReached(program, finding);
    found_ = found_ || (!expected && finding.kind != FindingKind::kLivelock);
    if (json_) {
      document_.findings.push_back(finding);
    } else {
      text_.PrintReached(program, finding, steps, expected);
    }
    ReportNative(program, finding);
  }

  // --- Replaying ------------------------------------------------------------------------------
  void ReplayScript(const std::string& file, const std::vector<Program>& programs) {
    const workloads::ScheduleTextResult read = workloads::ParseSchedule(arguments_.schedule);
    for (const workloads::ScheduleTextError& error : read.errors) Error(file + ": " + error.ToString());
    if (!read.errors.empty()) return;
    const auto program = std::find_if(programs.begin(), programs.end(), [&](const Program& each) {
      return each.settings == read.schedule.settings || (programs.size() == 1 && read.schedule.settings.empty());
    });
    if (program == programs.end()) return Error(WrongSettings(file, programs, read.schedule));
    const workloads::ScriptReplay replay = workloads::ReplayOn(*program, read.schedule);
    if (!json_) {
      std::printf("%s: %s\n\n", workloads::SourceOf(*program).c_str(), Outcome(replay).c_str());
      TextOutput::PrintSteps(replay.steps);
    }
    for (const Finding& finding : replay.findings) Report(*program, finding, {});
    if (!replay.diverged.empty()) Error(workloads::SourceOf(*program) + ": " + replay.diverged);
  }

  // Of C++ code: the schedule's language is that of lockdep/explore.
  void ReplayScenario(const std::string& file, const std::vector<Program>& programs) {
    for (const Program& program : programs) {
      const std::optional<std::string> schedule = workloads::WithoutSettings(program, arguments_.schedule);
      if (!schedule) continue;
      const Exploration exploration = workloads::ExploreScenario(program, LimitsOf(arguments_), *schedule);
      for (const std::string& error : exploration.errors) Error(workloads::SourceOf(program) + ": " + error);
      // What did not run found nothing, which says nothing.
      const bool ran = exploration.errors.empty() || !exploration.reached.empty();
      if (ran && !json_) text_.PrintSetting(program, exploration);
      for (const Reached& reached : exploration.reached) Report(program, reached.finding, reached.steps);
      return;
    }
    Error("--schedule: expected the settings of " + file + " in front, as lockdep check prints them");
  }

  static std::string Outcome(const workloads::ScriptReplay& replay) {
    const std::string steps = Count(replay.schedule.size(), "step");
    if (!replay.diverged.empty()) return steps + " done; then the schedule does not fit";
    if (!replay.findings.empty()) return steps + " done; " + std::string(ToString(replay.findings[0].kind));
    if (replay.ended) return steps + " done; all threads ended";
    if (replay.doomed) return steps + " done; from here on not all threads can end: next could be " + Next(replay);
    if (!replay.decided) return steps + " done; whether all threads can end was too much to find out";
    return steps + " done; nothing hangs: next could be " + Next(replay);
  }

  static std::string Next(const workloads::ScriptReplay& replay) {
    std::string next;
    for (const std::string& each : replay.next) next += (next.empty() ? "" : "; ") + each;
    return next;
  }

  static std::string WrongSettings(const std::string& file, const std::vector<Program>& programs,
                                   const workloads::ScheduleText& schedule) {
    std::string known;
    for (const Program& program : programs) {
      workloads::ScheduleText settings;
      settings.settings = program.settings;
      known += (known.empty() ? "" : ", ") + workloads::Print(settings);
      if (known.size() > 200) break;
    }
    if (programs.size() == 1 && programs[0].settings.empty()) known = "none, for the script has no switches";
    workloads::ScheduleText found;
    found.settings = schedule.settings;
    return "--schedule: expected the settings of " + file + " in front (" + known + "), found " +
           (schedule.settings.empty() ? "none" : workloads::Print(found));
  }

  const ExploreArguments& arguments_;
  const bool json_;
  const TextOutput text_;
  Progress progress_;
  JsonDocument document_;
  nlohmann::ordered_json native_ = nlohmann::ordered_json::array();  // of the script at hand
  bool found_ = false;
  bool could_not_run_ = false;
};

}  // namespace

CLI::App* AddExplore(CLI::App& app, ExploreArguments& arguments) {
  CLI::App* explore = app.add_subcommand("explore", kAbout);
  explore->footer(kFooter);
  explore->add_option("PATH", arguments.paths, "Scripts, or directories with *.workload files")->required();
  std::vector<CLI::Option*> limits;
  const auto limit = [&](CLI::Option* option, const CLI::Validator& range) {
    limits.push_back(option->check(range));
    return option;
  };
  limit(explore->add_option("--max-states", arguments.max_states, "Give up after so many states (default 20000000)"),
        CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000'000}).description("N"));
  limit(explore->add_option("--max-time", arguments.max_time_s, "Give up after so many seconds (default: never)"),
        Seconds(1e6));
  CLI::Option* preemptions =
      limit(explore->add_option("--preemptions", arguments.preemptions,
                                "Only schedules with at most so many switches away from a thread that could go on"),
            CLI::Range(0, 1'000'000).description("N"));
  CLI::Option* random =
      limit(explore->add_option("--random", arguments.random, "So many random schedules instead of all"),
            CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000'000}).description("N"));
  limit(explore->add_option("--pct", arguments.pct,
                            "Random priorities that change at so many places, less one (PCT), for --random"),
        CLI::Range(1, 1000).description("DEPTH"))
      ->needs(random);
  limit(explore->add_option("--seed", arguments.seed, "Of --random (default 1)"),
        CLI::Range(std::uint64_t{0}, ~std::uint64_t{0}).description("S"))
      ->needs(random);
  preemptions->excludes(random);
  CLI::Option* schedule = explore->add_option("--schedule", arguments.schedule, "Replay this schedule of one script");
  for (CLI::Option* option : limits) schedule->excludes(option);
  CLI::Option* color =
      explore->add_option("--color", arguments.color, "auto (the default: on a terminal), always or never");
  color->check(CLI::IsMember({"auto", "always", "never"}));
  CLI::Option* native = explore->add_flag("--native", arguments.native, "Replay what was found on real threads, too");
  explore->add_option("--timeout", arguments.timeout_s, "Seconds for each replay on real threads (default 10)")
      ->needs(native)
      ->check(Seconds(86400));
  explore->add_option("--format", arguments.format, "text (the default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  explore->callback([&arguments, schedule, color] {
    arguments.replay = schedule->count() > 0;
    if (arguments.format == "json" && color->count() > 0)
      throw CLI::ValidationError("--color", "says nothing with --format json");
  });
  return explore;
}

int RunExplore(const ExploreArguments& arguments) { return Explore(arguments).Run(); }

}  // namespace lockdep::tools
