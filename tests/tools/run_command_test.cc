// `lockdep run`: arguments, exit codes, outputs.  What it finds in programs is tested in tests/preload/.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
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

nlohmann::json JsonOf(const std::string& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}

// The entries of runs that are not of a recorded process.
std::vector<nlohmann::json> NotRecordedIn(const nlohmann::json& document) {
  std::vector<nlohmann::json> entries;
  for (const nlohmann::json& run : document["runs"]) {
    if (run["recorded"] == false) entries.push_back(run);
  }
  return entries;
}

// What `lockdep run` says of one program that it does not record, which a shell starts: its text and the JSON entry.
struct LeftOut {
  CommandResult result;
  nlohmann::json entry;
};
LeftOut RunByShell(const std::string& script) {
  const TemporaryDirectory directory;
  const std::string json = directory.path() / "n";
  LeftOut left_out;
  left_out.result = RunCommand({"run", "--output", "json=" + json, "--", "/bin/sh", "-c", script});
  const std::vector<nlohmann::json> entries = NotRecordedIn(JsonOf(json));
  INFO(left_out.result.err);
  REQUIRE(entries.size() == 1);
  left_out.entry = entries[0];
  return left_out;
}

// Null, and a warning, if there is no static C library.
std::string StaticProgram() {
  const std::string path = std::string(LOCKDEP_PROGRAMS) + "/static_program";
  if (std::filesystem::exists(path)) return path;
  WARN("not checked: there is no static C library");
  return {};
}

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
  // Before it is run, for what it takes would be lost.
  fails({"run", "--output", "sarif=/nowhere/a", "--output", "json=/", "--", "/nowhere/at/all"},
        "/nowhere/a: No such file or directory\n/: Is a directory\n");
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
  fails({"run", "--keep", "/dev/null", "--", "/bin/true"},
        "/dev/null: no recordings can be kept there: Not a directory");
  fails({"run", "--keep", "", "--", "/bin/true"}, "--keep: expected the name of a directory");
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
                    Program("status_signal") + " & sleep 0.7; kill -USR2 $PPID; wait"}));
}

// What `lockdep run` of counts_signals prints on a terminal of its own where the key is hit once the program is ready.
std::string PrintedAfterKey(char key) {
  const std::string program = std::string(LOCKDEP_PROGRAMS) + "/counts_signals";
  const int keyboard = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE(keyboard >= 0);
  REQUIRE(::grantpt(keyboard) == 0);
  REQUIRE(::unlockpt(keyboard) == 0);
  const std::string name = ::ptsname(keyboard);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::setsid();  // the first terminal that is opened now is the controlling one
    const int terminal = ::open(name.c_str(), O_RDWR);
    for (const int number : {SIGINT, SIGQUIT}) ::signal(number, SIG_DFL);
    if (::dup2(terminal, 0) >= 0 && ::dup2(terminal, 1) >= 0) {
      ::execl(LOCKDEP_COMMAND, "lockdep", "run", "--", program.c_str(), nullptr);
    }
    ::_exit(127);
  }
  std::string printed;
  char buffer[256];
  bool is_hit = false;
  // Fails when nobody has the terminal open any more.
  for (ssize_t got = 0; (got = ::read(keyboard, buffer, sizeof buffer)) > 0;) {
    printed.append(buffer, static_cast<std::size_t>(got));
    if (is_hit || !Says(printed, "ready")) continue;
    is_hit = true;
    CHECK(::write(keyboard, &key, 1) == 1);
  }
  ::close(keyboard);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  return printed;
}

TEST_CASE("a signal that is sent to run gets to the program, once", "[tools][run]") {
  const auto prints = [](int signal) {
    const std::string program = std::string(LOCKDEP_PROGRAMS) + "/counts_signals";
    return RunCommand({"run", "--", program, std::to_string(signal)}).out;
  };
  CHECK(prints(SIGINT) == "ready\nSIGINT 1, SIGQUIT 0\n");
  CHECK(prints(SIGQUIT) == "ready\nSIGINT 0, SIGQUIT 1\n");
  constexpr char kInterrupt = 3, kQuit = 28;  // Ctrl-C, Ctrl-backslash
  CHECK(Says(PrintedAfterKey(kInterrupt), "SIGINT 1, SIGQUIT 0"));
  CHECK(Says(PrintedAfterKey(kQuit), "SIGINT 0, SIGQUIT 1"));
}

