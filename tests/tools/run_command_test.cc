// `lockdep run`: arguments, exit codes, outputs.  What it finds in programs is tested in tests/preload/.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/tools/command.h"

namespace lockdep {
namespace {

std::string Program(const std::string& name) { return std::string(LOCKDEP_PROGRAMS) + "/program_" + name; }

bool Says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("the help of run", "[tools][run]") {
  const CommandResult help = RunCommand({"run", "--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.out == Golden("help_run.txt", help.out));
}

TEST_CASE("run ends as the program does, unless something was found", "[tools][run]") {
  CHECK(RunCommand({"run", "--", "/bin/sh", "-c", "exit 3"}).exit_code == 3);
  CHECK(RunCommand({"run", "--", "/bin/sh", "-c", "kill -9 $$"}).exit_code == 137);
  CHECK(RunCommand({"run", "--", Program("abba_gate")}).exit_code == 0);
  const CommandResult found = RunCommand({"run", "--", Program("abba_threads_together")});
  CHECK(found.exit_code == 66);
  CHECK(found.out.empty());  // the program's own, which prints nothing
  CHECK(Says(found.err, "possible circular locking dependency detected"));
  CHECK(Says(found.err, "lockdep: 1 finding: 1 predicted"));
  CHECK(RunCommand({"run", "--exitcode", "5", "--", Program("abba_threads_together")}).exit_code == 5);
  CHECK(RunCommand({"run", "--exitcode", "5", "--", Program("abba_gate")}).exit_code == 0);
}

TEST_CASE("a false finding is shown on request", "[tools][run]") {
  const CommandResult quiet = RunCommand({"run", "--", Program("abba_gate")});
  CHECK(Says(quiet.err, "lockdep: 1 finding: 1 false"));
  CHECK_FALSE(Says(quiet.err, "WARNING"));
  CHECK(Says(RunCommand({"run", "--verbose", "--", Program("abba_gate")}).err, "exclusive-gate"));
}

TEST_CASE("what cannot be run is said, with 2", "[tools][run]") {
  const auto fails = [](const std::vector<std::string>& arguments, const std::string& says) {
    const CommandResult result = RunCommand(arguments);
    CHECK(result.exit_code == 2);
    CHECK(Says(result.err, says));
  };
  fails({"run"}, "command is required");
  fails({"run", "--", "/nowhere/at/all"}, "/nowhere/at/all: cannot be run: No such file or directory");
  fails({"run", "--", "/"}, "/: cannot be run: Permission denied");
  fails({"run", "--hang", "never", "--", "/bin/true"}, "--hang");
  fails({"run", "--status-signal", "KILL", "--", "/bin/true"}, "KILL is no signal that a program can be asked with");
  fails({"run", "--status-signal", "usr1", "--", "/bin/true"}, "--status-signal");
  fails({"run", "--held-longer-than", "soon", "--", "/bin/true"}, "soon is no time");
  fails({"run", "--held-longer-than", "-1s", "--", "/bin/true"}, "-1s is no time");
  fails({"run", "--classes", "all", "--", "/bin/true"}, "--classes");
  fails({"run", "--exitcode", "256", "--", "/bin/true"}, "--exitcode");
  fails({"run", "--format", "xml", "--", "/bin/true"}, "--format");
  fails({"run", "--baseline", "/nowhere/b", "--", "/bin/true"}, "/nowhere/b");
  fails({"run", "--keep", "/proc/recordings", "--", "/bin/true"}, "/proc/recordings");
}

TEST_CASE("what all threads hold is shown when the signal comes", "[tools][run]") {
  const auto shows = [](const CommandResult& result) {
    CHECK(result.exit_code == 0);
    CHECK(Says(result.err, "program_status_signal: 3 threads\n"));
    CHECK(Says(result.err,
               "(Keeper) holds\n    page, exclusive, taken in Keeper at status_signal.c:16\n"
               "    ledger, exclusive, taken in Keeper at status_signal.c:17\n"));
    CHECK(Says(result.err, "(Waiter) waits for ledger, in Waiter at status_signal.c:25, and holds nothing\n"));
    CHECK(Says(result.err,
               "main waits for the end of thread 2 (Keeper), in main at status_signal.c:38, and holds nothing\n"));
  };
  // Sent to the program, by itself; it may come before main waits.
  const CommandResult own = RunCommand({"run", "--status-signal", "SIGUSR1", "--", Program("status_signal")});
  CHECK(Says(own.err, "main"));
  CHECK(Says(own.err, "(Waiter) waits for ledger"));
  // Sent to lockdep, which asks all that it records.
  shows(RunCommand({"run", "--status-signal", "USR2", "--", "/bin/sh", "-c",
                    Program("status_signal") + " & sleep 0.2; kill -USR2 $PPID; wait"}));
}

TEST_CASE("a known or suppressed finding does not fail the run", "[tools][run]") {
  const TemporaryDirectory directory;
  const std::string result = directory.path() / "result.json";
  const std::string program = Program("abba_threads_together");
  REQUIRE(RunCommand({"run", "--output", "json=" + result, "--", program}).exit_code == 66);
  const std::string baseline = directory.path() / "known";
  REQUIRE(RunCommand({"baseline", "update", "--baseline", baseline, result}).exit_code == 0);
  const CommandResult known = RunCommand({"run", "--baseline", baseline, "--", program});
  CHECK(known.exit_code == 0);
  CHECK(Says(known.err, "1 in the baseline"));
  const std::string rules = directory.Write("rules", "lock: front\nreason: it is only a test\n");
  const CommandResult suppressed = RunCommand({"run", "--suppressions", rules, "--", program});
  CHECK(suppressed.exit_code == 0);
  CHECK(Says(suppressed.err, "it is only a test"));
}

TEST_CASE("several outputs at once", "[tools][run]") {
  const TemporaryDirectory directory;
  const auto path = [&](const char* name) { return (directory.path() / name).string(); };
  const CommandResult result = RunCommand({"run", "--output", "sarif=" + path("s"), "--output", "junit=" + path("j"),
                                           "--output", "json=" + path("n"), "--", Program("abba_threads_together")});
  CHECK(result.exit_code == 66);
  const auto read = [&](const char* name) {
    std::ifstream file(path(name));
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const nlohmann::json sarif = nlohmann::json::parse(read("s"));
  REQUIRE(sarif["runs"][0]["results"].size() == 1);
  CHECK(sarif["runs"][0]["results"][0]["codeFlows"][0]["threadFlows"].size() == 2);
  CHECK(Says(read("j"), "<failure"));
  const nlohmann::json document = nlohmann::json::parse(read("n"));
  REQUIRE(document["runs"].size() == 1);
  CHECK(document["runs"][0]["end"] == "exit");
  CHECK(document["runs"][0]["threads"] == 2);
  CHECK(document["runs"][0]["acquisitions"] == 4);
}

TEST_CASE("recordings are removed, or kept where they are wanted", "[tools][run]") {
  const TemporaryDirectory directory;
  const std::string keep = directory.path() / "recordings";
  CHECK(RunCommand({"run", "--keep", keep, "--", "/bin/sh", "-c", "/bin/true; /bin/true; exit 0"}).exit_code == 0);
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(keep)) count += entry.path().extension() == ".rec";
  CHECK(count == 3);
}

}  // namespace
}  // namespace lockdep
