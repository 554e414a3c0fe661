// `lockdep chains`: the lock orders of a whole kernel, and the cycles in them.
//
// Thread-confined.
#ifndef TOOLS_CHAINS_H_
#define TOOLS_CHAINS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace lockdep::tools {

struct ChainsArguments {
  std::string path;
  std::string classes;
  std::vector<std::string> rules;
  std::string format = "text";
  std::vector<std::string> fail_on;
};

// Adds the subcommand; its arguments are stored in `arguments`, which must outlive `app`.
CLI::App* AddChains(CLI::App& app, ChainsArguments& arguments);

// The exit code: 0 read, 1 a cycle has a verdict of --fail-on, 2 unreadable.
int RunChains(const ChainsArguments& arguments);

}  // namespace lockdep::tools

#endif  // TOOLS_CHAINS_H_
