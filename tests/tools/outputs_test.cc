// The formats of `lockdep check`, its baseline and its suppressions, and `lockdep baseline`, as their users see them.
#include "tools/outputs.h"

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/lockdep/json_schema.h"
#include "tests/lockdep/sample_report.h"
#include "tests/tools/command.h"

namespace lockdep {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kAbba =
    "mutex a, b\nthread t1 { lock a; lock b; unlock b; unlock a }\nthread t2 { lock b; lock a; unlock a; unlock b }\n";
// The search cannot reach it: a gate.
constexpr const char* kGated =
    "mutex g, c, d\nthread t1 { lock g; lock c; lock d; unlock d; unlock c; unlock g }\n"
    "thread t2 { lock g; lock d; lock c; unlock c; unlock d; unlock g }\n";
constexpr const char* kExpected =
    "mutex e, f\nthread t1 { lock e; lock f; unlock f; unlock e }\nthread t2 { lock f; lock e; unlock e; unlock f }\n"
    "expect finding e -> f verdict real\n";

Json Schema(const std::string& path) {
  std::ifstream file(LOCKDEP_SOURCE_DIR + path);
  REQUIRE(file);
  return Json::parse(file);
}

void CheckSarif(const std::string& text) {
  CHECK(SchemaErrors(Schema("/tests/lockdep/sarif.schema.json"), Json::parse(text)) == std::vector<std::string>{});
}

std::string Content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The scripts above, and a command that is run among them.
class Scripts {
 public:
  Scripts() {
    files_.Write("abba.workload", kAbba);
    files_.Write("gated.workload", kGated);
    files_.Write("expected.workload", kExpected);
  }
  CommandResult Run(const std::vector<std::string>& arguments) const { return RunCommand(arguments, files_.path()); }
  void Write(const std::string& name, const std::string& text) const { files_.Write(name, text); }
  std::string Read(const std::string& name) const { return Content(files_.path() / name); }
  bool Has(const std::string& name) const { return std::filesystem::exists(files_.path() / name); }
  // The fingerprint of the one finding of a script.
  std::string FingerprintOf(const std::string& script) const {
    const Json json = Json::parse(Run({"check", "--format", "json", script}).out);
    REQUIRE(json["findings"].size() == 1);
    return json["findings"][0]["fingerprint"];
  }

 private:
  TemporaryDirectory files_;
};

TEST_CASE("each format is made of the same results", "[tools][outputs]") {
  tools::Results results;
  results.report = SampleReport();
  results.text = "text\n";
  CHECK(tools::Formatted(tools::OutputFormat::kText, results) == "text\n");
  CheckSarif(tools::Formatted(tools::OutputFormat::kSarif, results));
  CHECK(tools::Formatted(tools::OutputFormat::kJunit, results).rfind("<?xml", 0) == 0);
  CHECK(tools::Formatted(tools::OutputFormat::kGithub, results).rfind("::error", 0) == 0);
  const Json json = Json::parse(tools::Formatted(tools::OutputFormat::kJson, results));
  CHECK(SchemaErrors(Schema("/lockdep/findings.schema.json"), json) == std::vector<std::string>{});
  CHECK(json["findings"].size() == 7);
  REQUIRE(json["uncounted"].size() == 5);
  CHECK(json["uncounted"][0] == Json{{"finding", 1}, {"why", "false"}, {"reason", ""}});
  CHECK(json["uncounted"][1] == Json{{"finding", 2}, {"why", "suppressed"}, {"reason", "the process ends there"}});
  CHECK(json["uncounted"][2]["why"] == "baseline");
  CHECK(json["uncounted"][3]["why"] == "expected");
  CHECK(json["uncounted"][4]["why"] == "unpublished");
  CHECK(json["notes"].size() == 2);
}

TEST_CASE("check prints every format and writes every format", "[tools][outputs]") {
  const Scripts scripts;
  const CommandResult all = scripts.Run({"check", "--output", "text=a.txt", "--output", "json=a.json", "--output",
                                         "sarif=a.sarif", "--output", "junit=a.xml", "--output", "github=a.gh", "."});
  CHECK(all.exit_code == 1);
  CHECK(scripts.Read("a.txt") == all.out);
  for (const auto& [format, file] :
       {std::pair{"json", "a.json"}, {"sarif", "a.sarif"}, {"junit", "a.xml"}, {"github", "a.gh"}}) {
    INFO(format);
    const CommandResult printed = scripts.Run({"check", "--format", format, "."});
    CHECK(printed.exit_code == 1);
    CHECK(printed.out == scripts.Read(file));
  }
  CheckSarif(scripts.Read("a.sarif"));
  CHECK(SchemaErrors(Schema("/lockdep/findings.schema.json"), Json::parse(scripts.Read("a.json"))) ==
        std::vector<std::string>{});
  CHECK_THAT(scripts.Read("a.xml"),
             ContainsSubstring("<testsuite name=\"lockdep\" tests=\"6\" failures=\"4\" errors=\"0\" skipped=\"0\">"));
  // The false one is a notice, and the script that did not expect it an error.
  const std::string github = scripts.Read("a.gh");
  CHECK_THAT(github, ContainsSubstring("::error file=abba.workload,line=") &&
                         ContainsSubstring("::notice file=gated.workload,line=") &&
                         ContainsSubstring("::error file=gated.workload,title=script failed::unexpected finding: "));
  CHECK(github.find("expected.workload") == std::string::npos);
  CHECK(github.find("abba.workload,title=script failed") == std::string::npos);
}

TEST_CASE("a script that cannot be run is an error of every format", "[tools][outputs]") {
  const Scripts scripts;
  scripts.Write("bad.workload", "mutex a, a\n");
  const auto run = [&](const char* format) {
    const CommandResult result = scripts.Run({"check", "--format", format, "bad.workload", "missing.workload"});
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, ContainsSubstring("bad.workload:1:10: ") && ContainsSubstring("missing.workload: "));
    return result.out;
  };
  const std::string sarif = run("sarif");
  CheckSarif(sarif);
  CHECK(Json::parse(sarif)["runs"][0]["invocations"][0]["executionSuccessful"] == false);
  CHECK_THAT(run("junit"), ContainsSubstring("tests=\"2\" failures=\"0\" errors=\"2\""));
  CHECK_THAT(run("github"),
             ContainsSubstring("::error::missing.workload: No such file or directory\n"
                               "::error file=bad.workload,title=script could not be run::bad.workload:1:10: "));
}

