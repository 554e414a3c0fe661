#include "tools/process_findings.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "tools/baseline.h"

namespace lockdep::tools {
namespace {

// Where locks are taken: functions with their files.
std::set<std::pair<std::string, std::string>> AcquiringFunctions(const Finding& finding) {
  std::set<std::pair<std::string, std::string>> functions;
  const auto add = [&](const Place& place) { functions.emplace(place.file, place.function); };
  for (const FindingEdge& edge : finding.edges) {
    add(edge.held_at);
    add(edge.wanted_at);
  }
  for (const Participant& participant : finding.participants) add(participant.at);
  return functions;
}

// Different programs may have locks of one name; what they share, from a library, is taken by the same functions.
bool AreSame(const Finding& a, const Finding& b) {
  if (a.kind != b.kind || a.fingerprint != b.fingerprint) return false;
  return a.source == b.source || AcquiringFunctions(a) == AcquiringFunctions(b);
}

// What counts says more than what does not.
bool FindingSaysMore(const Finding& a, const Finding& b) {
  return SaysMore(a.verdict, b.verdict) || (a.verdict == b.verdict && !a.unpublished && b.unpublished);
}

// In one process, too, several findings may be the same: of different locks that were made at one place.
std::vector<Finding> EachOnce(std::vector<Finding> findings) {
  std::vector<Finding> once;
  for (Finding& finding : findings) {
    const auto same =
        std::find_if(once.begin(), once.end(), [&](const Finding& each) { return AreSame(each, finding); });
    if (same == once.end()) {
      once.push_back(std::move(finding));
    } else if (FindingSaysMore(finding, *same)) {
      *same = std::move(finding);
    }
  }
  return once;
}

}  // namespace

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
  programs_.insert(options.source);
  RecordedFindings replayed = Replay(recording, options);
  for (std::string& note : replayed.notes) notes_.push_back(std::move(note));
  for (Finding& finding : EachOnce(std::move(replayed.findings))) {
    ProcessFinding* const same = Find(finding);
    if (same == nullptr) {
      findings_.push_back({std::move(finding), 1, 1, false});
      continue;
    }
    ++same->processes;
    if (finding.verdict == same->finding.verdict) ++same->with_verdict;
    if (!FindingSaysMore(finding, same->finding)) continue;
    same->finding = std::move(finding);
    same->with_verdict = 1;
  }
}

void ProcessFindings::AddAcross(std::vector<Finding> findings) {
  for (Finding& finding : findings) {
    ProcessFinding* const same = Find(finding);
    if (same == nullptr) {
      findings_.push_back({std::move(finding), 0, 0, true});
    } else if (FindingSaysMore(finding, same->finding)) {
      same->finding = std::move(finding);
      same->with_verdict = 0;
      same->across = true;
    }
  }
}

ProcessFinding* ProcessFindings::Find(const Finding& finding) {
  const auto same = std::find_if(findings_.begin(), findings_.end(),
                                 [&](const ProcessFinding& each) { return AreSame(each.finding, finding); });
  return same == findings_.end() ? nullptr : &*same;
}

std::string ProcessFindings::source() const {
  std::string all;
  for (const std::string& program : programs_) all += (all.empty() ? "" : ", ") + program;
  return all;
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
