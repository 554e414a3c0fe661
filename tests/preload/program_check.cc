// Runs one program under `lockdep run` and compares what is found with what its source expects.
//
//   program_check LOCKDEP PROGRAM SOURCE SCHEMA
//
// Lines of the source:
//   // expect: KIND | LOCK -> LOCK … | VERDICT [(STRENGTH)] [| REASON …]   a finding, up to rotation of a cycle
//   // exit: N                 of `lockdep run`; without it 66 if a finding is expected that is not false, else 0
//   // run: OPTION …           more options for `lockdep run`
//   // hangs                   it is not run without the recorder, to be compared with
//   // note: TEXT              a note that has this text
//   // no note: TEXT           no note has it
// A finding that no line expects, and a line without a finding, is a failure.  A lock that is named after a place is
// written without the line: "main at x.cc".
//
// Unless it hangs, the program is also run alone: what it prints and how it ends must be the same.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/lockdep/json_schema.h"

namespace lockdep {
namespace {

constexpr int kHungByChance = 3;

struct Expected {
  std::string text;
  std::string kind;
  std::vector<std::string> locks;
  std::string verdict;
  std::string strength;  // empty: any
  std::vector<std::string> reasons;
  bool met = false;
};

struct Expectations {
  std::vector<Expected> findings;
  std::vector<std::string> notes;
  std::vector<std::string> no_notes;
  std::vector<std::string> options;
  int exit_code = -1;
  bool hangs = false;
};

std::string Trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::vector<std::string> Split(const std::string& text, const std::string& by) {
  std::vector<std::string> parts;
  for (std::size_t at = 0;;) {
    const std::size_t next = text.find(by, at);
    parts.push_back(Trimmed(text.substr(at, next == std::string::npos ? next : next - at)));
    if (next == std::string::npos) return parts;
    at = next + by.size();
  }
}

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "program_check: %s\n", what.c_str());
  std::exit(2);
}

