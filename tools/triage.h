// Which findings count for a command that takes a baseline and suppressions.
//
// Thread-confined.
#ifndef TOOLS_TRIAGE_H_
#define TOOLS_TRIAGE_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "lockdep/report.h"
#include "tools/baseline.h"
#include "tools/suppressions.h"

namespace lockdep::tools {

struct TriageArguments {
  std::string baseline;  // a file; empty: none
  std::vector<std::string> suppressions;
};

// --baseline and --suppressions; the arguments are stored in `arguments`, which must outlive `command`.
void AddTriageOptions(CLI::App& command, TriageArguments& arguments);

// For the help of the command: what the two do.
extern const char* const kTriageHelp;

class Triage {
 public:
  // Reads the files; the error has all mistakes of all of them, a line each.
  absl::Status Read(const TriageArguments& arguments);

  // Compares a finding with the baseline, and says that it does not count where it would: because a rule suppresses it,
  // or because the baseline has it.
  void Judge(ReportedFinding& reported);

  // Of the findings judged so far: rules that matched none, entries of the baseline that were not found.
  std::vector<std::string> Notes() const;

  bool has_suppressions() const { return has_suppressions_; }

 private:
  std::optional<Baseline> baseline_;
  Suppressions suppressions_;
  bool has_suppressions_ = false;
};

}  // namespace lockdep::tools

#endif  // TOOLS_TRIAGE_H_
