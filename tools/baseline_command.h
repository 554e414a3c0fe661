// `lockdep baseline update`: makes the baseline out of JSON results.
//
// Thread-confined.
#ifndef TOOLS_BASELINE_COMMAND_H_
#define TOOLS_BASELINE_COMMAND_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace lockdep::tools {

struct BaselineArguments {
  std::string baseline;
  std::vector<std::string> results;
  bool prune = false;
};

// Adds the subcommand; its arguments are stored in `arguments`, which must outlive `app`.
CLI::App* AddBaseline(CLI::App& app, BaselineArguments& arguments);

// The exit code: 0 written, 2 a file could not be read or written.
int RunBaseline(const BaselineArguments& arguments);

}  // namespace lockdep::tools

#endif  // TOOLS_BASELINE_COMMAND_H_