TEST_CASE("what was found is reported also if a signal to run ends the program", "[tools][run]") {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    // It is the shell that dies; it counts no further than it has to.
    const std::string script = Program("abba_threads_together") + "; kill -" + std::to_string(signal) +
                               " $PPID; i=0; while [ $i -lt 3000000 ]; do i=$((i + 1)); done";
    const CommandResult ended = RunCommand({"run", "--", "/bin/sh", "-c", script});
    INFO(signal << ": " << ended.err);
    CHECK(ended.exit_code == 128 + signal);
    CHECK(Says(ended.err, "possible circular locking dependency detected"));
    CHECK(Says(ended.err, "lockdep: 1 finding: 1 predicted"));
  }
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

TEST_CASE("a process that was ended for its hang fails the run, known or not", "[tools][run]") {
  const TemporaryDirectory directory;
  const std::string rules = directory.Write("rules", "lock: front\nreason: it is only a test\nreal: yes\n");
  const CommandResult hung = RunCommand({"run", "--suppressions", rules, "--", Program("hang_abba")});
  CHECK(hung.exit_code == 66);
  CHECK(Says(hung.err, "1 suppressed"));
}

TEST_CASE("a merge counts chains as the run did", "[tools][run][merge]") {
  const TemporaryDirectory directory;
  const std::string kept = directory.path() / "kept";
  const CommandResult run = RunCommand({"run", "--keep", kept, "--", Program("c_join_under_only_lock")});
  CHECK(Says(run.err, " 1 distinct chain\n"));
  CHECK(Says(RunCommand({"merge", kept}).out, " 1 distinct chain\n"));
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

TEST_CASE("recordings of earlier runs lie where they lie, and are not looked at", "[tools][run]") {
  const TemporaryDirectory directory;
  const std::string keep = directory.path() / "recordings";
  REQUIRE(RunCommand({"run", "--keep", keep, "--", "/bin/sh", "-c", Program("abba_threads_together")}).exit_code == 66);
  const CommandResult clean = RunCommand({"run", "--keep", keep, "--", Program("abba_gate")});
  CHECK(clean.exit_code == 0);
  CHECK(Says(clean.err, "lockdep: 1 process,"));
  CHECK(RunCommand({"merge", keep}).exit_code == 1);
}

TEST_CASE("a process that ended before its recording began is told of", "[tools][run][coverage]") {
  const TemporaryDirectory directory;
  const std::string keep = directory.path() / "recordings";
  // As if two processes had been killed, one when it had made the file, another one a little later.
  const std::string killed = "cd '" + keep + "' && : > 77-1.rec && head -c 65536 /dev/zero > 78-1.rec; ";
  const auto run = [&](std::vector<std::string> options) {
    options.insert(options.begin(), "run");
    for (const std::string& word : {std::string("--keep"), keep, std::string("--"), std::string("/bin/sh")}) {
      options.push_back(word);
    }
    options.insert(options.end(), {"-c", killed + Program("abba_gate")});
    return RunCommand(options);
  };
  const CommandResult required = run({"--require-coverage", "--allow-uncovered", "sh", "--allow-uncovered", "head"});
  CHECK(required.exit_code == 2);
  CHECK(Says(required.err, "2 processes ended while the recording was being made"));
  CHECK(Says(required.err, "1 finding: 1 false"));
  // Those of before are of no interest.
  CHECK_FALSE(Says(run({}).err, "ended while"));
}

TEST_CASE("a process that outlives the program is told of", "[tools][run][coverage]") {
  const TemporaryDirectory directory;
  const std::string left = "(exec sleep 5 <&- >&- 2>&-) & while ! grep -q sleep /proc/$!/comm; do :; done; kill -0 $!";
  const std::string json = directory.path() / "n";
  const CommandResult result = RunCommand({"run", "--output", "json=" + json, "--", "/bin/sh", "-c", left});
  CHECK(result.exit_code == 0);
  CHECK(Says(result.err, "1 process still runs, from here on unseen: sleep"));
}

TEST_CASE("a static program is told of at once, and runs", "[tools][run][coverage]") {
  const std::string program = StaticProgram();
  if (program.empty()) return;
  const CommandResult result = RunCommand({"run", "--", program, "x"});
  CHECK(result.exit_code == 4);
  CHECK(result.out == "static\n");
  CHECK(result.err.rfind("lockdep: " + program + " is statically linked: it runs, but is not recorded\n", 0) == 0);
  CHECK(Says(result.err, "1 program was not recorded: 1 statically linked: static_program\n"));
  CHECK(RunCommand({"run", "--require-coverage", "--", program}).exit_code == 2);
  CHECK(RunCommand({"run", "--require-coverage", "--allow-uncovered", "static_program", "--", program}).exit_code == 2);
}

TEST_CASE("a static program that another one starts is told of", "[tools][run][coverage]") {
  const std::string program = StaticProgram();
  if (program.empty()) return;
  const LeftOut left_out = RunByShell(program + "; exit 0");
  CHECK(left_out.result.exit_code == 0);
  CHECK(left_out.entry["why"] == "static");
  CHECK(left_out.entry["program"] == program);
}

TEST_CASE("a program whose environment is cleared or has another LD_PRELOAD is told of", "[tools][run][coverage]") {
  const LeftOut cleared = RunByShell("/usr/bin/env -i /bin/true; exit 0");
  CHECK(cleared.entry["why"] == "environment");
  CHECK(Says(cleared.result.err,
             "1 program was not recorded: 1 started with another LD_PRELOAD or LOCKDEP_RECORDING, or "
             "none: true\n"));
  CHECK(RunByShell("LD_PRELOAD= /bin/true; exit 0").entry["why"] == "environment");
  CHECK(RunByShell("LOCKDEP_RECORDING=/elsewhere /bin/true; exit 0").entry["why"] == "environment");
}

TEST_CASE("a script is covered as its interpreter is", "[tools][run][coverage]") {
  const TemporaryDirectory directory;
  const auto script = [&](const std::string& name, const std::string& text) {
    const std::string path = directory.Write(name, text);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  };
  const std::string json = directory.path() / "n";
  const std::string by_shell = script("by_shell", "#!/bin/sh\nexit 0\n");
  const std::string by_script = script("by_script", "#!" + by_shell + "\n");
  const std::string without_line = script("without_line", "exit 0\n");
  for (const std::string& covered : {by_shell, by_script, without_line}) {
    INFO(covered);
    REQUIRE(RunCommand({"run", "--output", "json=" + json, "--", covered}).exit_code == 0);
    CHECK(NotRecordedIn(JsonOf(json)).empty());
  }
  const std::string program = StaticProgram();
  if (program.empty()) return;
  const std::string by_static = script("by_static", "#!" + program + "\n");
  const CommandResult result = RunCommand({"run", "--output", "json=" + json, "--", by_static});
  CHECK(Says(result.err, by_static + " is run by " + std::filesystem::canonical(program).string() +
                             ", which is statically linked"));
  const std::vector<nlohmann::json> left_out = NotRecordedIn(JsonOf(json));
  REQUIRE(left_out.size() == 1);
  CHECK(left_out[0]["program"] == by_static);
  CHECK(left_out[0]["why"] == "static");
}

TEST_CASE("a set-user-ID program is told of", "[tools][run][coverage]") {
  const TemporaryDirectory directory;
  const std::string program = directory.path() / "other_rights";
  std::filesystem::copy_file("/bin/true", program);
  struct statvfs system {};
  const bool nosuid = statvfs(program.c_str(), &system) != 0 || (system.f_flag & ST_NOSUID) != 0;
  if (nosuid || chown(program.c_str(), 65534, 65534) != 0) {
    WARN("not checked: this user may not make such a program, or the file system does not run it as one");
    return;
  }
  REQUIRE(chmod(program.c_str(), 04755) == 0);
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
  const CommandResult first = RunCommand({"run", "--", program});
  CHECK(first.exit_code == 0);
  CHECK(Says(first.err, "other_rights is set-user-ID, set-group-ID or has capabilities: it runs, but is not recorded"));
  const LeftOut left_out = RunByShell(program + "; exit 0");
  CHECK(left_out.entry["why"] == "privileged");
}

TEST_CASE("shells of system and popen, and programs found in PATH, are covered", "[tools][run][coverage]") {
  const TemporaryDirectory directory;
  const std::string json = directory.path() / "n";
  REQUIRE(RunCommand({"run", "--output", "json=" + json, "--", "/bin/sh", "-c",
                      "true; /bin/true; env true; (exec true); true | cat"})
              .exit_code == 0);
  CHECK(NotRecordedIn(JsonOf(json)).empty());
  const CommandResult failed = RunCommand({"run", "--output", "json=" + json, "--", "/usr/bin/env", "nowhere_at_all"});
  CHECK(failed.exit_code == 127);
  CHECK(Says(failed.err, "1 program could not be started: nowhere_at_all: No such file or directory"));
  REQUIRE(NotRecordedIn(JsonOf(json)).size() == 1);
  CHECK(NotRecordedIn(JsonOf(json))[0]["why"] == "not-started");
}

TEST_CASE("a recording says that its process became another program", "[tools][run][coverage]") {
  const TemporaryDirectory directory;
  const std::string json = directory.path() / "n";
  REQUIRE(RunCommand({"run", "--output", "json=" + json, "--", Program("process_exec_after")}).exit_code == 66);
  const nlohmann::json document = JsonOf(json);
  REQUIRE(document["runs"].size() == 2);
  CHECK(document["runs"][0]["end"] == "exec");
  CHECK(document["runs"][0]["acquisitions"] == 4);
  CHECK(document["runs"][0]["used_locks"] == true);
  CHECK(document["runs"][1]["end"] == "exit");
  CHECK(document["runs"][1]["used_locks"] == false);
  CHECK(document["runs"][0]["process"] == document["runs"][1]["process"]);
}

TEST_CASE("coverage is required of every process but those that are allowed for", "[tools][run][coverage]") {
  const std::string program = Program("abba_gate");
  const auto run = [&](std::vector<std::string> options, const std::vector<std::string>& command) {
    options.insert(options.begin(), "run");
    options.push_back("--");
    options.insert(options.end(), command.begin(), command.end());
    return RunCommand(options);
  };
  const std::vector<std::string> by_shell = {"/bin/sh", "-c", program + "; exit 0"};
  CHECK(run({"--require-coverage"}, {program}).exit_code == 0);
  CHECK(run({}, by_shell).exit_code == 0);
  const CommandResult strict = run({"--require-coverage"}, by_shell);
  CHECK(strict.exit_code == 2);
  const std::string shell = std::filesystem::canonical("/bin/sh").filename().string();
  CHECK(Says(strict.err, "1 process used no lock: " + shell + '\n'));
  CHECK(Says(strict.err, "--require-coverage: the run is not covered, because of " + shell + '\n'));
  CHECK(Says(strict.err, "1 finding: 1 false"));  // all else is reported
  CHECK(run({"--require-coverage", "--allow-uncovered", "sh"}, by_shell).exit_code == 0);
  CHECK(run({"--require-coverage", "--allow-uncovered", shell}, by_shell).exit_code == 0);
  const CommandResult unused =
      run({"--require-coverage", "--allow-uncovered", "sh", "--allow-uncovered", "other"}, by_shell);
  CHECK(unused.exit_code == 0);
  CHECK(Says(unused.err, "nothing uncovered is called other"));
  CHECK(run({"--require-coverage", "--allow-uncovered", "true"}, {"/bin/sh", "-c", program + "; env -i true"})
            .exit_code == 2);
  CHECK(run({"--require-coverage", "--allow-uncovered", "sh"}, {"/bin/sh", "-c", Program("abba_threads_together")})
            .exit_code == 66);
  const CommandResult alone = run({"--allow-uncovered", "sh"}, by_shell);
  CHECK(alone.exit_code == 2);
  CHECK(Says(alone.err, "needs --require-coverage"));
}

TEST_CASE("recordings that are kept are judged by what is declared when they are merged", "[tools][run][merge]") {
  const TemporaryDirectory directory;
  const std::string keep = (directory.path() / "kept").string();
  CHECK(RunCommand({"run", "--keep", keep, "--", Program("tsan_1163_mutex_with_init")}).exit_code == 0);
  const CommandResult uncounted = RunCommand({"merge", keep});
  CHECK(uncounted.exit_code == 0);
  CHECK(Says(uncounted.out, ", verdict unknown, does not count: it has a side that takes a new lock "));
  CHECK(Says(uncounted.out, "lockdep: 1 finding: 1 unknown; 1 of new locks, not counted\n"));
  CHECK(RunCommand({"merge", "--new-locks", "any", keep}).exit_code == 1);
  const CommandResult declared = RunCommand({"merge", "-v", "--new-locks", "private", keep});
  CHECK(declared.exit_code == 0);
  CHECK(Says(declared.out, "FALSE (declared)"));
  CHECK(RunCommand({"merge", "--new-locks", "mine", keep}).exit_code == 2);
}

// The command itself may be built with AddressSanitizer, which wants to be first.
std::string AsanBehindOthers() {
  const char* const given = std::getenv("ASAN_OPTIONS");
  return "ASAN_OPTIONS=" + (given == nullptr ? std::string() : given + std::string(":")) + "verify_asan_link_order=0";
}

TEST_CASE("a library that the user preloads is loaded, too", "[tools][run][coverage]") {
  const CommandResult result =
      RunCommand({"run", "--", "/usr/bin/env", "SAY_PRELOADED=1", Program("abba_threads_together")}, ".",
                 {AsanBehindOthers(), std::string("LD_PRELOAD=") + LOCKDEP_PROGRAMS + "/own_preload.so"});
  CHECK(result.exit_code == 66);
  CHECK(result.out == "preloaded\n");
  CHECK_FALSE(Says(result.err, "not recorded"));
}

TEST_CASE("what a library of the user's stands before is called as without the recorder", "[tools][run]") {
  // Loaded into the program only: the command's own locks are not to be counted.
  const std::string preload = "LD_PRELOAD=${LD_PRELOAD:+$LD_PRELOAD:}" + std::string(LOCKDEP_PROGRAMS) +
                              "/own_locks.so exec " + std::string(LOCKDEP_PROGRAMS) + "/takes_locks";
  const CommandResult result = RunCommand({"run", "--", "/bin/sh", "-c", preload});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.out ==
        "mutex: 1 locked, 1 timed, 2 unlocked\nrwlock: 1 read, 1 written, 1 tried, 2 unlocked\n"
        "spin: 0 tried\nmtx: 1 locked\ncond: 1 signalled\n");
  CHECK(Says(result.err, "1 distinct chain\n"));  // of the writer alone: each lock is taken once, and given back
}

