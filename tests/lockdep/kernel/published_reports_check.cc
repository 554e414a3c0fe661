// Reads reports that people published, and reports of a real kernel with known truth, and compares what is
// read with an index of what is in them.  The reports are not part of the project: LOCKDEP_SHARED_DIR names
// the directory that holds kernel-6.12/ and splats/.  Without it the program ends with 77, "skipped".
//
// Prints one line for each row that comes out wrong, and the sums.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "lockdep/kernel/chain_finding.h"
#include "lockdep/kernel/kernel_finding.h"
#include "lockdep/kernel/kernel_log.h"
#include "lockdep/kernel/know_rules.h"
#include "lockdep/kernel/know_sets.h"
#include "lockdep/kernel/report_cycle.h"
#include "lockdep/kernel/splat_verdict.h"
#include "lockdep/kernel/splat_workload.h"
#include "workloads/check.h"

namespace {

namespace fs = std::filesystem;
using lockdep::kernel::KernelReport;
using lockdep::kernel::ReportKind;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> Split(const std::string& text, const std::string& by) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (std::size_t at = text.find(by); at != std::string::npos; at = text.find(by, start)) {
    parts.push_back(text.substr(start, at - start));
    start = at + by.size();
  }
  parts.push_back(text.substr(start));
  return parts;
}

using Row = std::map<std::string, std::string>;

std::vector<Row> ReadTable(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> header;
  std::vector<Row> rows;
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty() || line.front() == '#') continue;
    const std::vector<std::string> cells = Split(line, "\t");
    if (header.empty()) {
      header = cells;
      continue;
    }
    Row row;
    for (std::size_t i = 0; i < cells.size() && i < header.size(); ++i) row[header[i]] = cells[i];
    rows.push_back(row);
  }
  return rows;
}

// The indices' words for a kind.
std::set<ReportKind> KindsOf(const std::string& word) {
  static const std::map<std::string, std::set<ReportKind>> kWords = {
      {"circular", {ReportKind::kCircular}},
      {"recursive", {ReportKind::kRecursive}},
      {"inconsistent-state", {ReportKind::kInconsistentState}},
      {"inconsistent", {ReportKind::kInconsistentState}},
      {"irq-inversion", {ReportKind::kIrqInversion}},
      {"safe-unsafe-order", {ReportKind::kIrqUnsafeOrder}},
      {"invalid-wait-context", {ReportKind::kWaitContext}},
      {"bad-unlock-balance", {ReportKind::kBadUnlock}},
      {"unbalanced", {ReportKind::kBadUnlock}},
      {"held-lock-freed", {ReportKind::kHeldFreed}},
      {"held-freed", {ReportKind::kHeldFreed}},
      {"lock-held-user-space", {ReportKind::kHeldAtUserReturn}},
      {"nested-not-taken", {ReportKind::kNestedNotTaken}},
      {"limit", {ReportKind::kLimit}},
      {"rcu-usage", {ReportKind::kRcuUsage}},
      {"dept", {ReportKind::kDept}},
      {"non-static-key", {ReportKind::kNonStaticKey}},
      {"none", {}}};
  const auto found = kWords.find(word);
  return found == kWords.end() ? std::set<ReportKind>{} : found->second;
}

std::vector<std::string> LocksOf(const KernelReport& report) {
  std::vector<std::string> locks;
  if (report.kind == ReportKind::kCircular) {
    for (const auto& link : lockdep::kernel::CycleOf(report).links) locks.push_back(link.held.Label());
  } else if (report.kind == ReportKind::kRecursive || report.kind == ReportKind::kIrqUnsafeOrder) {
    if (report.held) locks.push_back(report.held->Label());
    if (report.wanted) locks.push_back(report.wanted->Label());
  } else if (report.wanted && report.kind == ReportKind::kIrqInversion) {
    locks.push_back(report.wanted->Label());
    if (report.safe) locks.push_back(report.safe->Label());
    if (report.unsafe) locks.push_back(report.unsafe->Label());
  } else if (report.wanted && report.kind != ReportKind::kHeldFreed) {
    locks.push_back(report.wanted->Label());
  } else {
    if (report.wanted) locks.push_back(report.wanted->Label());
    for (const auto& held : report.held_locks) locks.push_back(held.lock.Label());
  }
  return locks;
}

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : " > ") + part;
  return text;
}

// "a:R > b:X > (back to first)" or "a b c", without modes.
std::vector<std::string> ExpectedLocks(const std::string& cell, const std::string& separator, bool& partial) {
  partial = cell.find("(partial)") != std::string::npos;
  if (cell == "-" || cell.empty()) return {};
  std::vector<std::string> locks;
  for (std::string each : Split(cell, separator)) {
    if (each.starts_with("(back to") || each.starts_with("(partial")) continue;
    const std::size_t colon = each.rfind(':');
    const std::string mode = colon == std::string::npos ? "" : each.substr(colon + 1);
    if (mode == "R" || mode == "W" || mode == "X" || mode == "r") each.resize(colon);
    locks.push_back(each);
  }
  return locks;
}

