// The formats in which a command tells what it found: to standard output and, at the same time, to files.
//
// Thread-confined.
#ifndef TOOLS_OUTPUTS_H_
#define TOOLS_OUTPUTS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "lockdep/report.h"

namespace lockdep::tools {

enum class OutputFormat : std::uint8_t { kText, kJson, kSarif, kJunit, kGithub };

struct OutputArguments {
  std::string format = "text";     // of standard output
  std::vector<std::string> files;  // "sarif=lockdep.sarif"

  // Whether standard output or a file gets it.
  bool Has(std::string_view name) const;
};

// --format and --output, with wrong words refused; stored in `arguments`, which must outlive `command`.
void AddOutputOptions(CLI::App& command, OutputArguments& arguments);

// For the callback of the command: throws CLI::ValidationError if a file is to be written twice.
void CheckOutputArguments(const OutputArguments& arguments);

// For the help of the command: what the formats are for.
extern const char* const kOutputHelp;

// What a command found, from which each format is made.
struct Results {
  Report report;
  std::vector<nlohmann::ordered_json> scripts, runs;  // of the JSON document
  std::string text;                                   // what --format text prints, without colours
};

// The JSON document has `uncounted` beside what findings have alone: each finding that does not count, and why.
std::string Formatted(OutputFormat format, const Results& results);

// For commands whose results take long: whether the files can be expected to be written.  All errors at once, a line
// each.
absl::Status CanWriteOutputs(const OutputArguments& arguments);

// Prints the format of standard output, unless that is text, which the command prints as it comes; then writes the
// files, each completely.  All errors at once, a line each.
absl::Status WriteOutputs(const OutputArguments& arguments, const Results& results);

}  // namespace lockdep::tools

#endif  // TOOLS_OUTPUTS_H_