TEST_CASE("an output that cannot be written ends with 2 and says why", "[tools][outputs]") {
  const Scripts scripts;
  const CommandResult result = scripts.Run(
      {"check", "--output", "sarif=no/a.sarif", "--output", "json=a.json", "--output", "junit=.", "expected.workload"});
  CHECK(result.exit_code == 2);
  CHECK(result.err == "no/a.sarif: No such file or directory\n.: Is a directory\n");
  CHECK(Json::parse(scripts.Read("a.json"))["findings"].size() == 1);
  CHECK_THAT(result.out, ContainsSubstring("ok    expected.workload (1 finding, 1 expected)\n"));
}

TEST_CASE("standard output that is lost is said, however much it was", "[tools][outputs]") {
  if (!std::filesystem::exists("/dev/full")) return;
  const TemporaryDirectory directory;
  const std::string script = directory.Write("abba.workload", kAbba);
  for (const char* const options : {"check", "check --format json", "explore --format json", "graph --workload"}) {
    const std::string error = directory.path() / "error";
    const std::string once = std::string("'") + script + "' ";
    const std::string words = options;
    std::string command = std::string("'") + LOCKDEP_COMMAND + "' " + words + ' ' + once;
    if (words.starts_with("check")) command += "'" + directory.Write("b/c.workload", kAbba) + "' ";
    const int status = std::system((command + ">/dev/full 2>'" + error + "'").c_str());
    CAPTURE(command, Content(error));
    CHECK(WEXITSTATUS(status) == 2);
    CHECK_THAT(Content(error), ContainsSubstring("standard output: cannot be written"));
  }
}

TEST_CASE("wrong outputs and formats are refused", "[tools][outputs]") {
  const Scripts scripts;
  const std::vector<std::vector<std::string>> wrong = {
      {"check", "--output", "sarif", "abba.workload"},
      {"check", "--output", "sarif=", "abba.workload"},
      {"check", "--output", "xml=a", "abba.workload"},
      {"check", "--output", "=a", "abba.workload"},
      {"check", "--output", "json=a", "--output", "sarif=a", "abba.workload"},
      {"check", "--format", "sarif", "--verbose", "abba.workload"},
      {"check", "--format", "junit", "--color", "always", "abba.workload"},
      {"baseline"},
      {"baseline", "update"},
      {"baseline", "update", "a.json"},
      {"baseline", "update", "--baseline", "b"},
      {"baseline", "forget"},
  };
  for (const std::vector<std::string>& arguments : wrong) {
    const CommandResult result = scripts.Run(arguments);
    CAPTURE(arguments, result.out, result.err);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK_FALSE(result.err.empty());
    CHECK_FALSE(scripts.Has("a"));
  }
  CHECK(scripts.Run({"check", "--format", "json", "--output", "text=a", "--verbose", "abba.workload"}).exit_code == 1);
}

