// `lockdep check` as its users see it: what it prints where, and how it ends.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/lockdep/json_schema.h"
#include "tests/tools/command.h"

namespace lockdep {
namespace {

constexpr const char* kAbba =
    "mutex a, b\nthread t1 { lock a; lock b; unlock b; unlock a }\nthread t2 { lock b; lock a; unlock a; unlock b }\n";
constexpr const char* kGood = "mutex a\nthread t { lock a; unlock a }\nexpect no finding\n";

nlohmann::ordered_json Schema() {
  std::ifstream file(LOCKDEP_SOURCE_DIR "/lockdep/findings.schema.json");
  return nlohmann::ordered_json::parse(file);
}

std::string Expecting(const std::string& line) { return kAbba + line + "\n"; }

TEST_CASE("the help texts are the golden ones", "[tools][check]") {
  const CommandResult help = RunCommand({"--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.err.empty());
  CHECK(help.out == Golden("help.txt", help.out));
  const CommandResult check = RunCommand({"check", "--help"});
  CHECK(check.exit_code == 0);
  CHECK(check.out == Golden("help_check.txt", check.out));
}

TEST_CASE("the version is printed", "[tools]") {
  const CommandResult result = RunCommand({"--version"});
  CHECK(result.exit_code == 0);
  CHECK(result.out == "lockdep " LOCKDEP_PROJECT_VERSION "\n");
}

TEST_CASE("wrong arguments end with 2 and say why", "[tools]") {
  const TemporaryDirectory files;
  const std::string good = files.Write("good.workload", kGood);
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"fly"},
      {"check"},
      {"check", "--no-such-flag", good},
      {"check", "--format", "xml", good},
      {"check", "--color", "sometimes", good},
      {"check", "--format", "json", "--verbose", good},
      {"check", "--format", "json", "--color", "always", good},
      {"check", "--timeout", "5", good},
      {"check", "--native", "--timeout", "0", good},
      {"check", "--max-time", "nan", good},
      {"check", "--native", "--timeout", "nan", good},
      {"check", "--native", "--timeout", "soon", good},
      {"check", "--seconds", "1", good},
      {"check", "--native", "--seconds", "0", good},
      {"check", "--native", "--seconds", "-1", good},
      {"check", "--native", "--seconds", "nan", good},
      {"check", "--native", "--seconds", "long", good},
      {"check", "--native", "--threads", "2", good},
      {"check", "--native", "--seconds", "1", "--threads", "0", good},
      {"check", "--native", "--seconds", "1", "--threads", "17", good},
      {"check", "--native", "--seconds", "1", "--threads", "two", good},
      {"check", "--native", "--seed", "2", good},
  };
  for (const std::vector<std::string>& arguments : wrong) {
    const CommandResult result = RunCommand(arguments);
    CAPTURE(arguments, result.out, result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK_FALSE(result.err.empty());
  }
  CHECK_THAT(RunCommand({"fly", "home"}).err, ContainsSubstring("'fly'"));
}

TEST_CASE("a stress of everything at once breaks nothing", "[tools][check]") {
  const CommandResult result = RunCommand({"check", "--native", "--seconds", "2", "--threads", "4",
                                           LOCKDEP_SOURCE_DIR "/workloads/scripts/hotplug/stress.workload"});
  CAPTURE(result.out);
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, ContainsSubstring("for real threads: not searched") &&
                             ContainsSubstring(", 0 invariants broken, 0 locks left locked\n") &&
                             ContainsSubstring("  sysfs write block 1 state offline, "));
}

TEST_CASE("a stress that breaks the rules ends with 1", "[tools][check]") {
  const TemporaryDirectory files;
  files.Write("no-gate.workload",
              "policy v5.3 gate=off\nblock 1 offline\nthread user { sysfs write block 1 state online }\n"
              "thread acpi { acpi eject block 1; acpi insert block 1 }\nfor-real-threads\n");
  const CommandResult result =
      RunCommand({"check", "--native", "--seconds", "60", "--format", "json", "no-gate.workload"}, files.path());
  CHECK(result.exit_code == 1);
  const nlohmann::ordered_json json = nlohmann::ordered_json::parse(result.out);
  const std::string problems = json["scripts"][0]["problems"].dump();
  // One that is no finding of the orders, or one that makes such a finding real.
  CHECK_THAT(problems, ContainsSubstring("on real threads: hang: on real threads, worker#") ||
                           ContainsSubstring("verdict real: on real threads, worker#"));
  CHECK(json["scripts"][0]["stress"][0]["hung"] == true);
  // The very first operations may be those that hang.
  CHECK(json["scripts"][0]["stress"][0]["operations"] >= 0);
  CHECK(SchemaErrors(Schema(), json) == std::vector<std::string>{});
}

TEST_CASE("a script that cannot be repeated is not, and the next one is run", "[tools][check]") {
  const TemporaryDirectory files;
  files.Write("a.workload", "policy v6.8\ncompletion c\nthread a { wait-for c }\nthread b { complete c }\n");
  files.Write("b.workload", "policy v6.8\nblock 1 online\nthread a { memory scan block 1 }\n");
  files.Write("c.workload", kGood);
  const CommandResult result = RunCommand({"check", "--native", "--seconds", "0.05", "."}, files.path());
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsSubstring("not run on real threads: thread 'a' waits for another one") &&
                             ContainsSubstring("b.workload (0 findings, 0 expected)\n      on real threads: ") &&
                             ContainsSubstring("3 scripts: 3 ok, 0 failed, 0 not run\n"));
}

TEST_CASE("a good script is one line and ends with 0", "[tools][check]") {
  const TemporaryDirectory files;
  files.Write("good.workload", kGood);
  const CommandResult result = RunCommand({"check", "good.workload"}, files.path());
  CHECK(result.exit_code == 0);
  CHECK(result.out == "ok    good.workload (0 findings, 0 expected)\n");
  CHECK(result.err.empty());
}

TEST_CASE("an expected finding is reported and ends with 0", "[tools][check]") {
  const TemporaryDirectory files;
  files.Write("abba.workload", Expecting("expect finding a -> b verdict real"));
  const CommandResult result = RunCommand({"check", "abba.workload"}, files.path());
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsSubstring("ok    abba.workload (1 finding, 1 expected)\n"));
  CHECK_THAT(result.out, ContainsSubstring("possible circular locking dependency"));
  CHECK_THAT(result.out, ContainsSubstring("abba.workload:3"));
}

