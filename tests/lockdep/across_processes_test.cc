#include "lockdep/across_processes.h"

#include <string>
#include <utility>
#include <vector>

#include "lockdep/canonical_recording.h"
#include "lockdep/recording_replay.h"
#include "tests/catch.h"
#include "tests/lockdep/recording_writer.h"

namespace lockdep {
namespace {

using recording::LockRecord;
using testing::RecordingWriter;

constexpr std::uint16_t kInit = LockRecord::kInitSeen;

// A process of a program with static locks 1 to 5 and heap locks 11 to 13; its threads 2 and 3 run at any time.
class Process {
 public:
  explicit Process(const std::string& build_id = "abcd", const std::string& path = "/bin/program", bool fixed = false) {
    const std::uint64_t bias = fixed ? 0 : 0x7f0000000000 + 0x1000000 * ++made_;
    const std::uint64_t base = fixed ? 0x400000 : bias;
    recording::ModuleRecord record{};
    record.bias = bias;
    record.begin = base;
    record.end = base + 0x10000;
    record.build_id_bytes = static_cast<std::uint32_t>(build_id.size());
    record.path_bytes = static_cast<std::uint32_t>(path.size());
    writer.Write(recording::RecordType::kModule, record, 0, build_id + path);
    for (std::uint32_t id = 1; id <= 5; ++id) writer.Lock(id, base + 0x2000 + 64 * id);
    for (std::uint32_t id = 11; id <= 13; ++id) writer.Lock(id, 0x5500000000 + 64 * id, kInit);
    for (const std::uint32_t id : {20U, 30U}) {
      recording::RoleRecord role{};
      role.id = id;
      role.start_routine = base + 0x100 * id;
      writer.Write(recording::RecordType::kRole, role);
    }
    writer.Thread(1, recording::kMainRole, 0, 0);
  }
  Process& Starts(std::uint32_t thread) {
    writer.Thread(thread, thread == 2 ? 20 : 30, 1, ++marks_);
    return *this;
  }
  Process& Takes(std::uint32_t thread, const std::vector<std::uint32_t>& locks) {
    writer.Takes(thread, locks);
    return *this;
  }
  Process& Quiet() {
    writer.Quiet(1);
    return *this;
  }

  RecordingWriter writer;

 private:
  static inline std::uint64_t made_ = 0;
  std::uint32_t marks_ = 0;
};

Process Program() { return Process(); }

Recording Parsed(Process process) {
  absl::StatusOr<Recording> recording = Recording::Parse("x.rec", process.writer.Bytes());
  REQUIRE(recording.ok());
  return *std::move(recording);
}

std::vector<Finding> Across(const std::vector<Process>& processes) {
  MergedRecording merged;
  for (const Process& process : processes) merged.Add(Parsed(process));
  return FindAcrossProcesses(merged, "x").findings;
}

std::vector<Finding> Alone(const Process& process) { return Replay(Parsed(process), {"x"}).findings; }

bool SaysDifferentProcesses(const Finding& finding) {
  return !finding.missing.empty() &&
         finding.missing[0].text().find("the sides were seen in different processes (or runs); no run has both") !=
             std::string::npos;
}

TEST_CASE("two orders in two processes of one program are unknown", "[across]") {
  const Process ab = Program().Starts(2).Takes(2, {1, 2});
  const Process ba = Program().Starts(3).Takes(3, {2, 1});
  CHECK(Alone(ab).empty());
  CHECK(Alone(ba).empty());
  const std::vector<Finding> findings = Across({ab, ba});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == FindingKind::kCircular);
  CHECK(findings[0].verdict == Verdict::kUnknown);
  CHECK(SaysDifferentProcesses(findings[0]));
  REQUIRE(findings[0].edges.size() == 2);
  CHECK(findings[0].edges[0].thread != findings[0].edges[1].thread);
}

TEST_CASE("a gate that a thread has which runs coroutines excludes nothing", "[across]") {
  Process gated = Program();
  const Process ba = Program().Starts(3).Takes(3, {3, 2, 1});
  SECTION("it runs none") {
    const std::vector<Finding> findings = Across({gated.Starts(2).Takes(2, {3, 1, 2}), ba});
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].verdict == Verdict::kFalse);
  }
  SECTION("it runs some") {
    recording::RoleRecord role{};
    role.id = 20;
    gated.writer.Write(recording::RecordType::kRole, role, recording::RoleRecord::kSeveralStacks);
    const std::vector<Finding> findings = Across({gated.Starts(2).Takes(2, {3, 1, 2}), ba});
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].verdict == Verdict::kUnknown);
  }
}

TEST_CASE("main threads of two processes are two", "[across]") {
  const std::vector<Finding> findings = Across({Program().Takes(1, {1, 2}), Program().Takes(1, {2, 1})});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].verdict == Verdict::kUnknown);
}

