// `lockdep explore` as its users see it: what it prints where, and how it ends.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/tools/command.h"

namespace lockdep {
namespace {

constexpr const char* kAbba =
    "mutex a, b\n"
    "thread t1 {\n  lock a\n  lock b\n  unlock b\n  unlock a\n}\n"
    "thread t2 {\n  lock b\n  lock a\n  unlock a\n  unlock b\n}\n";
constexpr const char* kGood = "mutex a\nthread t x 2 { lock a; unlock a }\n";

CommandResult Explore(const TemporaryDirectory& files, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "explore");
  return RunCommand(arguments, files.path());
}

// What a shell makes of the words behind "Next: lockdep explore ".
std::string ScheduleIn(const std::string& out) {
  const std::size_t at = out.find("\nSchedule: ");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + 11;
  return out.substr(begin, out.find('\n', begin) - begin);
}

TEST_CASE("the help text of explore is the golden one", "[tools][explore]") {
  const CommandResult help = RunCommand({"explore", "--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.err.empty());
  CHECK(help.out == Golden("help_explore.txt", help.out));
}

TEST_CASE("wrong arguments of explore end with 2 and say why", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("good.workload", kGood);
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"--no-such-flag", "good.workload"},
      {"--format", "xml", "good.workload"},
      {"--max-states", "0", "good.workload"},
      {"--max-states", "many", "good.workload"},
      {"--max-states", "-1", "good.workload"},
      {"--max-time", "-1", "good.workload"},
      {"--max-time", "nan", "good.workload"},
      {"--native", "--timeout", "nan", "good.workload"},
      {"--preemptions", "-1", "good.workload"},
      {"--random", "0", "good.workload"},
      {"--pct", "3", "good.workload"},
      {"--seed", "3", "good.workload"},
      {"--random", "5", "--pct", "0", "good.workload"},
      {"--random", "5", "--preemptions", "1", "good.workload"},
      {"--schedule", "t@2", "--random", "5", "good.workload"},
      {"--schedule", "t@2", "--max-states", "5", "good.workload"},
      {"--timeout", "3", "good.workload"},
      {"--format", "json", "--color", "always", "good.workload"},
  };
  for (const std::vector<std::string>& arguments : wrong) {
    const CommandResult result = Explore(files, arguments);
    CAPTURE(arguments, result.out, result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK_FALSE(result.err.empty());
  }
}

TEST_CASE("a script that cannot hang is exhausted, in one line", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("good.workload", kGood);
  const CommandResult result = Explore(files, {"good.workload"});
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out,
             Catch::Matchers::StartsWith("good.workload: exhausted: no schedule hangs; ") &&
                 Catch::Matchers::EndsWith(" states, all schedules of this script under these lock policies\n"));
  CHECK(result.err.empty());
}

TEST_CASE("a hang is told as a person reads it", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("abba.workload", kAbba);
  const CommandResult result = Explore(files, {"abba.workload"});
  CHECK(result.exit_code == 1);
  CHECK(result.err.empty());
  CHECK(result.out == Golden("explore_abba.txt", result.out));
}

TEST_CASE("the schedule that is printed replays, and so does the command", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("it's abba.workload", kAbba);
  const CommandResult found = Explore(files, {"it's abba.workload"});
  const std::string schedule = ScheduleIn(found.out);
  REQUIRE_FALSE(schedule.empty());
  CHECK_THAT(found.out,
             ContainsSubstring("Next: lockdep explore --schedule '" + schedule + "' 'it'\\''s abba.workload'\n"));
  const CommandResult again = Explore(files, {"--schedule", schedule, "it's abba.workload"});
  CHECK(again.exit_code == 1);
  CHECK_THAT(again.out, ContainsSubstring("it's abba.workload: 2 steps done; hang\n") &&
                            ContainsSubstring("WARNING: deadlock detected"));
  CHECK(again.err.empty());
}

TEST_CASE("a schedule that ends well ends with 0", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("abba.workload", kAbba);
  const CommandResult all = Explore(files, {"--schedule", "t1@3,4,5,6 t2@9,10,11,12", "abba.workload"});
  CHECK(all.exit_code == 0);
  CHECK_THAT(all.out, Catch::Matchers::StartsWith("abba.workload: 8 steps done; all threads ended\n"));
  const CommandResult part = Explore(files, {"--schedule", "t1@3", "abba.workload"});
  CHECK(part.exit_code == 0);
  CHECK_THAT(part.out, ContainsSubstring("nothing hangs: next could be t1 at line 4: lock b; t2 at line 9: lock b\n"));
}

TEST_CASE("a schedule that does not fit ends with 2 and says where", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("abba.workload", kAbba);
  const CommandResult result = Explore(files, {"--schedule", "t1@3 t2@9 t1@5", "abba.workload"});
  CHECK(result.exit_code == 2);
  CHECK(result.err ==
        "abba.workload: step 3: expected t1 at line 5, found t1 at line 4: lock b; it cannot do that because b is held "
        "by "
        "t2\n");
  CHECK_THAT(result.out, ContainsSubstring("2 steps done; then the schedule does not fit"));
}

TEST_CASE("a malformed schedule ends with 2 and names every mistake", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("abba.workload", kAbba);
  const CommandResult result = Explore(files, {"--schedule", "t1@x 5", "abba.workload"});
  CHECK(result.exit_code == 2);
  CHECK(result.out.empty());
  CHECK(result.err ==
        "abba.workload: schedule:1:4: expected a line number, found 'x'\n"
        "abba.workload: schedule:1:6: expected the name of a thread, found '5'\n");
}

TEST_CASE("a malformed schedule of memory hotplug prints the mistake and nothing else", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write(
      "hotplug.workload",
      "policy v5.3\nblock 1 offline\nthread t { sysfs write block 1 state \"online\" }\nexpect explore exhausted\n");
  const CommandResult result = Explore(files, {"--schedule", "nonsense", "hotplug.workload"});
  CHECK(result.exit_code == 2);
  CHECK(result.out.empty());
  CHECK(result.err == "hotplug.workload: schedule:1:9: expected ':' after the name of a thread, found the end\n");
}

TEST_CASE("places in memory hotplug are relative to the root of the sources", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("hotplug.workload",
              "policy v5.3 gate=off mem-sysfs-mutex=off\nblock 1 offline\n"
              "thread user { sysfs write block 1 state online }\nthread remove { acpi eject block 1 }\n");
  const CommandResult result = Explore(files, {"hotplug.workload"});
  CHECK_THAT(result.out, ContainsSubstring("(hotplug/memory_hotplug.cc:"));
  CHECK_THAT(result.out, !ContainsSubstring("../hotplug/") && !ContainsSubstring("/hotplug/memory_hotplug.cc"));
}

TEST_CASE("a schedule is for one script and one setting", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("abba.workload", kAbba);
  files.Write("good.workload", kGood);
  files.Write("switch.workload", std::string("switch s = on|off\n") + kGood);
  const auto error = [&](const std::vector<std::string>& arguments) {
    const CommandResult result = Explore(files, arguments);
    CHECK(result.exit_code == 2);
    return result.err;
  };
  CHECK(error({"--schedule", "t@2", "abba.workload", "good.workload"}) == "--schedule: expected one script, found 2\n");
  CHECK(error({"--schedule", "t@2", "switch.workload"}) ==
        "--schedule: expected the settings of switch.workload in front ([s=on], [s=off]), found none\n");
  CHECK(error({"--schedule", "[s=x] t@2", "switch.workload"}) ==
        "--schedule: expected the settings of switch.workload in front ([s=on], [s=off]), found [s=x]\n");
  CHECK(error({"--schedule", "[s=x] t@2", "good.workload"}) ==
        "--schedule: expected the settings of good.workload in front (none, for the script has no switches), found "
        "[s=x]\n");
  CHECK(Explore(files, {"--schedule", "[s=off] t#1@3,3 t#2@3,3", "switch.workload"}).exit_code == 0);
}

TEST_CASE("every setting is searched, and its schedules say which", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("gate.workload",
              "switch gate = on|off\nmutex g, a, b\n"
              "thread t1 { when gate=on { lock g }; lock a; lock b; unlock b; unlock a; when gate=on { unlock g } }\n"
              "thread t2 { when gate=on { lock g }; lock b; lock a; unlock a; unlock b; when gate=on { unlock g } }\n");
  const CommandResult result = Explore(files, {"gate.workload"});
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.out, ContainsSubstring("gate.workload (gate=on): exhausted: no schedule hangs; ") &&
                             ContainsSubstring("gate.workload (gate=off): 1 hang; "));
  const std::string schedule = ScheduleIn(result.out);
  CHECK_THAT(schedule, Catch::Matchers::StartsWith("[gate=off] t"));
  CHECK(Explore(files, {"--schedule", schedule, "gate.workload"}).exit_code == 1);
}