struct Sums {
  int rows = 0, kinds = 0, locks = 0, versions = 0, contradictions = 0;
  int replayed = 0, settings = 0;
  std::map<std::string, int> not_replayed;  // by why
  std::map<std::string, int> verdicts;      // "real: unknown"
};

using lockdep::Verdict;

struct Judged {
  lockdep::kernel::KernelFinding made;
  lockdep::kernel::Judgement judgement;
};

// The first finding of a log; nothing if there is none.
std::optional<Judged> JudgeFirst(const std::string& log, const lockdep::kernel::Evidence& evidence) {
  for (const KernelReport& report : lockdep::kernel::ReadKernelLog(log)) {
    std::string why;
    std::optional<lockdep::kernel::KernelFinding> made = lockdep::kernel::MakeFinding(report, "log", why);
    if (!made) continue;
    lockdep::kernel::Judgement judgement = lockdep::kernel::Judge(*made, evidence);
    return Judged{*std::move(made), std::move(judgement)};
  }
  return std::nullopt;
}

std::optional<Verdict> VerdictOf(const std::string& log, const lockdep::kernel::Evidence& evidence) {
  const std::optional<Judged> judged = JudgeFirst(log, evidence);
  if (!judged) return std::nullopt;
  return judged->made.finding.verdict;
}

// All rules that come with the project.
lockdep::kernel::KnowRules AllRules() {
  lockdep::kernel::KnowRules rules;
  for (const std::string_view name : lockdep::kernel::KnowSetNames()) {
    const absl::Status status = lockdep::kernel::ParseRules(*lockdep::kernel::KnowSet(name), std::string(name), rules);
    if (!status.ok()) std::printf("RULES  %s\n", std::string(status.message()).c_str());
  }
  return rules;
}

// A report as a script: one that check accepts, with the finding of the report in every setting.
void CheckReplay(const std::string& file, const std::string& log, Sums& sums) {
  const std::optional<Judged> judged = JudgeFirst(log, {});
  if (!judged) return;
  const auto text = lockdep::kernel::FormatWorkload(judged->made, judged->judgement);
  if (!text.ok()) {
    const std::string why(text.status().message());
    ++sums.not_replayed[why.substr(why.find(": ") + 2)];
    return;
  }
  const lockdep::workloads::ScriptResult result = lockdep::workloads::CheckScript(*text, file, {});
  ++sums.replayed;
  sums.settings += static_cast<int>(result.settings.size());
  if (result.errors.empty() && result.ok()) return;
  ++sums.contradictions;
  std::printf("REPLAY %s: the script does not have the finding of the report\n", file.c_str());
  for (const auto& error : result.errors) std::printf("  %s\n", error.ToString().c_str());
  for (const auto& setting : result.settings) {
    for (const std::string& problem : setting.problems) std::printf("  %s\n", problem.c_str());
  }
}

// A verdict never says the opposite of the truth.
void CheckVerdict(const std::string& file, const std::string& truth, std::optional<Verdict> verdict, Sums& sums,
                  const std::string& evidence = "by text") {
  if (!verdict) return;
  ++sums.verdicts[truth + ", " + evidence + ": " + std::string(lockdep::ToString(*verdict))];
  const bool harmless = truth == "false" || truth == "false-positive";
  const bool wrong = *verdict == Verdict::kReal || (*verdict == Verdict::kFalse && !harmless && truth != "unknown") ||
                     (*verdict == Verdict::kPredicted && harmless);
  if (!wrong) return;
  ++sums.contradictions;
  std::printf("WRONG  %s: is %s, verdict %s\n", file.c_str(), truth.c_str(),
              std::string(lockdep::ToString(*verdict)).c_str());
}

// A row of Linux 6.12 with the chains of its boot: false where it is, and what the kernel missed is found.
void CheckWithChains(const fs::path& log, Row& row, Sums& sums) {
  fs::path path = log;
  path.replace_extension(".lockdep_chains");
  const auto table = lockdep::kernel::ParseChains(ReadFile(path), path.string());
  if (!table.ok()) {
    ++sums.contradictions;
    std::printf("WRONG  %s\n", std::string(table.status().message()).c_str());
    return;
  }
  const lockdep::kernel::ChainGraph graph(*table);
  lockdep::kernel::Evidence evidence;
  evidence.chains = &graph;
  const std::optional<Verdict> verdict = VerdictOf(ReadFile(log), evidence);
  CheckVerdict(row["file"] + " with chains", row["truth"], verdict, sums, "with chains");
  bool good = row["truth"] != "false" || verdict == Verdict::kFalse;
  if (row["truth"] == "missed") {
    const std::vector<std::string> names = Split(row["locks"], " ");
    const std::set<std::string> locks(names.begin(), names.end());
    good = false;
    for (const auto& cycle : lockdep::kernel::FindChainCycles(evidence, "chains").cycles) {
      std::set<std::string> found;
      for (const auto& lock : cycle.finding.locks) found.insert(lock.name);
      good = good || found == locks;
    }
  }
  if (good) return;
  ++sums.contradictions;
  std::printf("MISSED %s: %s\n", row["file"].c_str(), row["truth"].c_str());
}