TEST_CASE("one process, or one seen twice, has nothing across", "[across]") {
  const Process both = Program().Starts(2).Starts(3).Takes(2, {1, 2}).Takes(3, {2, 1});
  REQUIRE(Alone(both).size() == 1);
  CHECK(Across({both}).empty());
  CHECK(Across({both, both}).empty());
}

TEST_CASE("a gate that both processes hold makes it false", "[across]") {
  const std::vector<Finding> findings =
      Across({Program().Starts(2).Takes(2, {3, 1, 2}), Program().Starts(3).Takes(3, {3, 2, 1})});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].verdict == Verdict::kFalse);
  REQUIRE(findings[0].reasons.size() == 1);
  CHECK(findings[0].reasons[0].kind == ReasonKind::kExclusiveGate);
}

TEST_CASE("a lock on the heap is no gate across processes, and no side", "[across]") {
  const std::vector<Finding> gated =
      Across({Program().Starts(2).Takes(2, {11, 1, 2}), Program().Starts(3).Takes(3, {11, 2, 1})});
  REQUIRE(gated.size() == 1);
  CHECK(gated[0].verdict == Verdict::kUnknown);
  CHECK(Across({Program().Starts(2).Takes(2, {11, 1}), Program().Starts(3).Takes(3, {1, 11})}).empty());
}

TEST_CASE("a lock on the heap is one across processes by the name that the program gives it", "[across]") {
  const auto named = [](Process process, std::uint32_t lock, const char* name) {
    process.writer.Name(lock, name);
    return process;
  };
  const Process first = Program().Starts(2).Takes(2, {11, 1});
  const Process second = Program().Starts(3).Takes(3, {1, 12});
  CHECK(Across({first, second}).empty());
  const std::vector<Finding> findings = Across({named(first, 11, "ledger"), named(second, 12, "ledger")});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].verdict == Verdict::kUnknown);
  CHECK((findings[0].locks[0].name == "ledger" || findings[0].locks[1].name == "ledger"));
  CHECK(Across({named(first, 11, "ledger"), named(second, 12, "page")}).empty());
  // Made at one place and used by the same code, they are told apart by their names alone.
  const auto both = [&](const char* outer, const char* inner) {
    return named(named(Program().Starts(2).Takes(2, {11, 12}), 11, outer), 12, inner);
  };
  CHECK(Across({both("first", "second"), both("second", "first")}).size() == 1);
  CHECK(Across({both("first", "second"), both("first", "second")}).empty());
  // Two locks of one process that have one name stay two.
  const Process two = named(named(Program().Starts(2).Takes(2, {11, 1}).Takes(2, {13, 1}), 11, "ledger"), 13, "ledger");
  CHECK(Across({two, named(second, 12, "ledger")}).empty());
}

TEST_CASE("what turned out to be no lock is none across processes", "[across]") {
  Process first = Program().Starts(2).Takes(2, {1, 2});
  const Process second = Program().Starts(3).Takes(3, {2, 1});
  REQUIRE(Across({first, second}).size() == 1);
  first.writer.NoLock(1);
  CHECK(Across({first, second}).empty());
}

TEST_CASE("what turned out to be no lock in one process is none in any", "[across]") {
  const Process first = Program().Starts(2).Takes(2, {3, 1, 2});
  const Process second = Program().Starts(3).Takes(3, {3, 2, 1});
  REQUIRE(Across({first, second})[0].verdict == Verdict::kFalse);
  Process third = Program().Starts(2).Takes(2, {3, 4});
  third.writer.NoLock(3);
  const std::vector<Finding> findings = Across({first, second, third});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].verdict == Verdict::kUnknown);
}

TEST_CASE("a gate that may be another lock decides nothing", "[across]") {
  Process first = Program().Starts(2).Takes(2, {3, 1, 2});
  recording::MisuseRecord misuse{};
  misuse.misuse = recording::Misuse::kUnbalancedUnlock;
  misuse.thread = 1;
  misuse.lock.lock = 3;
  first.writer.Write(recording::RecordType::kMisuse, misuse);
  const Process second = Program().Starts(3).Takes(3, {3, 2, 1});
  for (const std::vector<Process>& order : {std::vector{first, second}, std::vector{second, first}}) {
    const std::vector<Finding> findings = Across(order);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].verdict == Verdict::kUnknown);
    std::string missing;
    for (const std::string& each : findings[0].missing) missing += each + '\n';
    INFO(missing);
    CHECK(missing.find("has given it back") != std::string::npos);
  }
}

TEST_CASE("nothing is false where events were lost", "[across]") {
  Process first = Program().Starts(2).Takes(2, {3, 1, 2});
  first.writer.header.lost_events = 1;
  const std::vector<Finding> findings = Across({first, Program().Starts(3).Takes(3, {3, 2, 1})});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].verdict == Verdict::kUnknown);
  CHECK(SaysDifferentProcesses(findings[0]));
}

