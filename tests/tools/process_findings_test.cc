#include "tools/process_findings.h"

#include <cstring>
#include <string>
#include <utility>

#include "tests/catch.h"
#include "tests/lockdep/recording_writer.h"

namespace lockdep {
namespace {

// Two threads that take two pairs of locks in both orders; the pairs have the same names.
Recording TwoAlike(const std::string& program = "/bin/program") {
  testing::RecordingWriter writer;
  std::strcpy(writer.header.program, program.c_str());
  for (const std::uint32_t lock : {1, 2, 3, 4}) {
    writer.Lock(lock, 0x5000 + 0x40 * lock, recording::LockRecord::kInitSeen);
    writer.Name(lock, lock % 2 == 1 ? "list" : "node");
  }
  writer.Role(10);
  writer.Role(11);
  writer.Thread(1, recording::kMainRole, 0, 0);
  writer.Thread(2, 10, 1, 1);
  writer.Thread(3, 11, 1, 2);
  writer.Takes(2, {1, 2});
  writer.Takes(3, {2, 1});
  writer.Takes(2, {3, 4});
  writer.Takes(3, {4, 3}, recording::kPastOpen);  // of which less is known
  absl::StatusOr<Recording> recording = Recording::Parse("x.rec", writer.Bytes());
  REQUIRE(recording.ok());
  return *std::move(recording);
}

TEST_CASE("findings that are the same count once for each process, as it can say most of them", "[tools][run]") {
  const Recording recording = TwoAlike();
  REQUIRE(Replay(recording, {"x"}).findings.size() == 2);
  tools::ProcessFindings findings;
  for (std::size_t processes = 1; processes <= 3; ++processes) {
    findings.Add(recording);
    REQUIRE(findings.Sorted().size() == 1);
    const tools::ProcessFinding only = findings.Sorted().front();
    CHECK(only.processes == processes);
    CHECK(only.with_verdict == processes);
    CHECK(only.finding.verdict == Verdict::kPredicted);
  }
}

TEST_CASE("of two findings that are the same and say as much, the one that counts is kept", "[tools][run]") {
  Finding counts = Replay(TwoAlike(), {"x"}).findings.front();
  counts.verdict = Verdict::kUnknown;
  Finding unpublished = counts;
  unpublished.unpublished = true;
  for (const auto& [first, second] : {std::pair{counts, unpublished}, std::pair{unpublished, counts}}) {
    tools::ProcessFindings findings;
    findings.AddAcross({first});
    findings.AddAcross({second});
    REQUIRE(findings.Sorted().size() == 1);
    CHECK_FALSE(findings.Sorted().front().finding.unpublished);
  }
}

TEST_CASE("findings of one name in two programs are one if their functions are", "[tools][run]") {
  Finding finding = Replay(TwoAlike(), {"x"}).findings.front();
  const auto shown = [&](const std::string& source, const std::string& function) {
    Finding other = finding;
    other.source = source;
    for (FindingEdge& edge : other.edges) edge.held_at.function = function;
    tools::ProcessFindings findings;
    findings.AddAcross({finding});
    findings.AddAcross({other});
    return findings.Sorted().size();
  };
  finding.source = "x";
  for (FindingEdge& edge : finding.edges) edge.held_at.function = "Put";
  CHECK(shown("x", "Put") == 1);
  CHECK(shown("x", "Get") == 1);
  CHECK(shown("y", "Put") == 1);  // of a library that both use
  CHECK(shown("y", "Get") == 2);
}

}  // namespace
}  // namespace lockdep
