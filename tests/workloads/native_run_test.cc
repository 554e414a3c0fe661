#include "workloads/native_run.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "workloads/check.h"
#include "workloads/native_report.h"
#include "workloads/parser.h"
#include "workloads/resolver.h"

namespace lockdep::workloads {
namespace {

using Strings = std::vector<std::string>;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Threads that meet: each has its first lock before any asks for its second.
constexpr const char* kMeetingAbba =
    "mutex a, b\nvar met\n"
    "thread t1 { lock a; met = met + 1; await met == 2; lock b; unlock b; unlock a }\n"
    "thread t2 { lock b; met = met + 1; await met == 2; lock a; unlock a; unlock b }\n";

NativeResult Run(const std::string& text, milliseconds timeout = milliseconds(20000)) {
  const ParseResult parsed = Parse(text, "x");
  for (const ScriptError& error : parsed.errors) FAIL_CHECK(error.ToString());
  const ResolveResult resolved = Resolve(parsed.script);
  for (const ScriptError& error : resolved.errors) FAIL_CHECK(error.ToString());
  REQUIRE(resolved.programs.size() == 1);
  return RunNatively(resolved.programs[0], {timeout});
}

Strings Hangs(const NativeResult& result) {
  Strings hangs;
  for (const Finding& hang : result.hangs) hangs.push_back(Summary(hang));
  return hangs;
}

TEST_CASE("real threads that meet in two orders hang at once, and say for whom they wait", "[workloads][native]") {
  const auto start = steady_clock::now();
  const NativeResult result = Run(kMeetingAbba);
  CHECK(steady_clock::now() - start < std::chrono::seconds(10));
  CHECK(result.not_run.empty());
  CHECK(result.problems.empty());
  REQUIRE(Hangs(result) == Strings{"hang a -> b, verdict real"});
  CHECK(result.hangs[0].detail ==
        "on real threads, t1 waits for b (x:3), held by t2 (x:4); t2 waits for a (x:4), held by t1 (x:3)");
  CHECK(result.hangs[0].strength == Strength::kExecuted);
  CHECK(result.hangs[0].edges.size() == 2);
}

TEST_CASE("threads that end leave nothing to say", "[workloads][native]") {
  const NativeResult result =
      Run("mutex a, b\nrwsem s\nrwlock l\nspinlock p\nrecursive r\npercpu c\nvar x\ncondition cv\ncompletion done\n"
          "thread t x 3 { repeat 50 { lock a; lock b; x = x + 1; unlock b; unlock a; read s; read l; unlock l; unlock "
          "s; read c; unlock c\n"
          "  write s; downgrade s; assert shared s; unlock s; lock p; unlock p; lock r; lock r; unlock r; assert held "
          "r; unlock r; assert not-held r\n"
          "  if trylock a { unlock a }; if timedlock b { unlock b } else { yield } } }\n"
          "thread waiter { lock a; loop { if x >= 1 { break }; wait cv a }; unlock a; wait-for done; join w }\n"
          "thread waker { loop { lock a; broadcast cv; unlock a; if x >= 1 { break } }; complete done; spawn w }\n"
          "thread w { write l; unlock l }");
  CHECK(result.not_run.empty());
  CHECK(result.problems.empty());
  CHECK(Hangs(result).empty());
}

TEST_CASE("a reader behind a waiting writer hangs for real", "[workloads][native]") {
  // w comes to wait while r1 reads, and r2 reads behind it; if w comes late, r2 gets through.  A yield to
  // other programs takes a millisecond or more, so rather many short attempts than few long ones.
  const std::string script =
      "rwsem s\nmutex m\nvar step\n"
      "thread r1 { read s; step = 1; await step == 2; lock m; unlock m; unlock s }\n"
      "thread w { await step == 1; write s; unlock s }\n"
      "thread r2 { await step == 1; lock m; repeat 2000 { yield }; step = 2; repeat 5000 { yield }; read s; unlock "
      "s; unlock m }\n";
  bool seen = false;
  for (int attempt = 0; attempt < 40 && !seen; ++attempt) {
    const NativeResult result = Run(script);
    if (result.hangs.empty()) continue;  // or its time was over, on a busy machine
    seen = true;
    CHECK(result.problems.empty());
    CHECK(Hangs(result) == Strings{"hang m -> s, verdict real"});
    CHECK(result.hangs[0].participants.size() == 3);
  }
  CHECK(seen);
}

// Reads a first as `first`, and again as `again` once a writer waits for it.
std::string ReadAgainBehindWriter(const std::string& type, const std::string& again, const std::string& writer) {
  return type +
         " a\nvar p, done\n"
         "thread r { read a; p = 1; loop { if tryread a nonrecursive { unlock a; yield } else { break } }\n  read a " +
         again +
         "; unlock a; done = 1; unlock a }\n"
         "thread w { await p == 1; " +
         writer + " }\n";
}

TEST_CASE("a recursive read passes by a waiting writer on real threads, whatever the type", "[workloads][native]") {
  for (const char* type : {"rwsem", "percpu", "rwlock"}) {
    INFO(type);
    const NativeResult result = Run(ReadAgainBehindWriter(type, "recursive", "write a; unlock a"));
    CHECK(result.problems.empty());
    CHECK(Hangs(result).empty());
  }
}

TEST_CASE("a read that is not recursive waits behind a writer on real threads, whatever the type",
          "[workloads][native]") {
  for (const char* type : {"rwsem", "percpu", "rwlock"}) {
    INFO(type);
    const NativeResult result = Run(ReadAgainBehindWriter(type, "nonrecursive", "write a; unlock a"));
    CHECK(result.problems.empty());
    REQUIRE(Hangs(result) == Strings{"hang a, verdict real"});
    CHECK_THAT(result.hangs[0].detail, ContainsSubstring("behind w, which waits to write it"));
  }
}

TEST_CASE("a reader goes on when the writer before it gives up on real threads", "[workloads][native]") {
  const NativeResult result = Run(ReadAgainBehindWriter(
      "rwlock", "nonrecursive", "loop { if timedlock a { unlock a; break }; if done == 1 { break } }"));
  CHECK(result.problems.empty());
  CHECK(Hangs(result).empty());
}

TEST_CASE("a lock with both sorts of readers keeps writers out and can be downgraded", "[workloads][native]") {
  for (const char* type : {"rwsem", "rwlock"}) {
    INFO(type);
    const NativeResult result = Run(
        std::string(type) +
        " a\nvar inside\n"
        "thread w x 2 { repeat 50 { write a; assert inside == 0; inside = 1; yield; inside = 0; downgrade a; assert "
        "inside == 0; unlock a; if trywrite a { unlock a } } }\n"
        "thread r x 2 { repeat 50 { read a recursive; assert inside == 0; unlock a; read a nonrecursive; assert "
        "inside == 0; unlock a; if tryread a recursive { unlock a } } }\n");
    CHECK(result.not_run.empty());
    CHECK(result.problems.empty());
    CHECK(Hangs(result).empty());
  }
}

TEST_CASE("a wait releases its lock for real, whatever is left out and however it is held", "[workloads][native]") {
  const auto script = [](const char* lock, const char* take) {
    return std::string(lock) + " a\ncondition cv\nvar slept\nthread t1 { " + take +
           "; slept = 1; loop { if slept == 2 { break }; wait cv a }; unlock a }\n"
           "thread t2 { await slept == 1; write a; slept = 2; unlock a; write a; broadcast cv; unlock a }\n";
  };
  CHECK(Hangs(Run(script("mutex", "lock a; trylock a"))).empty());
  CHECK(Hangs(Run(script("rwsem", "read a"))).empty());
  // Who has it twice waits, and then has it no more: nobody waits for t1.
  CHECK(Hangs(Run("recursive a\nmutex b\ncondition cv\nvar x\n"
                  "thread t1 { lock a; lock a; wait cv a; unlock a; unlock a; x = 1; await x == 3; lock b; unlock b }\n"
                  "thread t2 { loop { signal cv; yield; if x == 1 { break } }; lock b; x = 2; await x == 3; lock a; "
                  "unlock a; unlock b }\n"
                  "thread t3 { await x == 2; lock a; x = 3; repeat 2000 { yield }; unlock a }\n"))
            .empty());
}

TEST_CASE("a thread that wants its own lock hangs for real", "[workloads][native]") {
  CHECK(Hangs(Run("mutex a\nthread t { lock a; lock a }")) == Strings{"hang a, verdict real"});
}

TEST_CASE("a join under a lock hangs for real", "[workloads][native]") {
  CHECK(Hangs(Run("mutex a\nthread t { lock a; spawn w; join w; unlock a }\nthread w { lock a; unlock a }")) ==
        Strings{"hang a -> end of w, verdict real"});
}

TEST_CASE("what has no cycle of locks is found when the time is over", "[workloads][native]") {
  const milliseconds timeout(300);
  CHECK(Hangs(Run("completion c\nthread t { wait-for c }", timeout)) == Strings{"hang c, verdict real"});
  CHECK(Hangs(Run("completion c\nmutex a\nvar x\nthread t1 { lock a; x = 1; wait-for c; unlock a }\n"
                  "thread t2 { await x == 1; lock a; complete c; unlock a }",
                  timeout)) == Strings{"hang a -> c, verdict real"});
  const NativeResult left =
      Run("mutex a\nvar x\nthread t1 { lock a; x = 1 }\nthread t2 { await x == 1; lock a }", timeout);
  REQUIRE(Hangs(left) == Strings{"hang a, verdict real"});
  CHECK_THAT(left.hangs[0].detail, ContainsSubstring("held by t1, which has ended"));
}

TEST_CASE("a thread that still runs is no hang but a problem", "[workloads][native]") {
  const NativeResult result = Run("thread t {\n loop { yield }\n}", milliseconds(200));
  CHECK(result.hangs.empty());
  REQUIRE(result.problems.size() == 1);
  CHECK_THAT(result.problems[0], ContainsSubstring("x:2:") && ContainsSubstring("'t' still runs after 200 ms"));
}

TEST_CASE("an assert that does not hold is a problem", "[workloads][native]") {
  CHECK(Run("mutex a\nthread t { lock a; unlock a; assert held a }").problems ==
        Strings{"x:2:30: the assert of 'a' does not hold in 't'"});
}

TEST_CASE("what has no real lock is not run", "[workloads][native]") {
  CHECK(Run("rcu r\nthread t { read r; unlock r }").not_run == "'rcu' has no real lock");
  CHECK(Run("mutex a\nthread t { in softirq { lock a; unlock a } }").not_run == "interrupts are only simulated");
  CHECK(Run("spinlock a\nthread t { if timedlock a { unlock a } }").not_run == "'spinlock' has no real timed wait");
  CHECK(Run("mutex a\nthread t { destroy a }").not_run == "locks that are destroyed while in use are only simulated");
}

TEST_CASE("a hang on real threads is expected by a line that names it, unless it says false", "[workloads][native]") {
  CheckOptions options;
  options.native = true;
  const auto check = [&](const std::string& line) { return CheckScript(kMeetingAbba + line, "x", options); };
  const ScriptResult good = check("expect finding a -> b");
  CHECK(good.ok());
  REQUIRE(good.settings[0].findings.size() == 1);
  CHECK(good.settings[0].findings[0].kind == FindingKind::kCircular);
  CHECK(good.settings[0].findings[0].verdict == Verdict::kReal);
  const ScriptResult refuted = check("expect finding a -> b verdict false");
  const Strings& problems = refuted.settings[0].problems;
  CHECK(std::any_of(problems.begin(), problems.end(), [](const std::string& problem) {
    return problem.find("x:5: 'expect finding a -> b verdict false': it hung") != std::string::npos;
  }));
  CHECK_FALSE(check("").ok());
}

TEST_CASE("a hang on real threads is told once, by the finding that it confirms", "[workloads][native]") {
  CheckOptions options;
  options.native = true;
  for (const bool explore : {true, false}) {
    options.explore = explore;
    INFO(explore);
    const SettingResult setting = CheckScript(kMeetingAbba, "x", options).settings[0];
    REQUIRE(setting.findings.size() == 1);
    CHECK(setting.findings[0].verdict == Verdict::kReal);
    CHECK(setting.findings[0].schedule.empty() != explore);
    REQUIRE(setting.problems.size() == 1);
    CHECK_THAT(setting.problems[0], ContainsSubstring("unexpected finding: circular a -> b, verdict real"));
    REQUIRE(setting.unexpected.size() == 1);
    CHECK(setting.unexpected[0].problem == setting.problems[0]);
  }
  options.explore = true;
  CHECK(CheckScript(kMeetingAbba + std::string("expect explore hang"), "x", options).ok());
}

TEST_CASE("a report is read as it was written, and half a report is none", "[workloads][native]") {
  NativeReport report;
  report.end = NativeEnd::kHang;
  report.cycle = {1, 0};
  report.problems = {"x:1:1: a problem"};
  NativeThreadReport& thread = report.threads.emplace_back();
  thread.thread = 3;
  thread.number = 2;
  thread.op = 9;
  thread.view.waits = WaitFor::Waits::kLock;
  thread.view.mode = Mode::kShared;
  thread.view.place = 9;
  thread.view.stamp = 77;
  thread.view.holds.push_back({4, Mode::kExclusive, Kind::kTrylock, 5, 6});
  thread.view.blockers.push_back({8, true, Mode::kExclusive});
  const std::string text = Write(report);
  const std::optional<NativeReport> read = ReadReport(text);
  REQUIRE(read.has_value());
  CHECK(Write(*read) == text);
  CHECK(read->cycle == report.cycle);
  CHECK(read->threads[0].view.blockers[0].queued);
  for (std::size_t length = 0; length + 1 < text.size(); ++length)
    CHECK_FALSE(ReadReport(text.substr(0, length)).has_value());
}

}  // namespace
}  // namespace lockdep::workloads
