// `lockdep merge`: joins the recordings of several processes, runs or machines.
//
// Thread-confined.
#ifndef TOOLS_MERGE_H_
#define TOOLS_MERGE_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tools/outputs.h"
#include "tools/replay_arguments.h"
#include "tools/triage.h"

namespace lockdep::tools {

struct MergeArguments {
  std::vector<std::string> paths;  // of recordings, and of directories of such
  std::string merged;              // a file for the merged recording; empty: none
  OutputArguments outputs;
  TriageArguments triage;
  ReplayArguments replay;
  std::string color = "auto";
  bool verbose = false;
};

// Adds the subcommand; its arguments are stored in `arguments`, which must outlive `app`.
CLI::App* AddMerge(CLI::App& app, MergeArguments& arguments);

// An exit code.  What could be read is reported, and written, also where other files could not.
int RunMerge(const MergeArguments& arguments);

}  // namespace lockdep::tools

#endif  // TOOLS_MERGE_H_