TEST_CASE("an unexpected finding and an expectation not met end with 1", "[tools][check]") {
  const TemporaryDirectory files;
  files.Write("abba.workload", Expecting("expect finding a -> b verdict unknown"));
  const CommandResult result = RunCommand({"check", "abba.workload"}, files.path());
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.out, ContainsSubstring("FAIL  abba.workload (1 finding, 0 expected)\n"
                                           "      not met: abba.workload:4:1: 'expect finding a -> b verdict unknown': "
                                           "found instead: circular a -> b, verdict real\n"
                                           "      unexpected finding: circular a -> b, verdict real at "));
  CHECK(result.err.empty());
}

TEST_CASE("an assert that does not hold ends with 1", "[tools][check]") {
  const TemporaryDirectory files;
  files.Write("x.workload", "mutex a\nthread t { lock a; unlock a; assert held a }");
  const CommandResult result = RunCommand({"check", "x.workload"}, files.path());
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.out, ContainsSubstring("t breaks 'assert held a' (x.workload:2)"));
}

TEST_CASE("the scripts of a directory are checked in order, with a sum", "[tools][check]") {
  const TemporaryDirectory files;
  files.Write("d/b.workload", kAbba);
  files.Write("d/a/z.workload", kGood);
  files.Write("d/c.workload", Expecting("expect finding a -> b"));
  files.Write("d/notes.txt", "no script");
  const CommandResult result = RunCommand({"check", "d", "d/c.workload"}, files.path());
  CHECK(result.exit_code == 1);
  const std::string& out = result.out;
  const std::size_t z = out.find("ok    d/a/z.workload");
  const std::size_t b = out.find("FAIL  d/b.workload");
  const std::size_t c = out.find("ok    d/c.workload");
  CHECK(z < b);
  CHECK(b < c);
  CHECK(c < out.size());
  CHECK(out.find("d/c.workload", c + 20) == std::string::npos);
  CHECK_THAT(out, ContainsSubstring("3 scripts: 2 ok, 1 failed, 0 not run\n"));
  CHECK(out.find("possible circular") == std::string::npos);
  const CommandResult verbose = RunCommand({"check", "-v", "d"}, files.path());
  CHECK_THAT(verbose.out, ContainsSubstring("possible circular"));
}

