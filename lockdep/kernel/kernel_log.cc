#include "lockdep/kernel/kernel_log.h"

#include <algorithm>
#include <utility>

#include "lockdep/kernel/report_reader.h"

namespace lockdep::kernel {

KernelLogReader::KernelLogReader(Sink sink)
    : splitter_([sink = std::move(sink)](ReportSegment segment) { sink(ReadReport(std::move(segment))); }) {}

void KernelLogReader::RawLine() {
  ++number_;
  cleaned_.clear();
  CleanLine(raw_, number_, cleaned_);
  for (LogLine& line : cleaned_) splitter_.Add(std::move(line));
  raw_.clear();
  pending_ = false;
}

void KernelLogReader::Add(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    const std::string_view part = bytes.substr(0, newline);
    raw_.append(part.substr(0, kRawLineMax - std::min(kRawLineMax, raw_.size())));
    pending_ = true;
    if (newline == std::string_view::npos) return;
    RawLine();
    bytes.remove_prefix(newline + 1);
  }
}

void KernelLogReader::Finish() {
  if (pending_) RawLine();
  splitter_.Finish();
}

std::vector<KernelReport> ReadKernelLog(std::string_view text) {
  std::vector<KernelReport> reports;
  KernelLogReader reader([&reports](KernelReport report) { reports.push_back(std::move(report)); });
  reader.Add(text);
  reader.Finish();
  return reports;
}

}  // namespace lockdep::kernel
