// `lockdep explore`: searches all schedules of workload scripts, and replays single ones.
//
// Thread-confined.
#ifndef TOOLS_EXPLORE_H_
#define TOOLS_EXPLORE_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace lockdep::tools {

struct ExploreArguments {
  std::vector<std::string> paths;
  std::string format = "text";
  std::string color = "auto";
  std::uint64_t max_states = 20'000'000;
  double max_time_s = 0;  // 0: none
  int preemptions = -1;   // -1: any
  std::uint64_t random = 0;
  int pct = 0;
  std::uint64_t seed = 1;
  std::string schedule;
  bool replay = false;  // `schedule` was given
  bool native = false;
  double timeout_s = 10;
};

// Adds the subcommand; its arguments are stored in `arguments`, which must outlive `app`.
CLI::App* AddExplore(CLI::App& app, ExploreArguments& arguments);

// The exit code: 0 nothing was reached that is not expected, 1 something was, 2 something could not be
// run: arguments, scripts, a schedule that does not fit its script.
int RunExplore(const ExploreArguments& arguments);

}  // namespace lockdep::tools

#endif  // TOOLS_EXPLORE_H_