TEST_CASE("what the script expects ends with 0 and is still told", "[tools][explore]") {
  const TemporaryDirectory files;
  for (const std::string line : {"expect explore hang", "expect finding a -> b verdict real"}) {
    files.Write("abba.workload", kAbba + line + "\n");
    const CommandResult result = Explore(files, {"abba.workload"});
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, ContainsSubstring("The script expects it.\n"));
  }
  files.Write("abba.workload", std::string(kAbba) + "expect finding a -> b verdict false\n");
  CHECK(Explore(files, {"abba.workload"}).exit_code == 1);
}

TEST_CASE("a search that gives up never says exhausted", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("good.workload", kGood);
  const CommandResult result = Explore(files, {"--max-states", "2", "good.workload"});
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsSubstring("nothing was found, which excludes nothing; ") &&
                             ContainsSubstring("not all: the limit of 2 states was reached"));
  CHECK(result.out.find("exhausted") == std::string::npos);
}

TEST_CASE("broken asserts, races and self-deadlocks are counted by kind", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("x.workload",
              "mutex a\nplain x\nthread t1 { x = 1; assert held a }\nthread t2 { x = 2; lock a; lock a }\n");
  const CommandResult result = Explore(files, {"x.workload"});
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.out, Catch::Matchers::StartsWith("x.workload: 1 self-deadlock, 1 broken assert, 1 data race; "));
}

