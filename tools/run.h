// `lockdep run`: checks a program that knows nothing of lockdep, and all processes that it starts.
//
// Thread-confined.
#ifndef TOOLS_RUN_H_
#define TOOLS_RUN_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tools/outputs.h"
#include "tools/replay_arguments.h"
#include "tools/triage.h"

namespace lockdep::tools {

struct RunArguments {
  std::vector<std::string> command;
  OutputArguments outputs;
  TriageArguments triage;
  std::string color = "auto";
  std::string hang = "report";
  std::string status_signal;     // its name, without SIG
  std::string held_longer_than;  // "100ms"
  ReplayArguments replay;
  std::string keep;    // a directory for the recordings; empty: they are removed
  int exit_code = -1;  // in place of the program's; -1: 66, and only in place of 0
  bool verbose = false;
  bool require_coverage = false;
  std::vector<std::string> allow_uncovered;  // base names of programs
};

// Adds the subcommand; its arguments are stored in `arguments`, which must outlive `app`.
CLI::App* AddRun(CLI::App& app, RunArguments& arguments);

// The program's exit code, unless something that counts was found; 2: it could not be run, or not everything that
// coverage is required of was looked at.
int RunRun(const RunArguments& arguments);

}  // namespace lockdep::tools

#endif  // TOOLS_RUN_H_