TEST_CASE("static locks are one by the build id of their file, else by its path", "[across]") {
  const auto count = [](const Process& first, const Process& second) {
    Process ab = first, ba = second;
    return Across({ab.Starts(2).Takes(2, {1, 2}), ba.Starts(3).Takes(3, {2, 1})}).size();
  };
  CHECK(count(Process("abcd", "/lib/a.so"), Process("abcd", "/elsewhere/a.so")) == 1);
  CHECK(count(Process("abcd", "/lib/a.so"), Process("efgh", "/lib/a.so")) == 0);
  CHECK(count(Process("", "/lib/a.so"), Process("", "/lib/a.so")) == 1);
  CHECK(count(Process("", "/lib/a.so"), Process("", "/lib/b.so")) == 0);
  CHECK(count(Process("", ""), Process("", "")) == 0);
  // Programs that are not position-independent, at the same addresses.
  CHECK(count(Process("abcd", "/bin/a", true), Process("abcd", "/bin/a", true)) == 1);
  CHECK(count(Process("abcd", "/bin/a", true), Process("efgh", "/bin/b", true)) == 0);
}

TEST_CASE("two locks of one process at one place stay two, in all processes", "[across]") {
  Process again = Program();
  again.Starts(2).Takes(2, {1, 2});
  const auto* const record =
      reinterpret_cast<const recording::ModuleRecord*>(again.writer.records.data() + 2 * sizeof(recording::RoleRecord));
  again.writer.Lock(6, record->begin + 0x2000 + 64, kInit);  // lock 1 was made again
  again.Takes(2, {6, 2});
  CHECK(Across({again, Program().Starts(3).Takes(3, {2, 1})}).empty());
}

// The main thread does both, one after the other.
Process OneThread() { return Program().Takes(1, {1, 2}).Takes(1, {2, 1}).Quiet(); }

TEST_CASE("processes that have all sides judge them alone", "[across]") {
  REQUIRE(Alone(OneThread()).size() == 1);
  REQUIRE(Alone(OneThread())[0].verdict == Verdict::kFalse);
  Process other = OneThread();
  other.Takes(1, {4, 5});
  CHECK(Across({OneThread(), other}).empty());
}

TEST_CASE("an order of one process does not hold for a side that another one has", "[across]") {
  const std::vector<Finding> findings = Across({OneThread(), Program().Starts(2).Takes(2, {1, 2})});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].verdict == Verdict::kUnknown);
  CHECK(SaysDifferentProcesses(findings[0]));
  // It is the same finding.
  CHECK(findings[0].fingerprint == Alone(OneThread())[0].fingerprint);
}

TEST_CASE("a cycle of three may have two sides in one process", "[across]") {
  const std::vector<Finding> findings =
      Across({Program().Starts(2).Takes(2, {1, 2}).Takes(2, {2, 3}), Program().Starts(3).Takes(3, {3, 1})});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].edges.size() == 3);
  CHECK(findings[0].verdict == Verdict::kUnknown);
}

TEST_CASE("a join under a lock is a side, too", "[across]") {
  Process joins = Program().Starts(2);
  recording::ChainRecord chain{};
  chain.thread = 1;
  chain.held = 1;
  chain.wanted.lock = 20;  // the role
  recording::HeldEntry held{};
  held.lock = 1;
  joins.writer.Write(recording::RecordType::kChain, chain, recording::kOfJoin,
                     {reinterpret_cast<const char*>(&held), sizeof held});
  const std::vector<Finding> findings = Across({joins, Program().Starts(2).Takes(2, {2, 1})});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].verdict == Verdict::kUnknown);
  CHECK(findings[0].locks.size() >= 2);
  CHECK(Across({joins, Program().Starts(3).Takes(3, {2, 1})}).empty());  // of another role
}

TEST_CASE("the order in which processes are given does not matter", "[across]") {
  const Process ab = Program().Starts(2).Takes(2, {1, 2});
  const Process ba = Program().Starts(3).Takes(3, {2, 1});
  const Process bc = Program().Takes(1, {2, 3, 1});
  const auto texts = [](const std::vector<Finding>& findings) {
    std::vector<std::string> result;
    for (const Finding& each : findings) {
      std::string text = Summary(each);
      for (const FindingEdge& edge : each.edges) text += " / " + edge.thread;
      result.push_back(std::move(text));
    }
    return result;
  };
  const std::vector<std::string> one = texts(Across({ab, ba, bc}));
  REQUIRE_FALSE(one.empty());
  CHECK(one == texts(Across({bc, ab, ba})));
  CHECK(one == texts(Across({ba, bc, ab, ba})));
}

}  // namespace
}  // namespace lockdep
