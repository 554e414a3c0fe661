// Options of how recordings are judged, which `lockdep run` and `lockdep merge` share: what the user declares, and what
// is to be looked for beside.
//
// Thread-confined.
#ifndef TOOLS_REPLAY_ARGUMENTS_H_
#define TOOLS_REPLAY_ARGUMENTS_H_

#include <CLI/CLI.hpp>
#include <string>

#include "lockdep/recording_replay.h"

namespace lockdep::tools {

struct ReplayArguments {
  std::string classes = "declared";
  std::string threads = "any";
  std::string new_locks = "as-seen";
};

// Adds the options; their arguments are stored in `arguments`, which must outlive `app`.
void AddReplayArguments(CLI::App& app, ReplayArguments& arguments);

ReplayOptions ReplayOf(const ReplayArguments& arguments);

}  // namespace lockdep::tools

#endif  // TOOLS_REPLAY_ARGUMENTS_H_