TEST_CASE("a finding of the baseline does not count", "[tools][outputs][baseline]") {
  const Scripts scripts;
  CHECK(scripts.Run({"check", "--output", "json=r.json", "."}).exit_code == 1);
  const CommandResult update = scripts.Run({"baseline", "update", "--baseline", "base", "r.json"});
  CHECK(update.exit_code == 0);
  CHECK(update.out == "base: 2 findings, 2 added, 0 raised\n");  // what its script expects is not recorded
  const std::string text = scripts.Read("base");
  CHECK_THAT(text, ContainsSubstring(" circular real  # a -> b, in ./abba.workload\n") &&
                       ContainsSubstring(" circular false  # c -> d, in ./gated.workload\n"));
  const CommandResult check = scripts.Run({"check", "--baseline", "base", "."});
  CHECK(check.exit_code == 0);
  CHECK(check.err.empty());
  CHECK_THAT(check.out, ContainsSubstring("ok    ./abba.workload (1 finding, 0 expected, 1 in the baseline)\n"
                                          "      in the baseline: circular a -> b, verdict real\n"));
  const CommandResult again = scripts.Run({"baseline", "update", "--baseline", "base", "r.json"});
  CHECK(again.out == "base: 2 findings, 0 added, 0 raised\n");
  CHECK(scripts.Read("base") == text);
  const Json sarif = Json::parse(scripts.Run({"check", "--baseline", "base", "--format", "sarif", "."}).out);
  for (const Json& result : sarif["runs"][0]["results"]) {
    const bool expected = result["properties"]["standing"] == "expected";
    CHECK(result["baselineState"] == (expected ? "new" : "unchanged"));
  }
}

TEST_CASE("a finding whose verdict grew stronger than recorded counts again", "[tools][outputs][baseline]") {
  const Scripts scripts;
  const std::string fingerprint = scripts.FingerprintOf("abba.workload");
  for (const std::string weaker : {"predicted", "unknown", "false"}) {
    scripts.Write("base", "lockdep-baseline 1\n" + fingerprint + " circular " + weaker + "\n");
    const CommandResult result = scripts.Run({"check", "--baseline", "base", "abba.workload"});
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.out, ContainsSubstring("      in the baseline as " + weaker +
                                             ", counts again: circular a -> b, verdict real\n"));
  }
  scripts.Write("base", "lockdep-baseline 1\n" + fingerprint + " hang real\n");
  CHECK(scripts.Run({"check", "--baseline", "base", "abba.workload"}).exit_code == 1);
  scripts.Write("base", "lockdep-baseline 1\n" + scripts.FingerprintOf("gated.workload") + " circular real\n");
  CHECK(scripts.Run({"check", "--baseline", "base", "gated.workload"}).exit_code == 0);
}

TEST_CASE("an entry of the baseline that is not found any more is noted", "[tools][outputs][baseline]") {
  const Scripts scripts;
  scripts.Write("base", "lockdep-baseline 1\n00000000000000ab hang real  # old\n");
  const CommandResult result =
      scripts.Run({"check", "--baseline", "base", "--output", "json=r.json", "expected.workload"});
  CHECK(result.exit_code == 0);
  const std::string note = "base:2: not found any more: hang 00000000000000ab (old)";
  CHECK_THAT(result.err, ContainsSubstring(note));
  CHECK(Json::parse(scripts.Read("r.json"))["notes"] == Json::array({note}));
}

TEST_CASE("pruning drops what the results do not have and takes their verdicts", "[tools][outputs][baseline]") {
  const Scripts scripts;
  scripts.Run({"check", "--output", "json=r.json", "abba.workload", "gated.workload"});
  const std::string gated = scripts.FingerprintOf("gated.workload");
  scripts.Write("base", "lockdep-baseline 1\n00000000000000ab hang real\n# kept\n" + gated + " circular real # mine\n");
  CHECK(scripts.Run({"baseline", "update", "--baseline", "base", "r.json"}).out ==
        "base: 3 findings, 1 added, 0 raised\n");
  CHECK(scripts.Run({"baseline", "update", "--prune", "--baseline", "base", "r.json"}).out ==
        "base: 2 findings, 0 added, 0 raised, 1 lowered, 1 dropped\n");
  CHECK_THAT(scripts.Read("base"), ContainsSubstring("# kept\n" + gated + " circular false  # mine\n"));
}