TEST_CASE("JSON of explore has the findings, their schedules and what was searched", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("abba.workload", kAbba);
  files.Write("good.workload", kGood);
  const CommandResult result = Explore(files, {"--format", "json", "abba.workload", "good.workload"});
  CHECK(result.exit_code == 1);
  const nlohmann::json json = nlohmann::json::parse(result.out);
  REQUIRE(json["findings"].size() == 1);
  CHECK(json["findings"][0]["kind"] == "hang");
  CHECK(json["findings"][0]["verdict"] == "real");
  CHECK(json["findings"][0]["schedule"].is_string());
  REQUIRE(json["scripts"].size() == 2);
  CHECK(json["scripts"][0]["explore"]["exhausted"] == true);
  CHECK(json["scripts"][0]["explore"]["states"] > 5);
  CHECK(json["scripts"][1]["explore"]["settings"].size() == 1);
}

TEST_CASE("scripts that cannot be read end with 2, and the rest is searched", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("bad.workload", "mutex a\nthread t { lock b }\n");
  files.Write("good.workload", kGood);
  const CommandResult result = Explore(files, {"bad.workload", "missing.workload", "good.workload"});
  CHECK(result.exit_code == 2);
  CHECK(result.err ==
        "missing.workload: No such file or directory\n"
        "bad.workload:2:17: expected the name of a lock, found 'b'\n");
  CHECK_THAT(result.out, ContainsSubstring("good.workload: exhausted"));
}

TEST_CASE("a hang that is found is confirmed on real threads", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("abba.workload", kAbba);
  const CommandResult found = Explore(files, {"--native", "abba.workload"});
  CHECK(found.exit_code == 1);
  CHECK_THAT(found.out, ContainsSubstring("On real threads: confirmed: the same threads wait for each other"));
  const CommandResult again = Explore(files, {"--native", "--schedule", "t2@9 t1@3", "abba.workload"});
  CHECK_THAT(again.out, ContainsSubstring("On real threads: confirmed"));
  files.Write("irq.workload", "spinlock a\nthread t { lock a; in hardirq { lock a; unlock a }; unlock a }\n");
  CHECK_THAT(Explore(files, {"--native", "irq.workload"}).out,
             ContainsSubstring("On real threads: not confirmed: interrupts are only simulated"));
  const CommandResult json = Explore(files, {"--native", "--format", "json", "abba.workload"});
  const nlohmann::json native = nlohmann::json::parse(json.out)["scripts"][0]["explore"]["native"];
  REQUIRE(native.size() == 1);
  CHECK(native[0]["confirmed"] == true);
}

TEST_CASE("the same input of explore gives the same bytes", "[tools][explore]") {
  const TemporaryDirectory files;
  files.Write("abba.workload", "switch s = 1|2\n" + std::string(kAbba));
  for (const std::string format : {"text", "json"}) {
    CHECK(Explore(files, {"--format", format, "abba.workload"}).out ==
          Explore(files, {"--format", format, "abba.workload"}).out);
  }
}

}  // namespace
}  // namespace lockdep
