// The mistakes that are found in a script after it was read, over all settings of its switches.
//
// Not thread-safe.
#ifndef WORKLOADS_SCRIPT_ERRORS_H_
#define WORKLOADS_SCRIPT_ERRORS_H_

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workloads/syntax.h"

namespace lockdep::workloads {

// A word of the script in a message.
inline std::string Quote(std::string_view text) { return "'" + std::string(text.substr(0, 60)) + "'"; }
// Another place of the script in a message.
inline std::string LineOf(Position at) { return "line " + std::to_string(at.line); }

class ScriptErrors {
 public:
  explicit ScriptErrors(std::string file) : file_(std::move(file)) {}
  // Each is kept once.
  void Add(Position at, std::string message) {
    if (seen_.insert({at, message}).second) errors_.push_back({file_, at, std::move(message)});
  }
  // In the order of the text.
  std::vector<ScriptError> Take() {
    std::stable_sort(errors_.begin(), errors_.end(),
                     [](const ScriptError& a, const ScriptError& b) { return a.at < b.at; });
    return std::move(errors_);
  }

 private:
  const std::string file_;
  std::set<std::pair<Position, std::string>> seen_;
  std::vector<ScriptError> errors_;
};

}  // namespace lockdep::workloads

#endif  // WORKLOADS_SCRIPT_ERRORS_H_