TEST_CASE("wrong results and a wrong baseline end with 2 and change nothing", "[tools][outputs][baseline]") {
  const Scripts scripts;
  scripts.Write("half.json", "{\"tool\":\n \"lock");
  scripts.Write("other.json", "[]");
  scripts.Write("wrong", "lockdep-baseline 1\nx circular real\n");
  const CommandResult results =
      scripts.Run({"baseline", "update", "--baseline", "base", "half.json", "other.json", "missing.json"});
  CHECK(results.exit_code == 2);
  CHECK(results.out.empty());
  CHECK_THAT(results.err, ContainsSubstring("half.json:2:7: no JSON: ") &&
                              ContainsSubstring("other.json: no result of lockdep") &&
                              ContainsSubstring("missing.json: No such file or directory\n"));
  CHECK_FALSE(scripts.Has("base"));
  scripts.Run({"check", "--output", "json=r.json", "abba.workload"});
  const CommandResult update = scripts.Run({"baseline", "update", "--baseline", "wrong", "r.json"});
  CHECK(update.exit_code == 2);
  CHECK(update.err == "wrong:2:1: expected a fingerprint of 16 hex digits, found 'x'\n");
  CHECK(scripts.Read("wrong") == "lockdep-baseline 1\nx circular real\n");
  CHECK(scripts.Run({"baseline", "update", "--baseline", "no/base", "r.json"}).exit_code == 2);
}

TEST_CASE("a suppressed finding does not count and is told with the reason", "[tools][outputs][suppressions]") {
  const Scripts scripts;
  scripts.Write("rules", "lock: c\nreason: the gate stays\n\nfile: abba.workload\nreason: only a test\nreal: yes\n");
  const CommandResult result = scripts.Run({"check", "--suppressions", "rules", "."});
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, ContainsSubstring("ok    ./abba.workload (1 finding, 0 expected, 1 suppressed)\n"
                                           "      suppressed: circular a -> b, verdict real: only a test (rules:4)\n"));
  const CommandResult sarif = scripts.Run({"check", "--suppressions", "rules", "--format", "sarif", "."});
  CheckSarif(sarif.out);
  CHECK(Json::parse(sarif.out)["runs"][0]["results"][0]["suppressions"][0]["justification"] == "only a test");
  CHECK_THAT(scripts.Run({"check", "--suppressions", "rules", "--format", "junit", "."}).out,
             ContainsSubstring("failures=\"0\" errors=\"0\" skipped=\"2\""));
  CHECK_THAT(scripts.Run({"check", "--suppressions", "rules", "--format", "github", "."}).out,
             ContainsSubstring("%0AIt does not count: it is suppressed: only a test (rules:4)."));
}

TEST_CASE("a rule without real: yes hides no real finding, and unused rules are noted",
          "[tools][outputs][suppressions]") {
  const Scripts scripts;
  scripts.Write("rules", "lock: a\nreason: r\n\nlock: zz\nreason: r\n");
  const CommandResult result = scripts.Run({"check", "--suppressions", "rules", "abba.workload"});
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.out, ContainsSubstring("FAIL  abba.workload (1 finding, 0 expected)\n      unexpected finding: "));
  CHECK_THAT(result.err, ContainsSubstring("rules:1: this rule matches only findings that are real") &&
                             ContainsSubstring("rules:4: this rule matches no finding\n"));
}

TEST_CASE("an expectation that is not met fails, whatever is suppressed", "[tools][outputs][suppressions]") {
  const Scripts scripts;
  scripts.Write("rules", "lock: *\nreason: r\nreal: yes\n");
  scripts.Write("x.workload", std::string(kAbba) + "expect finding a -> b verdict unknown\n");
  const CommandResult result = scripts.Run({"check", "--suppressions", "rules", "x.workload"});
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.out, ContainsSubstring("      not met: x.workload:4:1: ") && ContainsSubstring("suppressed: "));
  CHECK(result.out.find("unexpected finding") == std::string::npos);
}

TEST_CASE("mistakes in baseline and suppressions are told together and end with 2", "[tools][outputs]") {
  const Scripts scripts;
  scripts.Write("base", "lockdep-baseline 1\nx circular real\n");
  scripts.Write("rules", "lock: a\n");
  const CommandResult result = scripts.Run(
      {"check", "--baseline", "base", "--suppressions", "rules", "--suppressions", "missing", "abba.workload"});
  CHECK(result.exit_code == 2);
  CHECK(result.out.empty());
  CHECK(result.err ==
        "base:2:1: expected a fingerprint of 16 hex digits, found 'x'\n"
        "rules:1:1: a rule without reason:\n"
        "missing: No such file or directory\n");
}

TEST_CASE("the same scripts give the same bytes in every format", "[tools][outputs]") {
  const Scripts scripts;
  for (const char* format : {"sarif", "junit", "github"}) {
    const auto run = [&] { return scripts.Run({"check", "--format", format, "."}).out; };
    CHECK(run() == run());
  }
}

TEST_CASE("the help of baseline is the golden one", "[tools][baseline]") {
  const CommandResult help = RunCommand({"baseline", "update", "--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.out == Golden("help_baseline.txt", help.out));
}

}  // namespace
}  // namespace lockdep