bool LocksMatch(const KernelReport& report, const std::string& cell, bool exact_order) {
  bool partial = false;
  // Of DEPT it is only said that it is one.
  if (report.kind == ReportKind::kDept) return true;
  const std::vector<std::string> expected = ExpectedLocks(cell, exact_order ? " > " : " ", partial);
  const std::vector<std::string> got = LocksOf(report);
  if (expected.empty()) return true;
  const bool ordered =
      exact_order && !partial && (report.kind == ReportKind::kCircular || report.kind == ReportKind::kRecursive);
  if (ordered && expected.size() > 1) return got == expected;
  const std::set<std::string> have(got.begin(), got.end());
  for (const std::string& each : expected) {
    if (!have.contains(each)) return false;
  }
  return true;
}

void CheckRow(const fs::path& file, const std::string& kind, const std::string& locks, const std::string& version,
              bool exact_order, Sums& sums) {
  const std::vector<KernelReport> reports = lockdep::kernel::ReadKernelLog(ReadFile(file));
  ++sums.rows;
  const std::set<ReportKind> wanted = KindsOf(kind);
  const KernelReport* found = nullptr;
  for (const KernelReport& report : reports) {
    if (found == nullptr && wanted.contains(report.kind)) found = &report;
  }
  const bool kind_good = wanted.empty() ? reports.empty() : found != nullptr && reports.front().kind == found->kind;
  sums.kinds += kind_good ? 1 : 0;
  if (!kind_good) {
    std::printf("KIND   %s: expected %s, read %zu reports", file.filename().c_str(), kind.c_str(), reports.size());
    for (const KernelReport& report : reports) std::printf(", %s", std::string(ToString(report.kind)).c_str());
    std::printf("\n");
  }
  const bool locks_good = found == nullptr ? wanted.empty() : LocksMatch(*found, locks, exact_order);
  sums.locks += locks_good ? 1 : 0;
  if (!locks_good && found != nullptr)
    std::printf("LOCKS  %s: expected %s, read %s\n", file.filename().c_str(), locks.c_str(),
                Join(LocksOf(*found)).c_str());
  const std::string read = found == nullptr ? "" : found->version;
  const bool version_good = version.empty() || version == "?" || read == version;
  sums.versions += version_good ? 1 : 0;
  if (!version_good)
    std::printf("VERS   %s: expected %s, read %s\n", file.filename().c_str(), version.c_str(), read.c_str());
}

void Print(const char* what, const Sums& sums) {
  std::printf("%s: %d files, kind right in %d, locks right in %d, version right in %d\n", what, sums.rows, sums.kinds,
              sums.locks, sums.versions);
  for (const auto& [what, count] : sums.verdicts) std::printf("  truth %s: %d\n", what.c_str(), count);
  std::printf("  replayed as scripts: %d, in %d settings\n", sums.replayed, sums.settings);
  for (const auto& [why, count] : sums.not_replayed) std::printf("  not replayed: %s: %d\n", why.c_str(), count);
}

}  // namespace

int main() {
  const char* directory = std::getenv("LOCKDEP_SHARED_DIR");
  if (directory == nullptr || !fs::exists(fs::path(directory) / "splats" / "index.tsv")) {
    std::printf("skipped: LOCKDEP_SHARED_DIR does not name a directory with published reports\n");
    return 77;
  }
  const fs::path shared = directory;
  const lockdep::kernel::KnowRules rules = AllRules();
  Sums published;
  for (Row& row : ReadTable(shared / "splats" / "index.tsv"))
    CheckRow(shared / "splats" / row["file"], row["kind"], row["locks_in_cycle"], row["kernel_version"], true,
             published);
  for (Row& row : ReadTable(shared / "splats" / "index.tsv")) {
    const std::string log = ReadFile(shared / "splats" / row["file"]);
    CheckVerdict(row["file"], row["verdict"], VerdictOf(log, {}), published);
    lockdep::kernel::Evidence know;
    know.rules = &rules;
    CheckVerdict(row["file"] + " with rules", row["verdict"], VerdictOf(log, know), published, "with rules");
    CheckReplay(row["file"], log, published);
  }
  Sums kernel;
  for (Row& row : ReadTable(shared / "kernel-6.12" / "splats" / "index.tsv"))
    CheckRow(shared / "kernel-6.12" / "splats" / row["file"], row["kernel_report"],
             row["truth"] == "missed" ? "-" : row["locks"], "", false, kernel);
  for (Row& row : ReadTable(shared / "kernel-6.12" / "splats" / "index.tsv")) {
    const fs::path log = shared / "kernel-6.12" / "splats" / row["file"];
    CheckVerdict(row["file"], row["truth"], VerdictOf(ReadFile(log), {}), kernel);
    CheckWithChains(log, row, kernel);
    CheckReplay(row["file"], ReadFile(log), kernel);
  }
  Print("published reports", published);
  Print("linux 6.12", kernel);
  return published.kinds == published.rows && published.locks == published.rows && kernel.kinds == kernel.rows &&
                 kernel.locks == kernel.rows && published.contradictions + kernel.contradictions == 0
             ? 0
             : 1;
}
