#include "workloads/parser.h"

#include <string>
#include <vector>

#include "tests/catch.h"

namespace lockdep::workloads {
namespace {

using Strings = std::vector<std::string>;

Strings Errors(std::string_view text) {
  Strings errors;
  for (const ScriptError& error : Parse(text, "x").errors) errors.push_back(error.ToString());
  return errors;
}

Script Good(std::string_view text) {
  ParseResult result = Parse(text, "x");
  for (const ScriptError& error : result.errors) FAIL_CHECK(error.ToString());
  return std::move(result.script);
}

std::vector<Statement> Body(const std::string& statements) {
  Script script = Good("thread t {" + statements + "}");
  REQUIRE(script.items.size() == 1);
  return std::move(script.items[0].thread.body);
}

TEST_CASE("the first example of the manual is read", "[workloads][parser]") {
  const Script script = Good(
      "# abba: two threads take two locks in opposite orders.\n"
      "mutex a, b\n"
      "thread t1 { lock a; lock b; unlock b; unlock a }\n"
      "thread t2 { lock b; lock a; unlock a; unlock b }\n"
      "expect order a -> b -> a\n"
      "expect finding a -> b verdict unknown\n");
  REQUIRE(script.items.size() == 6);
  CHECK(script.items[1].lock.name.text == "b");
  CHECK(script.items[2].thread.body.size() == 4);
  CHECK(script.items[4].expectation.names.size() == 3);
  CHECK(script.items[5].expectation.verdict == Verdict::kUnknown);
  CHECK(script.items[5].expectation.text == "expect finding a -> b verdict unknown");
}

TEST_CASE("a declaration gives its class and subclass to every lock of it", "[workloads][parser]") {
  const Script script = Good("class C ordered no-validate\nrwsem a, o[3] no-validate : C subclass 2");
  REQUIRE(script.items.size() == 3);
  CHECK(script.items[0].class_item.ordered);
  CHECK(script.items[0].class_item.no_validate);
  CHECK(script.items[1].lock.lock_class->text == "C");
  CHECK(script.items[2].lock.count == 3);
  CHECK(script.items[2].lock.no_validate);
  CHECK_FALSE(script.items[1].lock.no_validate);
  CHECK(script.items[2].lock.subclass == 2);
}

TEST_CASE("every word of an acquisition is read", "[workloads][parser]") {
  const std::vector<Statement> body =
      Body("read s subclass 3 nest o[1] nonrecursive timed\n trywrite s\n lock a recursive");
  REQUIRE(body.size() == 3);
  CHECK(body[0].take.mode == Mode::kShared);
  CHECK(body[0].take.kind == Kind::kTimed);
  CHECK(body[0].take.subclass == 3);
  CHECK(body[0].take.nest->ToString() == "o[1]");
  CHECK(body[0].take.nonrecursive);
  CHECK(body[1].take.kind == Kind::kTrylock);
  CHECK(body[2].take.recursive);
}

TEST_CASE("if takes a try or a condition, and else may stand on its own line", "[workloads][parser]") {
  const std::vector<Statement> body =
      Body("if trylock a { unlock a }\n else\n { restart }\n if x >= 1 { yield } else { break }\n if timedread s {}");
  REQUIRE(body.size() == 3);
  CHECK(body[0].kind == StatementKind::kIfTake);
  CHECK(body[0].otherwise[0].kind == StatementKind::kRestart);
  CHECK(body[1].kind == StatementKind::kIfCondition);
  CHECK(body[1].condition.comparison == Comparison::kGreaterEqual);
  CHECK(body[2].take.kind == Kind::kTimed);
}

TEST_CASE("key words are names where a name stands", "[workloads][parser]") {
  const std::vector<Statement> body = Body("lock lock; lock = lock + 1; if trylock == 1 { unlock lock }");
  REQUIRE(body.size() == 3);
  CHECK(body[0].take.lock.name.text == "lock");
  CHECK(body[1].kind == StatementKind::kAssign);
  CHECK(body[1].expression.offset == 1);
  CHECK(body[2].kind == StatementKind::kIfCondition);
  const Script script = Good("expect finding circular circular -> b\nexpect finding circular -> b");
  CHECK(script.items[0].expectation.finding_kind == FindingKind::kCircular);
  CHECK_FALSE(script.items[1].expectation.finding_kind);
}

TEST_CASE("every statement of the manual is read", "[workloads][parser]") {
  const std::vector<Statement> body = Body(
      "unlock a; downgrade s; sync r; assert held a; assert shared a; assert not-held a; in hardirq { }\n"
      "in hardirq-threaded { }; in softirq { lock a }; in signal { }; irqs off; irqs on; softirqs off; init a\n"
      "destroy a; reclass a C subclass 1; x = 3; x = y; x = y - 1; x = -4; await x == y+1; wait cv m; signal cv\n"
      "broadcast cv; wait-for c; complete c; complete-all c; spawn w; join w; repeat 3 { }; loop { break }\n"
      "when s = on { yield }; assert x == y+1");
  CHECK(body.size() == 33);
  CHECK(body[32].kind == StatementKind::kAssertThat);
  CHECK(body[32].condition.right.offset == 1);
  CHECK(body[18].expression.offset == -1);
  CHECK(body[19].expression.offset == -4);
}

TEST_CASE("what exploring is expected to say may be several things, some with a name", "[workloads][parser]") {
  const Script script = Good(
      "plain x = 3, y\nexpect explore exhausted and violation o[1] and race x\nexpect explore violation and hang\n"
      "expect explore livelock\nexpect explore unknown\nexpect explore no livelock and exhausted");
  CHECK(script.items[0].variable.plain);
  CHECK(script.items[0].variable.value == 3);
  CHECK(script.items[1].variable.plain);
  const Expectation& first = script.items[2].expectation;
  CHECK(first.kind == ExpectationKind::kExplore);
  REQUIRE(first.explored.size() == 3);
  CHECK(first.explored[0].outcome == ExpectedOutcome::kExhausted);
  CHECK_FALSE(first.explored[0].name);
  CHECK(first.explored[1].outcome == ExpectedOutcome::kViolation);
  CHECK(first.explored[1].name->text == "o[1]");
  CHECK(first.explored[2].outcome == ExpectedOutcome::kRace);
  CHECK(first.explored[2].name->text == "x");
  CHECK(first.text == "expect explore exhausted and violation o[1] and race x");
  const Expectation& second = script.items[3].expectation;
  REQUIRE(second.explored.size() == 2);
  CHECK_FALSE(second.explored[0].name);
  CHECK(second.explored[1].outcome == ExpectedOutcome::kHang);
  CHECK(script.items[4].expectation.explored[0].outcome == ExpectedOutcome::kLivelock);
  CHECK(script.items[5].expectation.explored[0].outcome == ExpectedOutcome::kUnknown);
  const Expectation& none = script.items[6].expectation;
  REQUIRE(none.explored.size() == 2);
  CHECK(none.explored[0].outcome == ExpectedOutcome::kNoLivelock);
  CHECK(none.explored[1].outcome == ExpectedOutcome::kExhausted);
}

TEST_CASE("a mistake in what exploring is expected to say is named", "[workloads][parser]") {
  CHECK(Errors("expect explore\nexpect explore hang and\nexpect explore race\nexpect explore exhausted a\n"
               "expect explore violation 3\nexpect explore deadlock\nexpect explore no hang") ==
        Strings{"x:1:15: expected 'exhausted', 'hang', 'livelock', 'no livelock', 'unknown', 'violation' or 'race', "
                "found the end of "
                "the line",
                "x:2:24: expected 'exhausted', 'hang', 'livelock', 'no livelock', 'unknown', 'violation' or 'race', "
                "found the end of "
                "the line",
                "x:3:20: expected the name of a variable, found the end of the line",
                "x:4:26: expected the end of the statement, found 'a'",
                "x:5:26: expected the name of a lock or variable, found '3'",
                "x:6:16: expected 'exhausted', 'hang', 'livelock', 'no livelock', 'unknown', 'violation' or 'race', "
                "found 'deadlock'",
                "x:7:19: expected 'livelock', found 'hang'"});
}

TEST_CASE("a mistake in an assert is named", "[workloads][parser]") {
  CHECK(Errors("thread t {\nassert x\nassert x ==\nassert == 1\n}") ==
        Strings{"x:2:8: expected 'held', 'shared', 'not-held' or a condition, like 'x == 1', found 'x'",
                "x:3:12: expected a number or a variable, found the end of the line",
                "x:4:8: expected 'held', 'shared', 'not-held' or a condition, like 'x == 1', found '=='"});
}

TEST_CASE("a line may ask for its reasons only", "[workloads][parser]") {
  const Script script = Good(
      "expect finding a verdict false because only timed and same-thread\n"
      "expect finding a verdict false because timed");
  CHECK(script.items[0].expectation.only_these_reasons);
  CHECK(script.items[0].expectation.reasons.size() == 2);
  CHECK_FALSE(script.items[1].expectation.only_these_reasons);
}

TEST_CASE("expectations hold kinds, verdicts and reasons", "[workloads][parser]") {
  const Script script = Good(
      "expect finding self-deadlock \"kn->count#70\" -> o[1] verdict false because trylock-backoff and "
      "exclusive-gate(g, o[2])\nexpect no order a -> b\nexpect no finding");
  const Expectation& first = script.items[0].expectation;
  CHECK(first.names[0].text == "kn->count#70");
  CHECK(first.names[1].text == "o[1]");
  REQUIRE(first.reasons.size() == 2);
  CHECK(first.reasons[0].any_locks);
  CHECK(first.reasons[1].locks[1].text == "o[2]");
  CHECK(script.items[1].expectation.kind == ExpectationKind::kNoOrder);
  CHECK(script.items[2].expectation.kind == ExpectationKind::kNoFinding);
}

TEST_CASE("switches have settings, and when holds items", "[workloads][parser]") {
  const Script script = Good("switch era = v5.3 | 7 | on\nwhen era=7 { mutex g\n thread t x 2 role r { lock g } }");
  CHECK(script.items[0].switch_item.values.size() == 3);
  REQUIRE(script.items[1].items.size() == 2);
  CHECK(script.items[1].items[1].thread.count == 2);
  CHECK(script.items[1].items[1].thread.role->text == "r");
}

TEST_CASE("one-thread holds the blocks of one task", "[workloads][parser]") {
  const Script script = Good("one-thread all {\n thread t1 { lock a }\n thread t2 { unlock a }\n}\none-thread { }");
  CHECK(script.items[0].one_thread.name->text == "all");
  CHECK(script.items[0].one_thread.blocks.size() == 2);
  CHECK_FALSE(script.items[1].one_thread.name);
}

TEST_CASE("every mistake is reported, at its place", "[workloads][parser]") {
  CHECK(Errors("mutex a b\n"
               "thread 5 { lock; unlock ]\n"
               "  fly a\n"
               "  if a { lock a subclass x }\n"
               "}\n"
               "expect finding\n"
               "lock a\n"
               "x\n") ==
        Strings{
            "x:1:9: expected the end of the statement, found 'b'",
            "x:2:8: expected the name of a thread, found '5'",
            "x:2:16: expected a lock, found ';'",
            "x:2:25: expected a lock, found ']'",
            "x:3:3: expected a statement, found 'fly'",
            "x:4:6: expected a try, like 'trylock a', or a condition, like 'x == 1', found 'a'",
            "x:4:26: expected a subclass from 0 to 7, found 'x'",
            "x:6:15: expected the name of a lock or class, found the end of the line",
            "x:7:1: expected a declaration, 'thread' or 'expect' (statements stand inside a thread), found 'lock'",
            "x:8:1: expected a declaration, 'thread' or 'expect', found 'x'",
        });
}

TEST_CASE("braces that do not match are reported", "[workloads][parser]") {
  CHECK(Errors("thread t { lock a") ==
        Strings{"x:1:18: expected '}' for the '{' of line 1, found the end of the file"});
  CHECK(Errors("}\nmutex a") == Strings{"x:1:1: expected a declaration, 'thread' or 'expect', found '}'"});
  CHECK(Errors("thread t\nmutex a") == Strings{"x:1:9: expected '{', found the end of the line"});
}

TEST_CASE("words said twice or in the wrong place are reported", "[workloads][parser]") {
  CHECK(Errors("thread t { lock a timed timed; trylock a timed; timedlock a }") ==
        Strings{"x:1:25: expected 'timed' once, found it again",
                "x:1:42: expected a call that waits, found 'timed' on a try",
                "x:1:49: expected 'if' before it: a timed lock may not be got, found 'timedlock'"});
  CHECK(Errors("expect finding round a -> b") ==
        Strings{"x:1:16: expected a kind of finding or a name, found 'round'"});
  CHECK(Errors("expect no order a -> b -> c") == Strings{"x:1:17: expected two names, found 3"});
  CHECK(Errors("mutex a-b") ==
        Strings{"x:1:7: expected the name of a lock (a name with '-' needs quotes), found 'a-b'"});
}

TEST_CASE("blocks nested too deeply are an error and no crash", "[workloads][parser]") {
  std::string deep = "thread t {";
  for (int i = 0; i < 100000; ++i) deep += " loop {";
  const Strings errors = Errors(deep);
  REQUIRE(errors.size() >= 2);
  CHECK_THAT(errors[0], ContainsSubstring("expected at most 200 nested blocks, found more"));
  CHECK(Errors(std::string(500000, '{')).size() == 1);
}

TEST_CASE("a line of a megabyte is read", "[workloads][parser]") {
  std::string line = "thread t { ";
  while (line.size() < (1U << 20U)) line += "lock a; unlock a; ";
  const Script script = Good("mutex a\n" + line + "}");
  CHECK(script.items[1].thread.body.size() > 100000);
  const Strings errors = Errors(std::string(1U << 20U, 'a'));
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].size() < 300);
}

TEST_CASE("a file without an end of line and one with carriage returns are read", "[workloads][parser]") {
  CHECK(Good("\xEF\xBB\xBFmutex a\r\nthread t {\r\n lock a\r\n}").items.size() == 2);
  CHECK(Good("").items.empty());
}

TEST_CASE("a binary file gives few errors", "[workloads][parser]") {
  std::string binary;
  for (int i = 0; i < 100000; ++i) binary += static_cast<char>(1 + i * 7919 % 255);
  CHECK(Errors(binary).size() <= kErrorsMax + 1);
  CHECK(Errors(binary + std::string(1000, '\0')).size() <= kErrorsMax + 1);
  const Strings errors = Errors(std::string("mutex a\n\0\0\0mutex b", 17));
  CHECK(errors == Strings{"x:2:1: expected text, found a NUL byte"});
}

}  // namespace
}  // namespace lockdep::workloads
