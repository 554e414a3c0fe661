// `lockdep check`: runs workload scripts and compares what is found with what they expect.
//
// Thread-confined.
#ifndef TOOLS_CHECK_H_
#define TOOLS_CHECK_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/outputs.h"
#include "tools/triage.h"

namespace lockdep::tools {

struct CheckArguments {
  std::vector<std::string> paths;
  OutputArguments outputs;
  TriageArguments triage;
  std::string color = "auto";
  bool verbose = false;
  bool no_explore = false;
  std::uint64_t max_states = 0;  // 0: the default of CheckScript
  double max_time_s = 0;         // 0: none
  bool native = false;
  double timeout_s = 10;
  double seconds = 0;  // of a stress; 0: none
  int threads = 4;
  std::uint64_t seed = 1;
};

// Adds the subcommand; its arguments are stored in `arguments`, which must outlive `app`.
CLI::App* AddCheck(CLI::App& app, CheckArguments& arguments);

// The exit code: 0 every expectation held, 1 not so, 2 something could not be run.
int RunCheck(const CheckArguments& arguments);

}  // namespace lockdep::tools

#endif  // TOOLS_CHECK_H_
