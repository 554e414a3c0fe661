// The command that replays a schedule, as a shell takes it.
//
// Thread-safe: no state.
#ifndef TOOLS_REPLAY_COMMAND_H_
#define TOOLS_REPLAY_COMMAND_H_

#include <string>

namespace lockdep::tools {

// One word for any POSIX shell: as it is where that is safe, else in single quotes.
std::string ShellQuoted(const std::string& word);

// "lockdep explore --schedule 't1@4 t2@5' x.workload"; empty without a schedule.
std::string ReplayCommand(const std::string& schedule, const std::string& file);

}  // namespace lockdep::tools

#endif  // TOOLS_REPLAY_COMMAND_H_
