#include "tools/coverage.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

namespace lockdep::tools {
namespace {

using recording::StartKind;
using recording::StartRecord;

constexpr std::size_t kNamesMax = 3;  // of those in a sentence

std::string BaseName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string WithoutEnd(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0
             ? text.substr(0, text.size() - end.size())
             : text;
}

// "sh (3), true, and 2 more", most frequent first.
std::string Names(const std::vector<std::string>& names) {
  std::map<std::string, std::size_t> counts;
  for (const std::string& name : names) ++counts[name];
  std::vector<std::pair<std::string, std::size_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (std::size_t i = 0; i < sorted.size() && i < kNamesMax; ++i) {
    text += (i == 0 ? "" : ", ") + sorted[i].first;
    if (sorted[i].second > 1) text += " (" + std::to_string(sorted[i].second) + ")";
  }
  if (sorted.size() > kNamesMax) text += ", and " + std::to_string(sorted.size() - kNamesMax) + " more";
  return text;
}

std::string Number(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

bool UsedLocks(const Recording& recording) {
  const recording::RecordingHeader& header = recording.header();
  if (header.locks != 0 || header.acquisitions != 0) return true;
  // The child of a fork counts no lock that its parent knew.
  return std::any_of(recording.records().begin(), recording.records().end(),
                     [](const auto* head) { return head->type == recording::RecordType::kLock; });
}

NotRecordedWhy WhyOf(ProgramKind kind) {
  switch (kind) {
    case ProgramKind::kStatic: return NotRecordedWhy::kStatic;
    case ProgramKind::kPrivileged: return NotRecordedWhy::kPrivileged;
    case ProgramKind::kArchitecture: return NotRecordedWhy::kArchitecture;
    case ProgramKind::kLibrary: return NotRecordedWhy::kLibrary;
    case ProgramKind::kGone: return NotRecordedWhy::kGone;
    case ProgramKind::kRecordable:
    case ProgramKind::kNoProgram: break;
  }
  return NotRecordedWhy::kNotKnown;
}

}  // namespace

std::string_view ToString(NotRecordedWhy why) {
  switch (why) {
    case NotRecordedWhy::kStatic: return "static";
    case NotRecordedWhy::kPrivileged: return "privileged";
    case NotRecordedWhy::kEnvironment: return "environment";
    case NotRecordedWhy::kArchitecture: return "architecture";
    case NotRecordedWhy::kLibrary: return "c-library";
    case NotRecordedWhy::kGone: return "gone";
    case NotRecordedWhy::kNotKnown: break;
  }
  return "not-known";
}

std::string_view Sentence(NotRecordedWhy why) {
  switch (why) {
    case NotRecordedWhy::kStatic: return "statically linked";
    case NotRecordedWhy::kPrivileged: return "set-user-ID, set-group-ID or with capabilities";
    case NotRecordedWhy::kEnvironment: return "started with another LD_PRELOAD or LOCKDEP_RECORDING, or none";
    case NotRecordedWhy::kArchitecture: return "for another architecture";
    case NotRecordedWhy::kLibrary: return "for another C library";
    case NotRecordedWhy::kGone: return "whose file is gone";
    case NotRecordedWhy::kNotKnown: break;
  }
  return "ended before the recorder began, or could not write";
}

Coverage::Coverage(std::vector<std::string> allowed) : allowed_(std::move(allowed)), needed_(allowed_.size()) {}

void Coverage::Add(const Recording& recording, bool still_runs) {
  const recording::RecordingHeader& header = recording.header();
  processes_.push_back({header.pid, header.start_ns, WithoutEnd(recording.program(), " (deleted)"),
                        recording.command_line(), UsedLocks(recording), header.threads != 0, header.futex_calls,
                        still_runs, header.unwritten});
}

void Coverage::Add(const ProgramStart& start) { starts_.push_back(start); }

void Coverage::NoteDamage(const std::string& damage) { damage_.push_back(damage); }

bool Coverage::Allow(const std::string& path, const std::string& other) {
  bool is_allowed = false;
  for (std::size_t i = 0; i < allowed_.size(); ++i) {
    if (allowed_[i] != BaseName(path) && allowed_[i] != BaseName(other)) continue;
    needed_[i] = true;
    is_allowed = true;
  }
  return is_allowed;
}

// Whether one of the recordings is of what was started.
bool Coverage::IsRecorded(const ProgramStart& start, const std::string& path, const ProgramFile& file) const {
  std::uint64_t until = std::numeric_limits<std::uint64_t>::max();
  if (const auto became = became_.find(start.pid); became != became_.end()) {
    for (const std::uint64_t time : became->second) {
      if (time > start.time_ns && time < until) until = time;
    }
  }
  return std::any_of(processes_.begin(), processes_.end(), [&](const Process& process) {
    if (process.pid != start.pid || process.start_ns < start.time_ns || process.start_ns > until) return false;
    if (process.program == file.path || process.program == path) return true;
    if (file.kind != ProgramKind::kGone) return false;
    // Then by the name, or as what an interpreter was given.
    return BaseName(process.program) == BaseName(path) ||
           std::count(process.arguments.begin(), process.arguments.end(), start.path) != 0;
  });
}

void Coverage::Judge(const ProgramStart& start) {
  const std::string path = FindProgram(start.path, start.search, start.directory);
  const ProgramFile file =
      LookAtProgram(path.empty() ? start.path : path, start.Has(StartRecord::kShellReads), start.directory);
  const bool has_environment = start.Has(StartRecord::kPreloaded) && start.Has(StartRecord::kNamed);
  // The C library does not say as which process its shell runs.
  const bool recorded =
      start.kind == StartKind::kShell ? file.kind == ProgramKind::kRecordable : IsRecorded(start, path, file);
  if (has_environment && recorded) return;
  NotRecorded left_out;
  left_out.program = path.empty() ? start.path : path;
  left_out.executed = file.path;
  left_out.pid = start.pid;
  left_out.why = has_environment ? WhyOf(file.kind) : NotRecordedWhy::kEnvironment;
  left_out.allowed = Allow(left_out.program, left_out.executed);
  not_recorded_.push_back(std::move(left_out));
}

// A shell tries each directory of PATH: what was started in the end did not fail.
void Coverage::AddFailures() {
  std::set<std::pair<std::uint32_t, std::string>> told;
  for (auto it = starts_.rbegin(); it != starts_.rend(); ++it) {
    if (!told.insert({it->caller, BaseName(it->path)}).second || it->error == 0) continue;
    not_started_.push_back({it->path, it->error});
  }
  std::reverse(not_started_.begin(), not_started_.end());
}

void Coverage::Finish() {
  // Those that came back are void.
  std::set<std::pair<std::uint32_t, std::uint64_t>> failed;
  for (const ProgramStart& start : starts_) {
    if (start.kind == StartKind::kExecFailed) failed.insert({start.pid, start.time_ns});
  }
  std::erase_if(starts_, [&](const ProgramStart& start) {
    return start.kind == StartKind::kExec && failed.count({start.pid, start.time_ns}) != 0;
  });
  AddFailures();
  std::erase_if(starts_, [](const ProgramStart& start) { return start.error != 0; });
  for (const ProgramStart& start : starts_) {
    if (start.pid != 0) became_[start.pid].push_back(start.time_ns);
  }
  for (const ProgramStart& start : starts_) Judge(start);
  for (const Process& process : processes_) {
    process_allowed_.push_back(!process.covered() &&
                               Allow(process.program, process.arguments.empty() ? "" : process.arguments[0]));
  }
}

bool Coverage::complete() const {
  if (processes_.empty() || !damage_.empty()) return false;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (!processes_[i].covered() && !process_allowed_[i]) return false;
  }
  return std::all_of(not_recorded_.begin(), not_recorded_.end(), [](const auto& each) { return each.allowed; });
}

std::vector<std::string> Coverage::Notes() const {
  std::vector<std::string> notes = damage_;
  if (!not_recorded_.empty()) {
    std::map<NotRecordedWhy, std::vector<std::string>> by_reason;
    for (const NotRecorded& each : not_recorded_) by_reason[each.why].push_back(BaseName(each.program));
    std::string text = Number(not_recorded_.size(), "program was", "programs were") + " not recorded";
    const char* before = ": ";
    for (const auto& [why, names] : by_reason) {
      text += before + std::to_string(names.size()) + ' ' + std::string(Sentence(why)) + ": " + Names(names);
      before = "; ";
    }
    notes.push_back(std::move(text));
  }
  if (!not_started_.empty()) {
    std::vector<std::string> names;
    for (const NotStarted& each : not_started_) {
      names.push_back(BaseName(each.program) + ": " + std::strerror(each.error));
    }
    notes.push_back(Number(not_started_.size(), "program", "programs") + " could not be started: " + Names(names));
  }
  std::vector<std::string> without;
  std::vector<std::string> threads_without;
  std::vector<std::string> futexes;
  std::vector<std::string> running;
  std::vector<std::string> parents;
  std::size_t unwritten = 0;
  for (const Process& process : processes_) {
    const std::string name = BaseName(process.program);
    if (!process.used_locks) without.push_back(name);
    if (!process.used_locks && process.started_threads) threads_without.push_back(name);
    if (process.futex_calls != 0) futexes.push_back(name);
    if (process.still_runs) running.push_back(name);
    if (process.unwritten != 0) parents.push_back(name);
    unwritten += process.unwritten;
  }
  if (unwritten != 0) {
    notes.push_back(Number(unwritten, "child process, or a program that one", "child processes, or programs that they") +
                    " started, could not be recorded, as under another user, in another root or without room for files: "
                    "of " +
                    Names(parents));
  }
  if (processes_.empty()) {
    notes.emplace_back("nothing was recorded");
  } else if (!without.empty()) {
    std::string text = without.size() == processes_.size()
                           ? (unwritten != 0 ? "no lock was seen in what was recorded"
                                             : "no lock was seen: the program uses none, or none of pthread's")
                           : Number(without.size(), "process", "processes") + " used no lock: " + Names(without);
    if (!threads_without.empty()) {
      text += "; " + std::to_string(threads_without.size()) + " of them started threads: " + Names(threads_without);
    }
    notes.push_back(std::move(text));
  }
  if (!running.empty()) {
    notes.push_back(Number(running.size(), "process still runs", "processes still run") +
                    ", from here on unseen: " + Names(running));
  }
  if (!futexes.empty()) {
    notes.push_back(
        Number(futexes.size(), "process", "processes") +
        " asked the kernel for futexes without pthread; a lock that is made so is not seen: " + Names(futexes));
  }
  return notes;
}

std::string Coverage::Shortfall() const {
  std::vector<std::string> names;
  for (const NotRecorded& each : not_recorded_) {
    if (!each.allowed) names.push_back(BaseName(each.program));
  }
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (!processes_[i].covered() && !process_allowed_[i]) names.push_back(BaseName(processes_[i].program));
  }
  std::string text;
  if (!complete()) text = "the run is not covered" + (names.empty() ? "" : ", because of " + Names(names));
  for (std::size_t i = 0; i < allowed_.size(); ++i) {
    if (needed_[i]) continue;
    text += (text.empty() ? "" : "; ") + ("nothing uncovered is called " + allowed_[i]);
  }
  return text;
}

nlohmann::ordered_json Coverage::Members(const Recording& recording) {
  return {{"recorded", true},
          {"process", recording.header().pid},
          {"used_locks", UsedLocks(recording)},
          {"unwritten", recording.header().unwritten},
          {"futex_calls", recording.header().futex_calls}};
}

std::vector<nlohmann::ordered_json> Coverage::Runs() const {
  std::vector<nlohmann::ordered_json> runs;
  for (const NotRecorded& each : not_recorded_) {
    runs.push_back({{"program", each.program},
                    {"recorded", false},
                    {"process", each.pid},
                    {"executed", each.executed},
                    {"why", std::string(ToString(each.why))},
                    {"allowed", each.allowed}});
  }
  for (const NotStarted& each : not_started_) {
    runs.push_back(
        {{"program", each.program}, {"recorded", false}, {"why", "not-started"}, {"error", std::strerror(each.error)}});
  }
  return runs;
}

}  // namespace lockdep::tools
