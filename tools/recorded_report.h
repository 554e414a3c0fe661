// What recordings have to tell, in every format: the findings of each process, those across processes, and which of
// them count.
//
// Thread-confined.
#ifndef TOOLS_RECORDED_REPORT_H_
#define TOOLS_RECORDED_REPORT_H_

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/merged_recording.h"
#include "lockdep/recording.h"
#include "lockdep/report_text.h"
#include "tools/outputs.h"
#include "tools/process_findings.h"
#include "tools/triage.h"

namespace lockdep::tools {

struct RecordedReportOptions {
  OutputArguments outputs;
  TextOptions text;
  bool verbose = false;            // reports of findings that do not count, too
  std::FILE* text_file = nullptr;  // where text goes, if that is the format
  ReplayOptions replay = {};       // of each process
};

// By kind and fingerprint.
using ShownFindings = std::set<std::pair<FindingKind, std::uint64_t>>;

std::string FormatFinding(const ProcessFinding& each, const TextOptions& options);

class RecordedReport {
 public:
  // Text does not repeat what was `shown`.
  RecordedReport(RecordedReportOptions options, Triage& triage, ShownFindings shown)
      : options_(std::move(options)), triage_(triage), shown_(std::move(shown)), all_(options_.replay) {}

  // A process of its own, as often as it is added; `more` is told of it, too.
  void Add(const Recording& recording, const nlohmann::ordered_json& more);
  // Told among processes, though there is no recording of it.
  void AddRun(nlohmann::ordered_json run);
  // Each of its processes.
  void Add(const MergedRecording& merged);
  // Prints the sentence to standard error.
  void AddError(const std::string& error);

  const ProcessFindings::Totals& totals() const { return all_.totals(); }

  // Writes everything, with these sentences beside.  An exit code: 2 if there was an error.
  int Finish(const std::vector<std::string>& notes);

 private:
  std::string Text(const std::vector<ProcessFinding>& findings, const TextOptions& options,
                   const ShownFindings& shown) const;

  const RecordedReportOptions options_;
  Triage& triage_;
  const ShownFindings shown_;
  ProcessFindings all_;
  MergedRecording merged_;
  Results results_;
};

}  // namespace lockdep::tools

#endif  // TOOLS_RECORDED_REPORT_H_