// A directory that is removed with everything in it.
class Directory {
 public:
  Directory() {
    std::string pattern = std::filesystem::temp_directory_path() / "lockdep-test-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) Fail("no directory can be made");
    path_ = pattern;
  }
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  std::string File(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

struct Outcome {
  int exit_code = -1;  // 128 and the signal's number if one ended it
  std::string out;
  std::string err;
};

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Outcome RunProgram(std::vector<std::string> arguments) {
  const Directory directory;
  const std::string out = directory.File("out");
  const std::string err = directory.File("err");
  const pid_t child = fork();
  if (child < 0) Fail("no process can be made");
  if (child == 0) {
    std::vector<char*> argv;
    for (std::string& each : arguments) argv.push_back(each.data());
    argv.push_back(nullptr);
    const int in = open("/dev/null", O_RDONLY);
    const int to_out = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int to_err = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (dup2(in, 0) >= 0 && dup2(to_out, 1) >= 0 && dup2(to_err, 2) >= 0) execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), ReadAll(out), ReadAll(err)};
}

Expectations Read(const std::string& path) {
  std::ifstream file(path);
  if (!file) Fail(path + " cannot be read");
  Expectations all;
  bool said_something = false;
  for (std::string line; std::getline(file, line);) {
    const auto value = [&](const std::string& key) {
      return line.rfind("// " + key, 0) == 0 ? Trimmed(line.substr(3 + key.size())) : std::string();
    };
    if (line.rfind("// expect: no finding", 0) == 0) {
      said_something = true;
    } else if (const std::string text = value("expect:"); !text.empty()) {
      const std::vector<std::string> parts = Split(text, " | ");
      if (parts.size() < 3) Fail(path + ": needs KIND | LOCKS | VERDICT: " + line);
      const std::vector<std::string> verdict = Split(parts[2], " (");
      Expected expected{text, parts[0], Split(parts[1], " -> "), verdict[0], "", {}, false};
      if (verdict.size() == 2) expected.strength = verdict[1].substr(0, verdict[1].find(')'));
      expected.reasons.assign(parts.begin() + 3, parts.end());
      all.findings.push_back(expected);
      said_something = true;
    } else if (const std::string code = value("exit:"); !code.empty()) {
      all.exit_code = std::stoi(code);
    } else if (const std::string options = value("run:"); !options.empty()) {
      all.options = Split(options, " ");
    } else if (const std::string note = value("note:"); !note.empty()) {
      all.notes.push_back(note);
    } else if (const std::string unsaid = value("no note:"); !unsaid.empty()) {
      all.no_notes.push_back(unsaid);
    } else if (line == "// hangs") {
      all.hangs = true;
    }
  }
  if (!said_something) Fail(path + ": expects nothing");
  return all;
}

std::string WithoutLine(const std::string& name) { return std::regex_replace(name, std::regex(":[0-9]+$"), ""); }

bool IsRotation(const std::vector<std::string>& expected, const std::vector<std::string>& found) {
  if (expected.size() != found.size()) return false;
  for (std::size_t shift = 0; shift < found.size(); ++shift) {
    std::vector<std::string> rotated = found;
    std::rotate(rotated.begin(), rotated.begin() + static_cast<std::ptrdiff_t>(shift), rotated.end());
    if (rotated == expected) return true;
  }
  return false;
}

bool Matches(const Expected& expected, const nlohmann::json& finding) {
  std::vector<std::string> locks;
  for (int i = 0; i < finding["cycle_length"].get<int>(); ++i) {
    locks.push_back(WithoutLine(finding["locks"][static_cast<std::size_t>(i)]["name"].get<std::string>()));
  }
  if (finding["kind"] != expected.kind || finding["verdict"] != expected.verdict) return false;
  if (!expected.strength.empty() && finding["strength"] != expected.strength) return false;
  if (!IsRotation(expected.locks, locks)) return false;
  return std::all_of(expected.reasons.begin(), expected.reasons.end(), [&](const std::string& reason) {
    return std::any_of(finding["reasons"].begin(), finding["reasons"].end(),
                       [&](const nlohmann::json& each) { return each["reason"] == reason; });
  });
}

std::string Describe(const nlohmann::json& finding) {
  std::string text = finding["kind"].get<std::string>() + " |";
  for (int i = 0; i < finding["cycle_length"].get<int>(); ++i) {
    text += (i > 0 ? " -> " : " ") + finding["locks"][static_cast<std::size_t>(i)]["name"].get<std::string>();
  }
  text += " | " + finding["verdict"].get<std::string>();
  if (finding["strength"].is_string()) text += " (" + finding["strength"].get<std::string>() + ")";
  for (const nlohmann::json& reason : finding["reasons"]) text += " | " + reason["reason"].get<std::string>();
  for (const nlohmann::json& missing : finding["missing"]) text += "\n      missing: " + missing.get<std::string>();
  return text;
}

int Run(const std::string& lockdep, const std::string& program, const std::string& source,
        const std::string& schema_path) {
  Expectations expectations = Read(source);
  const Directory directory;
  const std::string result_path = directory.File("result.json");
  std::vector<std::string> command = {lockdep, "run", "--output", "json=" + result_path};
  command.insert(command.end(), expectations.options.begin(), expectations.options.end());
  command.insert(command.end(), {"--", program});
  const Outcome checked = RunProgram(command);
  std::vector<std::string> problems;

  std::ifstream file(result_path);
  const nlohmann::json document = nlohmann::json::parse(file, nullptr, false);
  if (document.is_discarded()) {
    std::printf("no result; exit %d\n%s%s\n", checked.exit_code, checked.out.c_str(), checked.err.c_str());
    return 1;
  }
  std::ifstream schema_file(schema_path);
  for (const std::string& error : SchemaErrors(nlohmann::json::parse(schema_file), document)) {
    problems.push_back("schema: " + error);
  }
  bool counts = false;
  bool hung_by_chance = false;
  for (const nlohmann::json& finding : document["findings"]) {
    const auto expected = std::find_if(expectations.findings.begin(), expectations.findings.end(),
                                       [&](const Expected& each) { return !each.met && Matches(each, finding); });
    if (expected == expectations.findings.end()) {
      hung_by_chance = hung_by_chance || (finding["verdict"] == "real" && !expectations.hangs);
      problems.push_back("not expected: " + Describe(finding));
    } else {
      expected->met = true;
    }
  }
  for (const Expected& each : expectations.findings) {
    if (!each.met) problems.push_back("not found: " + each.text);
    counts = counts || each.verdict != "false";
  }
  const auto said = [&](const std::string& text) {
    return std::any_of(document["notes"].begin(), document["notes"].end(), [&](const nlohmann::json& each) {
      return each.get<std::string>().find(text) != std::string::npos;
    });
  };
  for (const std::string& note : expectations.notes) {
    if (!said(note)) problems.push_back("no note has: " + note);
  }
  for (const std::string& note : expectations.no_notes) {
    if (said(note)) problems.push_back("a note has: " + note);
  }
  int exit_code = expectations.exit_code;
  if (!expectations.hangs) {
    const Outcome alone = RunProgram({program});
    if (alone.out != checked.out)
      problems.push_back("it prints something else: " + checked.out + "alone: " + alone.out);
    if (exit_code < 0 && alone.exit_code != 0) exit_code = alone.exit_code;
  }
  if (exit_code < 0) exit_code = counts ? 66 : 0;
  if (checked.exit_code != exit_code) {
    problems.push_back("exit " + std::to_string(checked.exit_code) + ", not " + std::to_string(exit_code));
  }
  for (const std::string& problem : problems) std::printf("%s\n", problem.c_str());
  if (!problems.empty()) std::printf("%s", checked.err.c_str());
  if (!problems.empty() && hung_by_chance) return kHungByChance;
  return problems.empty() ? 0 : 1;
}

}  // namespace
}  // namespace lockdep

int main(int argc, char** argv) {
  if (argc != 5) lockdep::Fail("usage: program_check LOCKDEP PROGRAM SOURCE SCHEMA");
  // What may hang may do so: threads that are to miss each other by some milliseconds can meet on a busy machine.
  int result = 0;
  for (int attempt = 0; attempt < 3; ++attempt) {
    result = lockdep::Run(argv[1], argv[2], argv[3], argv[4]);
    if (result != lockdep::kHungByChance) return result;
  }
  return result;
}