TEST_CASE("a directory for temporary files that is not there is said", "[tools][run]") {
  const CommandResult result = RunCommand({"run", "--", "/bin/echo", "it ran"}, ".", {"TMPDIR=/nowhere/at/all"});
  CHECK(result.exit_code == 2);
  CHECK(result.out.empty());
  CHECK(Says(result.err, "TMPDIR=/nowhere/at/all: no recordings can be made there: "));
}

TEST_CASE("a directory for temporary files may be named from here", "[tools][run]") {
  const TemporaryDirectory directory;
  const CommandResult result =
      RunCommand({"run", "--", Program("abba_threads_together")}, directory.path(), {"TMPDIR=."});
  CHECK(result.exit_code == 66);
}

TEST_CASE("the recorder may lie where LD_PRELOAD cannot name it", "[tools][run]") {
  const TemporaryDirectory directory;
  for (const char* const name : {"with space", "with:colon", "with$LIB"}) {
    const std::filesystem::path place = directory.path() / name;
    std::filesystem::create_directory(place);
    const std::filesystem::path recorder = place / "liblockdep_recorder.so";
    std::filesystem::create_symlink(LOCKDEP_RECORDER_FILE, recorder);
    const std::string named = "LOCKDEP_RECORDER=" + recorder.string();
    const CommandResult result =
        RunCommand({"run", "--", "/bin/sh", "-c", Program("abba_threads_together")}, ".", {named});
    INFO(name << ": " << result.err);
    CHECK(result.exit_code == 66);
    CHECK_FALSE(Says(result.err, "cannot be preloaded"));
    CHECK_FALSE(Says(result.err, "not recorded"));

    // What is kept is recordings.
    const std::filesystem::path keep = directory.path() / "keep";
    CHECK(RunCommand({"run", "--keep", keep, "--", Program("abba_gate")}, ".", {named}).exit_code == 0);
    CHECK_FALSE(std::filesystem::exists(std::filesystem::symlink_status(keep / "liblockdep_recorder.so")));

    const CommandResult nowhere =
        RunCommand({"run", "--", "/bin/echo", "it ran"}, ".", {named, "TMPDIR=" + place.string()});
    CHECK(nowhere.exit_code == 2);
    CHECK(nowhere.out.empty());
    CHECK(Says(nowhere.err, "LD_PRELOAD can hold no path with a space, a colon or a dollar sign in it"));
  }
}

}  // namespace
}  // namespace lockdep