TEST_CASE("what cannot be run ends with 2, and the rest still runs", "[tools][check]") {
  const TemporaryDirectory files;
  files.Write("good.workload", kGood);
  files.Write("bad.workload", "mutex a, a\nthread t { lock b; unlock a }\n");
  const CommandResult result = RunCommand({"check", "missing.workload", "bad.workload", "good.workload"}, files.path());
  CHECK(result.exit_code == 2);
  CHECK(result.err ==
        "missing.workload: No such file or directory\n"
        "bad.workload:1:10: expected a new name for a lock, found 'a' of line 1\n"
        "bad.workload:2:17: expected the name of a lock, found 'b'\n"
        "bad.workload:2:27: expected a lock that the script locks, found 'a', which is never locked\n");
  CHECK_THAT(result.out, ContainsSubstring("ok    good.workload"));
  CHECK_THAT(result.out, ContainsSubstring("2 scripts: 1 ok, 0 failed, 1 not run\n"));
}

TEST_CASE("bad input never crashes and says where it is bad", "[tools][check]") {
  const TemporaryDirectory files;
  std::string binary;
  for (unsigned i = 0; i < 300000; ++i) binary += static_cast<char>(i * 7919 % 256);
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"binary.workload", binary},
      {"elf.workload", std::string("\x7f"
                                   "ELF\2\1\1\0\0\0\0",
                                   11)},
      {"nul.workload", std::string("mutex a\n\0", 9)},
      {"line.workload", std::string(1U << 20U, '{')},
      {"word.workload", std::string(1U << 20U, 'a')},
      {"deep.workload",
       [] {
         std::string text = "thread t {";
         for (int i = 0; i < 200000; ++i) text += "loop {";
         return text;
       }()},
      {"quote.workload", "mutex \"a\nthread t { lock \"a }"},
      {"half.workload", "thread t { lock"},
      {"number.workload", "mutex a[99999999999999999999]"},
      {"unknown.workload", "mutex a\nthread t { lock b }"},
      {"never_locked.workload", "mutex a, b\nthread t { unlock b }"},
      {"twice.workload", "mutex a\nrwsem a\nthread t { lock a }"},
      {"many_threads.workload", "thread t x 1000000000 { }"},
      {"many_locks.workload", "mutex a[1000000000]\nthread t { }"},
      {"long_loop.workload", "thread t { repeat 99999999999999999999 { } }"},
      {"subclass.workload", "class C\nmutex a : C subclass 9\nthread t { lock a }"},
      {"settings.workload",
       [] {
         std::string text;
         for (int i = 0; i < 40; ++i) text += "switch s" + std::to_string(i) + " = on|off\n";
         return text + "thread t { }";
       }()},
  };
  for (const auto& [name, text] : bad) {
    files.Write(name, text);
    const CommandResult result = RunCommand({"check", name}, files.path());
    CAPTURE(name, result.err.substr(0, 500));
    CHECK(result.exit_code == 2);
    CHECK(result.err.rfind(name + ":", 0) == 0);
    const std::string first_line = result.err.substr(0, result.err.find('\n'));
    CHECK(std::regex_match(first_line, std::regex(name + ":[0-9]+:[0-9]+: expected .*")));
    CHECK(result.err.size() < 100000);
  }
}

TEST_CASE("a long line of good statements is checked", "[tools][check]") {
  const TemporaryDirectory files;
  std::string text = "mutex a\nthread t { ";
  while (text.size() < (1U << 20U)) text += "lock a; unlock a; ";
  files.Write("long.workload", text + "}");
  CHECK(RunCommand({"check", "long.workload"}, files.path()).exit_code == 1);  // more than 100 000 steps
}

TEST_CASE("a file with CRLF, a byte order mark and no last line end is checked", "[tools][check]") {
  const TemporaryDirectory files;
  files.Write("dos.workload", "\xEF\xBB\xBFmutex a\r\nthread t {\r\n  lock a\r\n  unlock a\r\n}\r\nexpect no finding");
  CHECK(RunCommand({"check", "dos.workload"}, files.path()).exit_code == 0);
}

TEST_CASE("a directory without scripts and a file that cannot be read end with 2", "[tools][check]") {
  const TemporaryDirectory files;
  std::filesystem::create_directory(files.path() / "empty");
  const CommandResult empty = RunCommand({"check", "empty"}, files.path());
  CHECK(empty.exit_code == 2);
  CHECK(empty.err == "empty: a directory without *.workload files\n");
  const std::string secret = files.Write("secret.workload", kGood);
  std::filesystem::permissions(secret, std::filesystem::perms::none);
  if (::access(secret.c_str(), R_OK) == 0) return;  // root reads everything
  const CommandResult result = RunCommand({"check", "secret.workload"}, files.path());
  CHECK(result.exit_code == 2);
  CHECK(result.err == "secret.workload: Permission denied\n");
}

