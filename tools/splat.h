// `lockdep splat`: reads what a kernel's lock validator reported, rebuilds the cycle and judges it.
//
// Thread-confined.
#ifndef TOOLS_SPLAT_H_
#define TOOLS_SPLAT_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace lockdep::tools {

struct SplatArguments {
  std::vector<std::string> paths;
  std::string chains;
  std::string classes;
  std::vector<std::string> rules;
  std::string format = "text";
  std::string color = "auto";
  std::string to_workload;
  int report = 0;  // counted from 1; 0: all
  std::vector<std::string> fail_on;
  bool verbose = false;
};

// Adds the subcommand; its arguments are stored in `arguments`, which must outlive `app`.
CLI::App* AddSplat(CLI::App& app, SplatArguments& arguments);

// The exit code: 0 read, 1 a report has a verdict of --fail-on, 2 unreadable, or no report in it.
int RunSplat(const SplatArguments& arguments);

}  // namespace lockdep::tools

#endif  // TOOLS_SPLAT_H_
