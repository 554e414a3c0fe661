#include "tools/process_findings.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "tools/baseline.h"

namespace lockdep::tools {

void ProcessFindings::Add(const Recording& recording) {
  const recording::RecordingHeader& header = recording.header();
  ++totals_.processes;
  if (header.locks == 0) ++totals_.without_locks;
  totals_.threads += header.threads;
  totals_.locks += header.locks;
  totals_.chains += header.chains;
  totals_.acquisitions += header.acquisitions;
  totals_.some_did_not_say = totals_.some_did_not_say || header.end == recording::End::kNotSeen;

  const std::string program = recording.program();
  ReplayOptions options = options_;
  options.source = program.substr(program.rfind('/') + 1);
  RecordedFindings replayed = Replay(recording, options);
  for (std::string& note : replayed.notes) notes_.push_back(std::move(note));
  for (Finding& finding : replayed.findings) {
    const auto same = std::find_if(findings_.begin(), findings_.end(), [&](const ProcessFinding& each) {
      return each.finding.kind == finding.kind && each.finding.fingerprint == finding.fingerprint;
    });
    if (same == findings_.end()) {
      findings_.push_back({std::move(finding), 1});
      continue;
    }
    ++same->processes;
    if (SaysMore(finding.verdict, same->finding.verdict)) same->finding = std::move(finding);
  }
}

std::vector<ProcessFinding> ProcessFindings::Sorted() const {
  std::vector<ProcessFinding> sorted = findings_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const ProcessFinding& a, const ProcessFinding& b) {
    const auto key = [](const Finding& finding) {
      return std::make_tuple(finding.kind, finding.locks.empty() ? std::string() : finding.locks[0].name,
                             finding.fingerprint);
    };
    return key(a.finding) < key(b.finding);
  });
  return sorted;
}

}  // namespace lockdep::tools
