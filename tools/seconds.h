// A number of seconds on a command line.
//
// Thread-safe: no state.
#ifndef TOOLS_SECONDS_H_
#define TOOLS_SECONDS_H_

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <string>

namespace lockdep::tools {

// From a millisecond to `max`.
inline CLI::Validator Seconds(double max) {
  const CLI::Range range(0.001, max);
  return CLI::Validator(
      [range](std::string& text) {
        std::string problem = range(text);
        // A range lets pass what compares with nothing.
        if (problem.empty() && std::isnan(std::strtod(text.c_str(), nullptr)))
          problem = "expected a number of seconds, found " + text;
        return problem;
      },
      "SECONDS");
}

}  // namespace lockdep::tools

#endif  // TOOLS_SECONDS_H_