TEST_CASE("a pipe is no script of its directory", "[tools][check]") {
  const TemporaryDirectory files;
  files.Write("d/good.workload", kGood);
  REQUIRE(::mkfifo((files.path() / "d/pipe.workload").c_str(), 0600) == 0);
  const CommandResult result = RunCommand({"check", "d"}, files.path());
  CHECK(result.exit_code == 0);
}

TEST_CASE("an endless file is given up", "[tools][check]") {
  const CommandResult result = RunCommand({"check", "/dev/zero"});
  CHECK(result.exit_code == 2);
  CHECK(result.err == "/dev/zero: larger than 64 MiB\n");
}

TEST_CASE("JSON is one document with findings, scripts and problems", "[tools][check]") {
  const TemporaryDirectory files;
  files.Write("abba.workload", Expecting("expect finding a -> b\nexpect order a -> b -> a"));
  files.Write("bare.workload", kAbba);
  const CommandResult result =
      RunCommand({"check", "--format", "json", "abba.workload", "bare.workload"}, files.path());
  CHECK(result.exit_code == 1);
  const nlohmann::json json = nlohmann::json::parse(result.out);
  CHECK(json["schema"] == 1);
  CHECK(json["summary"]["findings"] == 2);
  CHECK(json["findings"][0]["kind"] == "circular");
  CHECK(json["findings"][0]["source"] == "abba.workload");
  REQUIRE(json["scripts"].size() == 2);
  CHECK(json["scripts"][0]["ok"] == true);
  CHECK(json["scripts"][0]["expectations"][1]["met"] == true);
  CHECK(json["scripts"][0]["expectations"][1]["line"] == 5);
  CHECK(json["scripts"][1]["problems"].size() == 1);
}

TEST_CASE("an unreadable script is an error of the JSON document, too", "[tools][check]") {
  const CommandResult result = RunCommand({"check", "--format", "json", "missing.workload"});
  CHECK(result.exit_code == 2);
  CHECK(nlohmann::json::parse(result.out)["notes"].size() == 1);
  CHECK(result.err == "missing.workload: No such file or directory\n");
}

TEST_CASE("a hang on real threads that the model has, too, is one finding", "[tools][check]") {
  const TemporaryDirectory files;
  files.Write("forsaken.workload", "completion c\nthread t { wait-for c }\n");
  const CommandResult result =
      RunCommand({"check", "--native", "--timeout", "0.1", "--format", "json", "forsaken.workload"}, files.path());
  CHECK(result.exit_code == 1);
  const nlohmann::json json = nlohmann::json::parse(result.out);
  REQUIRE(json["findings"].size() == 1);
  CHECK(json["findings"][0]["verdict"] == "real");
  CHECK_THAT(json["findings"][0]["detail"].get<std::string>(), ContainsSubstring("on real threads"));
  CHECK(json["scripts"][0]["problems"].size() == 1);
}

TEST_CASE("what is said of the whole corpus is valid by the schema", "[tools][check]") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  const std::string part = "/verdict";  // each script is a test of its own, too; all in one row take too long
#else
  const std::string part;
#endif
  const CommandResult result =
      RunCommand({"check", "--format", "json", LOCKDEP_SOURCE_DIR "/workloads/scripts" + part});
  CHECK(result.exit_code == 0);
  const nlohmann::ordered_json document = nlohmann::ordered_json::parse(result.out);
  CHECK(document["findings"].size() > 50);
  CHECK(SchemaErrors(Schema(), document) == std::vector<std::string>{});
}

TEST_CASE("colours are there if asked for, and not in a file", "[tools][check]") {
  const TemporaryDirectory files;
  files.Write("good.workload", kGood);
  CHECK(RunCommand({"check", "good.workload"}, files.path()).out.find('\033') == std::string::npos);
  CHECK_THAT(RunCommand({"check", "--color", "always", "good.workload"}, files.path()).out,
             ContainsSubstring("\033[32mok"));
}

TEST_CASE("the same input gives the same bytes", "[tools][check]") {
  const TemporaryDirectory files;
  files.Write("abba.workload", "switch s = 1|2\n" + Expecting("expect finding a -> b"));
  const auto run = [&](const char* format) {
    return RunCommand({"check", "--format", format, "abba.workload"}, files.path()).out;
  };
  CHECK(run("text") == run("text"));
  CHECK(run("json") == run("json"));
}

}  // namespace
}  // namespace lockdep
