#include "workloads/expectations.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/catch.h"
#include "workloads/check.h"
#include "workloads/parser.h"
#include "workloads/resolver.h"

namespace lockdep::workloads {
namespace {

using Strings = std::vector<std::string>;

Program ProgramOf(const std::string& text) {
  const ParseResult parsed = Parse(text, "x");
  for (const ScriptError& error : parsed.errors) FAIL_CHECK(error.ToString());
  ResolveResult resolved = Resolve(parsed.script);
  for (const ScriptError& error : resolved.errors) FAIL_CHECK(error.ToString());
  REQUIRE(resolved.programs.size() == 1);
  return std::move(resolved.programs[0]);
}

FindingLock Lock(const std::string& name) {
  FindingLock lock;
  lock.name = name;
  return lock;
}

FindingLock ClassLock(const std::string& name, const std::string& instance, int subclass = 0) {
  FindingLock lock;
  lock.name = lock.class_name = name;
  lock.instance = instance;
  lock.subclass = subclass;
  return lock;
}

Finding Circular(std::vector<FindingLock> locks) {
  Finding finding;
  finding.kind = FindingKind::kCircular;
  finding.cycle_length = static_cast<int>(locks.size());
  finding.locks = std::move(locks);
  return finding;
}

constexpr const char* kDeclarations = "class C\nmutex a, b, g\nmutex o[3], p : C\nthread w { }\n";

// A search that said nothing of any finding.
const Explored kNothing{false, {false, false}, {}};

// Whether the line matches the finding.
bool Matches(const std::string& line, const Finding& finding) {
  const Program program = ProgramOf(kDeclarations + line);
  REQUIRE(program.expectations.size() == 1);
  return MatchesFinding(program, program.expectations[0], finding);
}

TEST_CASE("a cycle is matched in any rotation, and only so", "[workloads][expectations]") {
  const Finding finding = Circular({Lock("a"), Lock("b"), Lock("g")});
  CHECK(Matches("expect finding a -> b -> g", finding));
  CHECK(Matches("expect finding g -> a -> b", finding));
  CHECK_FALSE(Matches("expect finding b -> a -> g", finding));
  CHECK_FALSE(Matches("expect finding a -> b", finding));
  CHECK_FALSE(Matches("expect finding a -> b -> g -> a", finding));
}

TEST_CASE("locks are matched by class, subclass, array, instance and name", "[workloads][expectations]") {
  const Finding one = Circular({Lock("a"), ClassLock("C", "o[1]", 2)});
  CHECK(Matches("expect finding a -> C", one));
  CHECK(Matches("expect finding a -> \"C/2\"", one));
  CHECK_FALSE(Matches("expect finding a -> \"C/1\"", one));
  CHECK(Matches("expect finding a -> o[1]", one));
  CHECK(Matches("expect finding a -> o", one));
  CHECK_FALSE(Matches("expect finding a -> o[2]", one));
  CHECK_FALSE(Matches("expect finding a -> p", one));
  // Without an instance any lock of the class may be meant.
  const Finding any = Circular({Lock("a"), ClassLock("C", "")});
  CHECK(Matches("expect finding a -> p", any));
  CHECK(Matches("expect finding a -> o[2]", any));
  CHECK_FALSE(Matches("expect finding a -> b", any));
}

TEST_CASE("kind and verdict must fit where they are given", "[workloads][expectations]") {
  Finding finding = Circular({Lock("a"), Lock("b")});
  finding.verdict = Verdict::kFalse;
  CHECK(Matches("expect finding circular a -> b verdict false", finding));
  CHECK(Matches("expect finding a -> b", finding));
  CHECK_FALSE(Matches("expect finding hang a -> b", finding));
  CHECK_FALSE(Matches("expect finding a -> b verdict real", finding));
}

TEST_CASE("reasons are matched with exactly their locks, or with any", "[workloads][expectations]") {
  Finding finding = Circular({Lock("a"), Lock("b")});
  finding.verdict = Verdict::kFalse;
  finding.locks.push_back(Lock("g"));
  finding.reasons.push_back({ReasonKind::kExclusiveGate, {2}, ""});
  finding.reasons.push_back({ReasonKind::kClassAliasing, {0, 1}, ""});
  CHECK(Matches("expect finding a -> b verdict false because exclusive-gate", finding));
  CHECK(Matches("expect finding a -> b verdict false because exclusive-gate(g)", finding));
  CHECK(Matches("expect finding a -> b verdict false because class-aliasing(b, a) and exclusive-gate", finding));
  CHECK_FALSE(Matches("expect finding a -> b verdict false because exclusive-gate(a)", finding));
  CHECK_FALSE(Matches("expect finding a -> b verdict false because class-aliasing(a)", finding));
  CHECK_FALSE(Matches("expect finding a -> b verdict false because class-aliasing(a, a)", finding));
  CHECK_FALSE(Matches("expect finding a -> b verdict false because timed", finding));
  CHECK(Matches("expect finding a -> b verdict false because only exclusive-gate(g) and class-aliasing", finding));
  CHECK_FALSE(Matches("expect finding a -> b verdict false because only exclusive-gate", finding));
  CHECK_FALSE(Matches("expect finding a -> b verdict false because only exclusive-gate and timed", finding));
  CHECK_FALSE(
      Matches("expect finding a -> b verdict false because only exclusive-gate(g) and class-aliasing(a)", finding));
}

TEST_CASE("a finding of one lock may be named once or as held and wanted", "[workloads][expectations]") {
  Finding finding = Circular({ClassLock("C", "")});
  finding.kind = FindingKind::kRecursive;
  CHECK(Matches("expect finding recursive C", finding));
  CHECK(Matches("expect finding recursive C -> C", finding));
  CHECK_FALSE(Matches("expect finding recursive C -> a", finding));
  finding.kind = FindingKind::kHang;
  CHECK_FALSE(Matches("expect finding C -> C", finding));
}

TEST_CASE("the name of a thread means its end", "[workloads][expectations]") {
  Finding finding = Circular({Lock("a"), Lock("end of w")});
  finding.locks[1].type = LockType::kThreadEnd;
  CHECK(Matches("expect finding a -> w", finding));
}

TEST_CASE("lines that are not met and findings that are not expected are said", "[workloads][expectations]") {
  const Program program = ProgramOf(
      std::string(kDeclarations) +
      "expect finding a -> b verdict false\nexpect finding g\nexpect order a -> b -> g\nexpect no order b -> a");
  Finding finding = Circular({Lock("a"), Lock("b")});
  FindingEdge edge;
  edge.wanted_at.file = "x";
  edge.wanted_at.line = 7;
  finding.edges = {edge, edge};
  const CheckResult result = CheckExpectations(program, {finding}, {{"a", "b"}, {"b", "a"}}, &kNothing);
  CHECK(
      result.mismatches ==
      Strings{"not met: x:5:1: 'expect finding a -> b verdict false': found instead: circular a -> b, verdict unknown",
              "not met: x:6:1: 'expect finding g': not found",
              "not met: x:7:1: 'expect order a -> b -> g': b -> g was not recorded",
              "not met: x:8:1: 'expect no order b -> a': it was recorded",
              "unexpected finding: circular a -> b, verdict unknown at x:7"});
  CHECK(result.expected == std::vector<bool>{false});
  REQUIRE(result.outcomes.size() == 4);
  CHECK_FALSE(result.outcomes[2].met);
}

TEST_CASE("an order is met by class, subclass or lock", "[workloads][expectations]") {
  const std::vector<std::pair<std::string, std::string>> orders = {{"C/1", "a"}, {"g", "C"}};
  const auto met = [&](const std::string& line) {
    const Program program = ProgramOf(kDeclarations + line);
    return CheckExpectations(program, {}, orders, &kNothing).outcomes[0].met;
  };
  CHECK(met("expect order o[1] -> a"));
  CHECK(met("expect order \"C/1\" -> a"));
  CHECK_FALSE(met("expect order C -> a"));
  CHECK(met("expect order g -> C"));
  CHECK(met("expect no order a -> C"));
}

TEST_CASE("one line may match several findings and several lines one", "[workloads][expectations]") {
  const Program program =
      ProgramOf(std::string(kDeclarations) + "expect finding a -> b\nexpect finding circular b -> a");
  Finding hang = Circular({Lock("a"), Lock("b")});
  hang.kind = FindingKind::kHang;
  const CheckResult result = CheckExpectations(program, {Circular({Lock("a"), Lock("b")}), hang}, {}, &kNothing);
  CHECK(result.mismatches.empty());
  CHECK(result.expected == std::vector<bool>{true, true});
}

// --- What a search said ---------------------------------------------------------------------------

// Of the lines behind kDeclarations and a plain variable `x`.
CheckResult Search(const std::string& lines, const std::vector<Finding>& findings, const Explored& explored) {
  return CheckExpectations(ProgramOf(kDeclarations + std::string("plain x\n") + lines), findings, {}, &explored);
}

TEST_CASE("exhausted is met by a search of everything, unknown by one that gave up", "[workloads][expectations]") {
  for (const bool exhausted : {false, true}) {
    const Explored explored{exhausted, {}, {}};
    CHECK(Search("expect explore exhausted", {}, explored).outcomes[0].met == exhausted);
    CHECK(Search("expect explore unknown", {}, explored).outcomes[0].met == !exhausted);
  }
}

TEST_CASE("a line for hangs covers every finding whose hang was reached, and no other", "[workloads][expectations]") {
  Finding other = Circular({Lock("a"), Lock("g")});
  other.verdict = Verdict::kFalse;
  const std::vector<Finding> findings = {Circular({Lock("a"), Lock("b")}), other};
  const CheckResult result = Search("expect explore hang", findings, {true, {true, false}, {}});
  CHECK(result.outcomes[0].met);
  CHECK(result.expected == std::vector<bool>{true, false});
  CHECK(result.mismatches == Strings{"unexpected finding: circular a -> g, verdict false"});
  const CheckResult none =
      Search("expect explore hang\nexpect finding a -> g verdict false", {other}, {true, {false}, {}});
  CHECK(none.mismatches == Strings{"not met: x:6:1: 'expect explore hang': nothing hangs"});
}

TEST_CASE("a line for violations or races covers those it names", "[workloads][expectations]") {
  Finding broken = Circular({Lock("a")});
  broken.kind = FindingKind::kInvariant;
  Finding race = Circular({Lock("x")});
  race.kind = FindingKind::kDataRace;
  const auto expected = [&](const std::string& line) {
    return Search(line, {broken, race}, {true, {false, false}, {}}).expected;
  };
  CHECK(expected("expect explore violation") == std::vector<bool>{true, false});
  CHECK(expected("expect explore violation a") == std::vector<bool>{true, false});
  CHECK(expected("expect explore violation b") == std::vector<bool>{false, false});
  CHECK(expected("expect explore race x") == std::vector<bool>{false, true});
  CHECK(expected("expect explore violation and race x") == std::vector<bool>{true, true});
  CHECK(Search("expect explore violation b", {broken, race}, {true, {false, false}, {}}).mismatches.size() == 3);
}

TEST_CASE("a livelock is a warning: it may be expected and need not be", "[workloads][expectations]") {
  Finding livelock;
  livelock.kind = FindingKind::kLivelock;
  CHECK(Search("expect explore livelock", {}, {true, {}, {livelock}}).mismatches.empty());
  CHECK(Search("expect no finding", {}, {true, {}, {livelock}}).mismatches.empty());
  CHECK(Search("expect explore livelock", {}, {true, {}, {}}).mismatches.size() == 1);
  CHECK(Search("expect explore no livelock", {}, {true, {}, {}}).mismatches.empty());
  CHECK(Search("expect explore no livelock", {}, {true, {}, {livelock}}).mismatches.size() == 1);
  // What was not searched may have one.
  CHECK(Search("expect explore no livelock", {}, {false, {}, {}}).mismatches.size() == 1);
}

TEST_CASE("without a search only what it cannot change is compared", "[workloads][expectations]") {
  const Finding circular = Circular({Lock("a"), Lock("b")});
  const auto check = [&](const std::string& line, const std::vector<Finding>& findings) {
    return CheckExpectations(ProgramOf(kDeclarations + line), findings, {}, nullptr);
  };
  CHECK(check("expect finding a -> b verdict real", {circular}).mismatches.empty());
  CHECK(check("expect finding a -> b verdict false because timed(a)", {circular}).mismatches.empty());
  CHECK_FALSE(check("expect finding recursive a verdict real", {circular}).mismatches.empty());
  CHECK_FALSE(check("expect finding a -> g verdict unknown", {}).mismatches.empty());
  for (const std::string line :
       {"expect explore hang", "expect finding hang a -> b", "expect finding a -> g verdict real"}) {
    const CheckResult result = check(line, {});
    CHECK(result.mismatches.empty());
    CHECK_FALSE(result.outcomes[0].decided);
  }
  Finding sure = circular;
  sure.verdict = Verdict::kFalse;
  CHECK_FALSE(check("expect finding a -> b verdict real", {sure}).mismatches.empty());
  Finding interrupt = circular;
  interrupt.kind = FindingKind::kIrqInversion;
  CHECK_FALSE(check("expect finding irq-inversion a -> b verdict real", {interrupt}).mismatches.empty());
}

// --- Whole scripts --------------------------------------------------------------------------------

TEST_CASE("a script without expectations fails if there is a finding", "[workloads][check]") {
  const std::string abba =
      "mutex a, b\nthread t1 { lock a; lock b; unlock b; unlock a }\nthread t2 { lock b; lock a; unlock a; unlock b "
      "}\n";
  CHECK_FALSE(CheckScript(abba, "x").ok());
  CHECK(CheckScript(abba + "expect finding a -> b", "x").ok());
  CHECK_FALSE(CheckScript(abba + "expect no finding", "x").ok());
  CHECK(CheckScript("mutex a\nthread t { lock a; unlock a }", "x").ok());
}

TEST_CASE("every setting is checked on its own", "[workloads][check]") {
  const ScriptResult result = CheckScript(
      "switch gate = on|off\nmutex a, b, g\n"
      "thread t1 { when gate=on { lock g }; lock a; lock b; unlock b; unlock a; when gate=on { unlock g } }\n"
      "thread t2 { when gate=on { lock g }; lock b; lock a; unlock a; unlock b; when gate=on { unlock g } }\n"
      "when gate=on { expect finding a -> b verdict false because exclusive-gate(g) }\n"
      "when gate=off { expect finding a -> b verdict false }\n",
      "x");
  CHECK_FALSE(result.ok());
  REQUIRE(result.settings.size() == 2);
  CHECK(result.settings[0].settings == "gate=on");
  CHECK(result.settings[0].problems.empty());
  CHECK(result.settings[0].findings[0].source == "x (gate=on)");
  CHECK(result.settings[1].problems.size() == 2);
  CHECK(result.finding_count() == 2);
  CHECK(result.expected_count() == 1);
}

TEST_CASE("a script that cannot be read has errors and no results", "[workloads][check]") {
  const ScriptResult result = CheckScript("mutex a b\nthread t { lock c }", "x");
  CHECK_FALSE(result.ok());
  CHECK(result.errors.size() == 1);
  CHECK(result.settings.empty());
}

}  // namespace
}  // namespace lockdep::workloads
