// What the command's exit codes mean; the same for every subcommand.
//
// Immutable.
#ifndef TOOLS_EXIT_CODES_H_
#define TOOLS_EXIT_CODES_H_

namespace lockdep::tools {

inline constexpr int kExitGood = 0;         // nothing that counts was found, every expectation held
inline constexpr int kExitFound = 1;        // a finding that counts, or an expectation that does not hold
inline constexpr int kExitCouldNotRun = 2;  // wrong arguments, unreadable or wrong input

}  // namespace lockdep::tools

#endif  // TOOLS_EXIT_CODES_H_
