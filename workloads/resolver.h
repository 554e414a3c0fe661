// Works out what the names of a script mean: one Program for every combination of its switches.
//
// Checks everything that a runner would otherwise stumble over: names that are not declared or
// declared twice, operations that a type of lock does not have, numbers out of range, statements
// that make no sense where they stand, expectations that contradict each other.  All mistakes are
// reported, each once, in the order of the text.
//
// Thread-safe: no state.  Cost: proportional to the script times the combinations, at most
// kCombinationsMax.
#ifndef WORKLOADS_RESOLVER_H_
#define WORKLOADS_RESOLVER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "workloads/program.h"
#include "workloads/syntax.h"

namespace lockdep::workloads {

// Chosen so that a typing mistake gives an error and not a run of hours.
inline constexpr std::size_t kCombinationsMax = 1024;
inline constexpr std::int64_t kArrayMax = 4096;
inline constexpr std::int64_t kThreadsMax = 1000;

struct ResolveResult {
  std::vector<Program> programs;  // in the order of the settings, the last switch changing fastest
  std::vector<ScriptError> errors;
};

ResolveResult Resolve(const Script& script);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_RESOLVER_H_
