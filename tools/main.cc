// The `lockdep` command: reads its arguments and calls one subcommand.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "tools/baseline_command.h"
#include "tools/chains.h"
#include "tools/check.h"
#include "tools/exit_codes.h"
#include "tools/explore.h"
#include "tools/graph.h"
#include "tools/merge.h"
#include "tools/run.h"
#include "tools/splat.h"

namespace {

using lockdep::tools::BaselineArguments;
using lockdep::tools::ChainsArguments;
using lockdep::tools::CheckArguments;
using lockdep::tools::ExploreArguments;
using lockdep::tools::GraphArguments;
using lockdep::tools::MergeArguments;
using lockdep::tools::RunArguments;
using lockdep::tools::SplatArguments;

constexpr const char* kAbout =
    "Validates lock orders: which locks can deadlock, and whether they really can.\n"
    "Results go to standard output, everything else to standard error.";
constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0  nothing that counts was found, every expectation held\n"
    "  1  a finding that counts, or an expectation that does not hold\n"
    "  2  it could not run: wrong arguments, unreadable or wrong input";

int Run(int argc, char** argv) {
  CLI::App app(kAbout, "lockdep");
  app.footer(kExitCodes);
  app.set_version_flag("--version", "lockdep " LOCKDEP_VERSION, "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.require_subcommand(1);
  CheckArguments check_arguments;
  const CLI::App* check = lockdep::tools::AddCheck(app, check_arguments);
  BaselineArguments baseline_arguments;
  const CLI::App* baseline = lockdep::tools::AddBaseline(app, baseline_arguments);
  ExploreArguments explore_arguments;
  const CLI::App* explore = lockdep::tools::AddExplore(app, explore_arguments);
  SplatArguments splat_arguments;
  const CLI::App* splat = lockdep::tools::AddSplat(app, splat_arguments);
  ChainsArguments chains_arguments;
  const CLI::App* chains = lockdep::tools::AddChains(app, chains_arguments);
  GraphArguments graph_arguments;
  const CLI::App* graph = lockdep::tools::AddGraph(app, graph_arguments);
  RunArguments run_arguments;
  const CLI::App* run = lockdep::tools::AddRun(app, run_arguments);
  MergeArguments merge_arguments;
  const CLI::App* merge = lockdep::tools::AddMerge(app, merge_arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // The library would only say that a subcommand is required.
    if (app.get_subcommands().empty() && !app.remaining().empty()) {
      std::fprintf(stderr, "lockdep: there is no command '%s'\nRun with --help for a list.\n",
                   app.remaining().front().c_str());
      return lockdep::tools::kExitCouldNotRun;
    }
    // Help and version are "errors" of code 0.
    return app.exit(error) == 0 ? lockdep::tools::kExitGood : lockdep::tools::kExitCouldNotRun;
  }
  if (*check) return lockdep::tools::RunCheck(check_arguments);
  if (*baseline) return lockdep::tools::RunBaseline(baseline_arguments);
  if (*explore) return lockdep::tools::RunExplore(explore_arguments);
  if (*splat) return lockdep::tools::RunSplat(splat_arguments);
  if (*chains) return lockdep::tools::RunChains(chains_arguments);
  if (*merge) return lockdep::tools::RunMerge(merge_arguments);
  if (*run) return lockdep::tools::RunRun(run_arguments);
  if (*graph) return lockdep::tools::RunGraph(graph_arguments);
  return lockdep::tools::kExitCouldNotRun;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    spdlog::set_default_logger(spdlog::stderr_color_mt("lockdep"));
    spdlog::set_pattern("lockdep: %^%l%$: %v");
    return Run(argc, argv);
  } catch (const std::exception& error) {
    // Only libraries throw here.
    std::fprintf(stderr, "lockdep: %s\n", error.what());
    return lockdep::tools::kExitCouldNotRun;
  }
}
