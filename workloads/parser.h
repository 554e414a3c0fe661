// Reads a workload script (grammar: workloads/README.md) into a syntax tree.
//
// Reading never stops at the first mistake: a statement that cannot be understood is left out and
// the next one is read, so `errors` holds every mistake, in the order of the text.  The tree is
// only worth looking at when there is none.
//
// Thread-safe: no state.  Cost: proportional to the text; blocks nest at most kBlockDepthMax deep,
// so no input exhausts the stack.
#ifndef WORKLOADS_PARSER_H_
#define WORKLOADS_PARSER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/syntax.h"

namespace lockdep::workloads {

// After so many mistakes a last one says that the rest is not listed.
inline constexpr std::size_t kErrorsMax = 200;

struct ParseResult {
  Script script;
  std::vector<ScriptError> errors;
};

ParseResult Parse(std::string_view text, std::string file);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_PARSER_H_
