#include "workloads/resolver.h"

#include <string>
#include <vector>

#include "tests/catch.h"
#include "workloads/parser.h"

namespace lockdep::workloads {
namespace {

using Strings = std::vector<std::string>;

ResolveResult ResolveText(const std::string& text) {
  const ParseResult parsed = Parse(text, "x");
  for (const ScriptError& error : parsed.errors) FAIL_CHECK(error.ToString());
  return Resolve(parsed.script);
}

Strings Errors(const std::string& text) {
  Strings errors;
  for (const ScriptError& error : ResolveText(text).errors) errors.push_back(error.ToString());
  return errors;
}

Program Good(const std::string& text) {
  ResolveResult result = ResolveText(text);
  for (const ScriptError& error : result.errors) FAIL_CHECK(error.ToString());
  REQUIRE(result.programs.size() == 1);
  return std::move(result.programs[0]);
}

bool IsSingle(const Program& program, const std::string& role) {
  for (const ProgramRole& each : program.roles) {
    if (each.name == role) return each.single;
  }
  FAIL("no role " + role);
  return false;
}

TEST_CASE("names that are not declared are reported", "[workloads][resolver]") {
  CHECK(Errors("mutex a : C\n"
               "thread t { lock b; x = 1; await a == 1; wait c a; wait-for c; spawn w; reclass a D }\n"
               "when s=on { mutex d }\n"
               "expect finding e -> a\n") ==
        Strings{
            "x:1:11: expected the name of a class, found 'C'",
            "x:2:17: expected the name of a lock, found 'b'",
            "x:2:20: expected the name of a variable, found 'x'",
            "x:2:33: expected the name of a variable, found 'a'",
            "x:2:46: expected the name of a condition, found 'c'",
            "x:2:60: expected the name of a completion, found 'c'",
            "x:2:69: expected the name of a thread, found 'w'",
            "x:2:82: expected the name of a class, found 'D'",
            "x:3:6: expected the name of a switch, found 's'",
            "x:4:16: expected the name of a lock, a class or anything else declared, found 'e'",
        });
}

TEST_CASE("a name declared twice is reported with the first place", "[workloads][resolver]") {
  CHECK(Errors("mutex a\nrwsem a\nvar a\nclass C, C\nthread t { }\nthread t { }\nswitch s = on|on\nswitch s = off") ==
        Strings{"x:2:7: expected a new name for a lock, found 'a' of line 1",
                "x:3:5: expected a new name for a variable, found 'a' of line 1",
                "x:4:10: expected a new name for a class, found 'C' of line 4",
                "x:6:8: expected a new name for a thread, found 't' of line 5",
                "x:7:15: expected another setting, found 'on' again",
                "x:8:8: expected a new name, found switch 's' of line 7"});
}

TEST_CASE("a lock and its class may have one name, and order of declaration does not matter", "[workloads][resolver]") {
  const Program program = Good("thread t { lock a }\nmutex a : a\nclass a");
  CHECK(program.locks[0].lock_class == 0);
}

TEST_CASE("operations that a type does not have are reported", "[workloads][resolver]") {
  CHECK(Errors("mutex m\nrcu r\n"
               "thread t { read m; lock r; if tryread r { }; read r timed\n"
               " downgrade m; sync m; lock m recursive }") ==
        Strings{"x:3:12: expected an operation of 'mutex', found 'read' of 'm': it has no readers",
                "x:3:20: expected an operation of 'rcu', found 'lock' of 'r': it has sections to read in only",
                "x:3:28: expected an operation of 'rcu', found 'try' of 'r': it never waits",
                "x:3:46: expected an operation of 'rcu', found 'timed' of 'r': it never waits",
                "x:4:2: expected an operation of 'mutex', found 'downgrade' of 'm': it cannot be held both ways",
                "x:4:15: expected an operation of 'mutex', found 'sync' of 'm': it has no sections to wait for",
                "x:4:23: expected 'recursive' and 'nonrecursive' on a read only, found one on a lock"});
}

TEST_CASE("indices, subclasses and counts out of range are reported", "[workloads][resolver]") {
  CHECK(Errors("class C\nmutex o[2], p, q[0] : C subclass 8\n"
               "thread t x 0 { lock o[2]; lock o; lock p[0]; lock p subclass 9 }\nthread u { lock o[2]; lock o; lock "
               "p[0]; lock p subclass 9 }") == Strings{"x:2:16: expected an array of 1 to 4096 locks, found 0",
                                                       "x:2:34: expected a subclass from 0 to 7, found 8",
                                                       "x:3:12: expected 1 to 1000 threads, found 0",
                                                       "x:4:17: expected an index from 0 to 1, found 'o[2]'",
                                                       "x:4:28: expected an index, found the array 'o' without one",
                                                       "x:4:36: expected no index, found one on 'p', which is no array",
                                                       "x:4:42: expected a subclass from 0 to 7, found 9"});
}

TEST_CASE("an unlock of what is never locked is an error, unless that is what is expected", "[workloads][resolver]") {
  CHECK(Errors("mutex a\nthread t { unlock a }") ==
        Strings{"x:2:19: expected a lock that the script locks, found 'a', which is never locked"});
  CHECK(Errors("mutex a\nthread t { unlock a }\nexpect finding unbalanced-unlock a").empty());
  CHECK(Errors("class C\nmutex a : C\nthread t { unlock a }\nexpect finding C").empty());
  CHECK(Errors("mutex a\nthread t { unlock a }\nthread u { if trylock a { } }").empty());
}

TEST_CASE("statements that make no sense where they stand are reported", "[workloads][resolver]") {
  CHECK(Errors("mutex a\nthread t {\n break\n in softirq { restart }\n loop { in hardirq { break } }\n join t\n}") ==
        Strings{"x:3:2: expected 'break' inside 'repeat' or 'loop', found it outside",
                "x:4:15: expected 'restart' in the thread's own context, found it inside 'in'",
                "x:5:22: expected 'break' in the context of its loop, found it inside 'in'",
                "x:6:7: expected another thread, found 't' itself"});
}

TEST_CASE("expectations that contradict each other are reported", "[workloads][resolver]") {
  CHECK(Errors("mutex a, b\nexpect finding a -> b\nexpect no finding\nexpect order a -> b\nexpect no order a -> b") ==
        Strings{"x:3:1: expected no contradiction, found 'expect no finding' beside the finding of line 2",
                "x:5:1: expected no contradiction, found 'expect no order' beside the order of line 4"});
  CHECK(Errors("switch s = on|off\nmutex a\nwhen s=on { expect finding a }\nwhen s=off { expect no finding }").empty());
}

TEST_CASE("every combination of settings is a program", "[workloads][resolver]") {
  const ResolveResult result =
      ResolveText("switch s = 1|2\nswitch u = on|off|auto\nwhen s=2 { mutex a }\nthread t { when s=2 { lock a } }");
  CHECK(result.errors.empty());
  REQUIRE(result.programs.size() == 6);
  CHECK(result.programs[0].SettingsText() == "s=1 u=on");
  CHECK(result.programs[1].SettingsText() == "s=1 u=off");
  CHECK(result.programs[5].SettingsText() == "s=2 u=auto");
  CHECK(result.programs[0].locks.empty());
  CHECK(result.programs[5].locks.size() == 1);
}

TEST_CASE("settings that do not exist and too many combinations are reported", "[workloads][resolver]") {
  CHECK(Errors("switch s = on|off\nwhen s=maybe { }\nthread t { when s=perhaps { } }\nwhen s=on { switch u = 1 }") ==
        Strings{"x:2:8: expected a setting of switch 's', found 'maybe'",
                "x:3:19: expected a setting of switch 's', found 'perhaps'",
                "x:4:13: expected a switch outside 'when', found one that depends on another"});
  std::string many;
  for (int i = 0; i < 40; ++i) many += "switch s" + std::to_string(i) + " = on|off\n";
  CHECK(Errors(many) == Strings{"x:11:8: expected at most 1024 combinations of settings, found more"});
}

TEST_CASE("a mistake is reported once, however many settings it is in", "[workloads][resolver]") {
  CHECK(Errors("switch s = 1|2|3\nthread t { lock a }") == Strings{"x:2:17: expected the name of a lock, found 'a'"});
}

TEST_CASE("a role is single if only one thread of it can exist", "[workloads][resolver]") {
  const Program program = Good(
      "thread alone { spawn once; spawn twice; loop { spawn many; break } }\n"
      "thread two x 2 { }\n"
      "thread a role shared { }\nthread b role shared { }\nthread c role declared { }\n"
      "thread once { spawn nested }\nthread twice { }\nthread many { }\nthread nested { }\n"
      "thread other { spawn twice; if x == 1 { restart } }\nvar x\n"
      "one-thread all { thread p { } thread q { } }\n");
  CHECK(IsSingle(program, "alone"));
  CHECK_FALSE(IsSingle(program, "two"));
  CHECK_FALSE(IsSingle(program, "shared"));
  CHECK_FALSE(IsSingle(program, "declared"));
  CHECK(IsSingle(program, "once"));
  CHECK(IsSingle(program, "nested"));
  CHECK_FALSE(IsSingle(program, "twice"));
  CHECK_FALSE(IsSingle(program, "many"));
  CHECK(IsSingle(program, "all"));
}

TEST_CASE("a thread that restarts may spawn more than one", "[workloads][resolver]") {
  CHECK_FALSE(IsSingle(Good("var x\nthread t { spawn w; if x == 1 { restart } }\nthread w { }"), "w"));
}

TEST_CASE("a read is recursive where the type says so, unless said otherwise", "[workloads][resolver]") {
  const Program program = Good(
      "rwsem s\nrwlock l\nrcu r\npseudo p\n"
      "thread t { read s; read l; read r; read p; read l nonrecursive; read s recursive; write l }");
  std::vector<Mode> modes;
  for (const Op& op : program.threads[0].ops) {
    if (op.code == OpCode::kTake) modes.push_back(op.mode);
  }
  CHECK(modes == std::vector<Mode>{Mode::kShared, Mode::kRecursiveShared, Mode::kRecursiveShared,
                                   Mode::kRecursiveShared, Mode::kShared, Mode::kRecursiveShared, Mode::kExclusive});
}

TEST_CASE("locks of an array are ordered by index, others by declaration", "[workloads][resolver]") {
  const Program program = Good("class C ordered\nmutex o[2], a, b : C");
  REQUIRE(program.locks.size() == 4);
  CHECK(program.locks[1].name == "o[1]");
  CHECK(program.locks[1].order == 1);
  CHECK(program.locks[2].order == 0);
  CHECK(program.locks[3].order == 1);
}

TEST_CASE("a thread that only another setting spawns starts by itself", "[workloads][resolver]") {
  const ResolveResult result =
      ResolveText("switch s = by_itself|spawned\nthread w { yield }\nthread m { when s = spawned { spawn w } }");
  REQUIRE(result.programs.size() == 2);
  CHECK_FALSE(result.programs[0].threads[0].spawned);
  CHECK(result.programs[1].threads[0].spawned);
}

TEST_CASE("a race is expected of a plain variable only, a violation of anything declared", "[workloads][resolver]") {
  CHECK(Errors("var x\nplain y\nmutex a\nexpect explore race y\nexpect explore violation a") == Strings{});
  CHECK(Errors("var x\nplain y\nmutex a\nexpect explore race x and race a and violation b") ==
        Strings{"x:4:21: expected the name of a variable that is declared with 'plain', found 'x'",
                "x:4:32: expected the name of a variable that is declared with 'plain', found 'a'",
                "x:4:48: expected the name of a lock, a class or anything else declared, found 'b'"});
}

TEST_CASE("expectations of what exploring says do not contradict each other", "[workloads][resolver]") {
  const std::string nothing = "mutex a\nplain x\nexpect no finding\n";
  CHECK(Errors(nothing + "expect explore exhausted and livelock") == Strings{});
  for (const std::string found : {"hang", "violation", "violation a", "race x"}) {
    CHECK(Errors(nothing + "expect explore " + found) ==
          Strings{"x:3:1: expected no contradiction, found 'expect no finding' beside what exploring finds by line 4"});
  }
  CHECK(Errors("mutex a\nexpect explore exhausted\nexpect explore hang and unknown") ==
        Strings{"x:3:1: expected no contradiction, found 'explore unknown' beside the 'exhausted' of line 2"});
  CHECK(Errors("mutex a\nexpect explore livelock\nexpect explore no livelock") ==
        Strings{"x:3:1: expected no contradiction, found 'no livelock' beside the 'livelock' of line 2"});
  CHECK(Errors("mutex a\nthread t {\nassert y == 1\n}") ==
        Strings{"x:3:8: expected the name of a variable, found 'y'"});
  CHECK(Errors("switch s = 1|2\nwhen s=1 { expect explore exhausted }\nwhen s=2 { expect explore unknown }") ==
        Strings{});
}

}  // namespace
}  // namespace lockdep::workloads
