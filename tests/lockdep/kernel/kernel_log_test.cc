// Whole logs: what surrounds a report, what breaks it, what is missing in it.
#include "lockdep/kernel/kernel_log.h"

#include <string>
#include <vector>

#include "lockdep/kernel/kernel_finding.h"
#include "lockdep/kernel/report_cycle.h"
#include "tests/catch.h"
#include "tests/lockdep/kernel/splat_log.h"
#include "tests/seed.h"

namespace lockdep::kernel {
namespace {

std::vector<std::string> CycleNames(const KernelReport& report) {
  std::vector<std::string> names;
  for (const ReportedLink& link : CycleOf(report).links) names.push_back(link.held.Label());
  return names;
}

void CheckAbba(const std::string& log) {
  CAPTURE(log);
  const std::vector<KernelReport> reports = ReadKernelLog(log);
  REQUIRE(reports.size() == 1);
  const KernelReport& report = reports.front();
  CHECK(report.kind == ReportKind::kCircular);
  CHECK(report.version == "6.12.0");
  CHECK(report.task == "writer/57");
  CHECK(CycleNames(report) == std::vector<std::string>{"lock_a", "lock_b"});
  CHECK(CycleOf(report).IsComplete());
  REQUIRE(report.held_locks.size() == 1);
  CHECK(report.held_locks.front().lock.at.function == "take_b");
  CHECK(report.gaps.empty());
}

TEST_CASE("a report is found whatever stands before its lines", "[kernel]") {
  const std::string log = Circular(Abba());
  for (const std::string prefix : {"", "[    5.371740] ", "[    5.371740][   T57] ", "> ", ">>> ", "<4>[ 5.371740] ",
                                   "May 13 15:16:32 host kernel: ", "      "}) {
    CheckAbba(WithPrefix(log, prefix));
  }
}

TEST_CASE("a report is found between other lines, and several in one log", "[kernel]") {
  const std::string noise = "usb 1-1: new device\nf+0x1/0x2\nBUG: sleeping function called from somewhere\n";
  CheckAbba(noise + Circular(Abba()) + noise);
  CHECK(ReadKernelLog(Circular(Abba()) + noise + Circular(Abba())).size() == 2);
  CHECK(ReadKernelLog(noise).empty());
}

TEST_CASE("lines of other callers are left out, reports of two cpus stay apart", "[kernel]") {
  const std::string mine = WithPrefix(Circular(Abba()), "[    1.000000][   T57] ");
  const std::string other = WithPrefix(Circular(Abba()), "[    1.000000][    C3] ");
  std::string mixed;
  std::size_t a = 0, b = 0;
  while (a < mine.size() || b < other.size()) {
    for (auto [text, at] : {std::make_pair(&mine, &a), std::make_pair(&other, &b)}) {
      if (*at >= text->size()) continue;
      const std::size_t end = text->find('\n', *at) + 1;
      mixed += text->substr(*at, end - *at);
      *at = end;
    }
  }
  const std::vector<KernelReport> reports = ReadKernelLog(mixed);
  REQUIRE(reports.size() == 2);
  for (const KernelReport& report : reports) CHECK(CycleNames(report) == std::vector<std::string>{"lock_a", "lock_b"});
}

TEST_CASE("locks that were broken over lines are joined", "[kernel]") {
  std::string log = Circular(Abba());
  const auto break_at = [](std::string text, const std::string& where, const std::string& with) {
    for (std::size_t at = text.find(where); at != std::string::npos; at = text.find(where, at + with.size()))
      text.replace(at, where.size(), with);
    return text;
  };
  CheckAbba(break_at(log, ", at: ", ", at:\n"));
  CheckAbba(break_at(log, ", at: ", ",\n\t\tat: "));
  CheckAbba(break_at(log, "00 (lock", "00\n (lock"));
  // A driver's message between the halves.
  CheckAbba(break_at(log, "00 (lock", "00\nccree: started\n (lock"));
}

TEST_CASE("a symbolizer repeats lock lines, and the last one counts", "[kernel]") {
  CircularLog log = Abba();
  std::string text = Circular(log);
  const std::string line = " #0: ffffffffa0002000 (lock_b){+.+.}-{3:3}, at: take_b+0x10/0x20\n";
  const std::string inlined =
      " #0: ffffffffa0002000 (lock_b){+.+.}-{3:3}, at: spin_lock include/linux/spinlock.h:351 [inline]\n";
  REQUIRE(text.find(line) != std::string::npos);
  text.replace(text.find(line), line.size(), inlined + line);
  CheckAbba(text);
}

TEST_CASE("what is cut off is said, and nothing is invented", "[kernel]") {
  const std::string whole = Circular(Abba());
  for (std::size_t end = whole.find("WARNING") + 60; end < whole.size(); ++end) {
    for (const KernelReport& report : ReadKernelLog(whole.substr(0, end))) {
      CAPTURE(end);
      for (const std::string& name : CycleNames(report)) CHECK((name == "lock_a" || name == "lock_b"));
      if (end + 80 < whole.find("1 lock held")) CHECK_FALSE(report.gaps.empty());
    }
  }
  const std::vector<KernelReport> first = ReadKernelLog(whole.substr(0, whole.find("but task")));
  REQUIRE(first.size() == 1);
  std::string why;
  CHECK_FALSE(MakeFinding(first.front(), "x", why));
  CHECK_THAT(why, ContainsSubstring("breaks off"));
}

TEST_CASE("a part of a cycle is marked as one", "[kernel]") {
  const std::string fragment =
      "Chain exists of:\n  a --> b --> c\n\n Possible unsafe locking scenario:\n\n  lock(c);\n";
  const std::vector<KernelReport> reports = ReadKernelLog(fragment);
  REQUIRE(reports.size() == 1);
  CHECK(CycleNames(reports.front()) == std::vector<std::string>{"a", "b", "c"});
  std::string why;
  const auto made = MakeFinding(reports.front(), "x", why);
  REQUIRE(made);
  CHECK_FALSE(made->complete);
  CHECK(made->finding.fingerprint_weak);
}

TEST_CASE("the same report of another boot has the same fingerprint", "[kernel]") {
  CircularLog log = Abba();
  log.cycle[0].name = "kn->count#70";
  const auto fingerprint = [](const CircularLog& each) {
    std::string why;
    return MakeFinding(ReadKernelLog(Circular(each)).front(), "x", why)->finding.fingerprint;
  };
  CircularLog other = log;
  other.cycle[0].name = "kn->count#241";
  other.cycle[0].address = "ffff000000001230";
  other.cycle[1].address = "ffff000000004560";
  other.held = {other.cycle[1]};
  other.task = "kworker/u8:0/5";
  other.version = "5.10.2";
  CHECK(fingerprint(log) == fingerprint(other));
  other.cycle[1].name = "lock_c";
  other.held = {other.cycle[1]};
  CHECK(fingerprint(log) != fingerprint(other));
}

TEST_CASE("kinds that say nothing about an order are recognised", "[kernel]") {
  const std::pair<std::string, ReportKind> titles[] = {
      {"WARNING: suspicious RCU usage", ReportKind::kRcuUsage},
      {"[ INFO: suspicious rcu_dereference_check() usage. ]", ReportKind::kRcuUsage},
      {"BUG: MAX_LOCKDEP_ENTRIES too low!", ReportKind::kLimit},
      {"INFO: trying to register non-static key.", ReportKind::kNonStaticKey},
      {"DEPT: Circular dependency has been detected.", ReportKind::kDept}};
  for (const auto& [title, kind] : titles) {
    CAPTURE(title);
    const std::vector<KernelReport> reports = ReadKernelLog(title + "\n6.1.0 #1 Not tainted\n");
    REQUIRE(reports.size() == 1);
    CHECK(reports.front().kind == kind);
    std::string why;
    CHECK_FALSE(MakeFinding(reports.front(), "x", why));
    CHECK_THAT(why, ContainsSubstring("not a report about the order of locks"));
  }
}

TEST_CASE("a log may come in pieces of any size", "[kernel]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  const std::string log = Circular(Abba());
  for (int round = 0; round < 20; ++round) {
    std::size_t count = 0;
    KernelLogReader reader([&count](const KernelReport& report) { count += CycleNames(report).size() == 2 ? 1 : 0; });
    for (std::size_t at = 0; at < log.size();) {
      const std::size_t n = 1 + random() % 97;
      reader.Add(std::string_view(log).substr(at, n));
      at += n;
    }
    reader.Finish();
    CHECK(count == 1);
  }
}

TEST_CASE("memory does not grow with a line or with a report that never ends", "[kernel]") {
  std::size_t reports = 0;
  std::size_t frames = 0;
  KernelLogReader reader([&](const KernelReport& report) {
    ++reports;
    frames = std::max(frames, report.chain.empty() ? 0 : report.chain.back().trace.size());
  });
  reader.Add(Circular(Abba()).substr(0, Circular(Abba()).find("other info")));
  for (int i = 0; i < 100000; ++i) reader.Add("       endless+0x1/0x2\n");
  const std::string part(4096, 'x');
  for (int i = 0; i < 1000; ++i) reader.Add(part);
  reader.Finish();
  CHECK(reports >= 1);
  CHECK(frames <= 400);
}

}  // namespace
}  // namespace lockdep::kernel
