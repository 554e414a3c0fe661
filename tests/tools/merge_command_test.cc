// `lockdep merge`, on recordings of real programs.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/seed.h"
#include "tests/tools/command.h"

namespace lockdep {
namespace {

std::string Program(const std::string& name) { return std::string(LOCKDEP_HALVES) + "/" + name; }

bool Says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Recordings that real programs left.
class Recordings {
 public:
  // One process, which finds nothing alone; returns its directory.
  std::string Of(const std::string& program, const std::string& half) {
    std::string keep = path(std::to_string(++count_));
    const CommandResult run = RunCommand({"run", "--keep", keep, "--", Program(program), half});
    INFO(run.err);
    REQUIRE(run.exit_code == 0);
    return keep;
  }
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }
  const TemporaryDirectory& directory() const { return directory_; }

 private:
  TemporaryDirectory directory_;
  int count_ = 0;
};

CommandResult Merged(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "merge");
  return RunCommand(arguments);
}

TEST_CASE("the help of merge", "[tools][merge]") {
  const CommandResult help = RunCommand({"merge", "--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.out == Golden("help_merge.txt", help.out));
}

TEST_CASE("two halves of two processes are found", "[tools][merge]") {
  Recordings recordings;
  const std::string ab = recordings.Of("halves", "ab");
  const std::string ba = recordings.Of("halves", "ba");
  CHECK(Merged({ab}).exit_code == 0);
  const CommandResult both = Merged({ab, ba});
  CHECK(both.exit_code == 1);
  CHECK(both.err.empty());
  CHECK(Says(both.out, "verdict UNKNOWN"));
  CHECK(Says(both.out, "(anonymous namespace)::front"));
  CHECK(Says(both.out, "seen in different processes (or runs)"));
  CHECK(Says(both.out, "lockdep: 2 processes,"));
  CHECK(Says(both.out, "lockdep: 1 finding: 1 unknown"));
  SECTION("in any order, and as a merged recording") {
    const std::string file = recordings.path("both.rec");
    CHECK(Merged({ba, ab, ba, "-o", file}).out == both.out);
    CHECK(Merged({file}).out == both.out);
    CHECK(Merged({file, ab}).out == both.out);
    const std::string again = recordings.path("again.rec");
    CHECK(Merged({file, ba, "-o", again}).exit_code == 1);
    CHECK(ContentOf(file) == ContentOf(again));
  }
  SECTION("formats, baseline, suppressions") {
    const std::string json = recordings.path("result.json");
    CHECK(Merged({ab, ba, "--format", "json", "--output", "json=" + json, "--output", "sarif=" + recordings.path("s")})
              .exit_code == 1);
    const nlohmann::json document = nlohmann::json::parse(ContentOf(json));
    REQUIRE(document["findings"].size() == 1);
    CHECK(document["findings"][0]["verdict"] == "unknown");
    CHECK(document["runs"].size() == 2);
    CHECK(nlohmann::json::parse(ContentOf(recordings.path("s")))["runs"][0]["results"].size() == 1);
    const std::string baseline = recordings.path("known");
    REQUIRE(RunCommand({"baseline", "update", "--baseline", baseline, json}).exit_code == 0);
    CHECK(Merged({ab, ba, "--baseline", baseline}).exit_code == 0);
    const std::string rules = recordings.directory().Write("rules", "lock: *front\nreason: a test\n");
    CHECK(Merged({ab, ba, "--suppressions", rules}).exit_code == 0);
  }
}

TEST_CASE("what a run's processes do together is found, too", "[tools][merge][run]") {
  const std::string halves = Program("halves");
  const CommandResult run = RunCommand({"run", "--", "/bin/sh", "-c", halves + " ab; " + halves + " ba"});
  CHECK(run.exit_code == 66);
  CHECK(Says(run.err, "seen in different processes (or runs)"));
}

TEST_CASE("a gate that both hold makes it false", "[tools][merge]") {
  Recordings recordings;
  const CommandResult result =
      Merged({recordings.Of("halves", "gated-ab"), recordings.Of("halves", "gated-ba"), "--verbose"});
  CHECK(result.exit_code == 0);
  CHECK(Says(result.out, "lockdep: 1 finding: 1 false"));
  CHECK(Says(result.out, "exclusive-gate"));
}

TEST_CASE("locks on the heap are those of their process", "[tools][merge]") {
  Recordings recordings;
  const CommandResult result = Merged({recordings.Of("halves", "heap-ab"), recordings.Of("halves", "heap-ba")});
  CHECK(result.exit_code == 0);
  CHECK(Says(result.out, "lockdep: 0 findings"));
}

TEST_CASE("static locks of two programs are two, those of a library that both use are one", "[tools][merge]") {
  Recordings recordings;
  CHECK(Merged({recordings.Of("halves", "ab"), recordings.Of("other_halves", "ba")}).exit_code == 0);
  const CommandResult shared =
      Merged({recordings.Of("shared_halves", "ab"), recordings.Of("other_shared_halves", "ba")});
  CHECK(shared.exit_code == 1);
  CHECK(Says(shared.out, "lockdep: 1 finding: 1 unknown"));
}

TEST_CASE("a process that has both sides, and is false, hides no other side", "[tools][merge]") {
  Recordings recordings;
  const std::string whole = recordings.Of("halves", "one-thread");
  const CommandResult alone = Merged({whole});
  CHECK(alone.exit_code == 0);
  CHECK(Says(alone.out, "lockdep: 1 finding: 1 false"));
  const CommandResult with_half = Merged({whole, recordings.Of("halves", "ab")});
  CHECK(with_half.exit_code == 1);
  CHECK(Says(with_half.out, "lockdep: 1 finding: 1 unknown"));
}

TEST_CASE("two runs of one program that do the same are one process", "[tools][merge]") {
  Recordings recordings;
  for (const char* half : {"ab", "gated-ba", "heap-ab", "one-thread"}) {
    INFO(half);
    const CommandResult result = Merged({recordings.Of("halves", half), recordings.Of("halves", half)});
    CHECK(Says(result.out, "lockdep: 1 process,"));
  }
}

TEST_CASE("real recordings merge in any order and in any groups", "[tools][merge]") {
  const std::uint64_t seed = TestSeed();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  Recordings recordings;
  std::vector<std::string> all;
  for (const char* half : {"ab", "ba", "gated-ab", "gated-ba", "heap-ab", "heap-ba", "one-thread"}) {
    all.push_back(recordings.Of("halves", half));
  }
  const std::string whole = recordings.path("whole.rec");
  const auto merge_all = [&](const std::vector<std::string>& paths, const std::string& file) {
    std::vector<std::string> arguments = paths;
    arguments.insert(arguments.end(), {"-o", file});
    Merged(arguments);
  };
  merge_all(all, whole);
  for (int round = 0; round < 4; ++round) {
    std::vector<std::string> left = all;
    for (int i = 0; left.size() > 1; ++i) {
      std::shuffle(left.begin(), left.end(), random);
      const std::string file = recordings.path("part" + std::to_string(i) + ".rec");
      const std::size_t count = std::min<std::size_t>(left.size(), 2 + random() % 3);
      merge_all({left.begin(), left.begin() + static_cast<std::ptrdiff_t>(count)}, file);
      left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(count));
      left.push_back(file);
    }
    REQUIRE(ContentOf(left[0]) == ContentOf(whole));
  }
}

TEST_CASE("what cannot be read is said, all of it, and the rest is reported", "[tools][merge]") {
  Recordings recordings;
  const std::string ab = recordings.Of("halves", "ab");
  const std::string ba = recordings.Of("halves", "ba");
  const std::string text = recordings.directory().Write("text.rec", "no recording\n");
  const std::string none = recordings.path("none.rec");
  const std::string both = recordings.path("both.rec");
  REQUIRE(Merged({ab, ba, "-o", both}).exit_code == 1);
  const std::string good = ContentOf(both);
  const std::string cut = recordings.directory().Write("cut.rec", good.substr(0, good.size() - 16));
  std::filesystem::create_directory(recordings.path("empty"));
  const CommandResult result = Merged({text, ab, none, ba, cut, recordings.path("empty")});
  CHECK(result.exit_code == 2);
  CHECK(Says(result.err, text + ": is no recording"));
  CHECK(Says(result.err, none + ": cannot be read: No such file or directory"));
  CHECK(Says(result.err, cut + ": the process at byte"));
  CHECK(Says(result.err, recordings.path("empty") + ": has no recordings"));
  CHECK(Says(result.out, "lockdep: 1 finding: 1 unknown"));
  CHECK(RunCommand({"merge"}).exit_code == 2);
  CHECK(Merged({ab, "-o", "/proc/nothing"}).exit_code == 2);
}

}  // namespace
}  // namespace lockdep
