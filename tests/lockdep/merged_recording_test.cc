#include "lockdep/merged_recording.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/canonical_recording.h"
#include "lockdep/recording_replay.h"
#include "tests/catch.h"
#include "tests/lockdep/recording_writer.h"
#include "tests/seed.h"

namespace lockdep {
namespace {

using recording::LockRecord;
using testing::RecordingWriter;

Recording Parsed(RecordingWriter writer) {
  absl::StatusOr<Recording> recording = Recording::Parse("x.rec", writer.Bytes());
  REQUIRE(recording.ok());
  return *std::move(recording);
}

Recording Canonical(const Recording& recording) {
  absl::StatusOr<Recording> canonical = FromCanonicalBytes("canonical", CanonicalBytes(recording));
  REQUIRE(canonical.ok());
  return *std::move(canonical);
}

MergedRecording Merge(const MergedRecording& a, const MergedRecording& b) {
  MergedRecording merged = a;
  merged.Add(b);
  return merged;
}

// Where a process has things that are elsewhere in each run.
struct Places {
  std::uint64_t bias = 0x7f0000000000;
  std::uint64_t heap = 0x555500000000;
  std::uint32_t first_id = 1;
};

void AddModule(RecordingWriter& writer, const Places& places) {
  recording::ModuleRecord record{};
  record.bias = places.bias;
  record.begin = places.bias;
  record.end = places.bias + 0x10000;
  record.build_id_bytes = 4;
  record.path_bytes = 9;
  writer.Write(recording::RecordType::kModule, record, 0, "abcd/bin/none");
}

// Two workers of different roles, which do the same with locks in static storage and on the heap.  `second_first`:
// in which order they come to write.
RecordingWriter TwoWorkers(const Places& places, bool second_first) {
  RecordingWriter writer;
  writer.header.pid = static_cast<std::uint32_t>(places.first_id);
  writer.header.start_ns = places.bias;
  AddModule(writer, places);
  const std::uint32_t a = places.first_id, b = a + 7, heap = a + 3;
  const auto role = [&](std::uint32_t id, std::uint64_t routine) {
    recording::RoleRecord record{};
    record.id = id;
    record.start_routine = places.bias + routine;
    writer.Write(recording::RecordType::kRole, record);
  };
  writer.Thread(1, recording::kMainRole, 0, 0);
  role(places.first_id + 20, 0x100);
  writer.Thread(2, places.first_id + 20, 1, 1);
  role(places.first_id + 30, 0x200);
  writer.Thread(3, places.first_id + 30, 1, 2);
  const auto one = [&] { writer.Takes(2, {a, b, heap}); };
  const auto two = [&] { writer.Takes(3, {b, a}); };
  if (second_first) {
    writer.Lock(b, places.bias + 0x3000);
    writer.Lock(a, places.bias + 0x2000);
    two();
    writer.Lock(heap, places.heap, LockRecord::kInitSeen);
    one();
    writer.ThreadEnd(3);
    writer.ThreadEnd(2);
  } else {
    writer.Lock(a, places.bias + 0x2000);
    writer.Lock(b, places.bias + 0x3000);
    writer.Lock(heap, places.heap, LockRecord::kInitSeen);
    one();
    writer.ThreadEnd(2);
    two();
    writer.ThreadEnd(3);
  }
  writer.Join(1, 2);
  writer.Join(1, 3);
  writer.Quiet(1);
  return writer;
}

TEST_CASE("where things lie, how they are numbered and who writes first leave no trace", "[merged]") {
  const std::string bytes = CanonicalBytes(Parsed(TwoWorkers({}, false)));
  const auto same = [&](const Places& places, bool second_first) {
    return bytes == CanonicalBytes(Parsed(TwoWorkers(places, second_first)));
  };
  CHECK(same({0x7f1234560000, 0x600000000000, 40}, false));
  CHECK(same({}, true));
  RecordingWriter other = TwoWorkers({}, false);
  other.Takes(1, {1, 8});
  const bool differs = bytes != CanonicalBytes(Parsed(other));
  CHECK(differs);
}

TEST_CASE("what is canonical is so again", "[merged]") {
  const std::string bytes = CanonicalBytes(Parsed(TwoWorkers({}, true)));
  const absl::StatusOr<Recording> recording = FromCanonicalBytes("x", bytes);
  REQUIRE(recording.ok());
  const bool same = CanonicalBytes(*recording) == bytes;
  CHECK(same);
}

// Threads that start others, take locks, wait, end and join, as a recorder may tell of them.
RecordingWriter RandomRecording(std::mt19937_64& random, std::size_t steps) {
  const auto below = [&](std::uint64_t n) { return static_cast<std::uint32_t>(random() % n); };
  RecordingWriter writer;
  const Places places{0x7f0000000000 + (random() % 1000 << 12), 0x555500000000, 1};
  AddModule(writer, places);
  for (std::uint32_t id = 1; id <= 4; ++id) {
    const bool on_heap = below(3) == 0;
    writer.Lock(id, on_heap ? places.heap + 64 * id : places.bias + 0x1000 + 64 * id,
                on_heap && below(2) == 0 ? LockRecord::kInitSeen : std::uint16_t{0});
  }
  for (std::uint32_t id = 10; id < 13; ++id) {
    recording::RoleRecord record{};
    record.id = id;
    record.start_routine = places.bias + 16 * id;
    const std::uint16_t flags = below(6) == 0 ? recording::RoleRecord::kSeveralStacks : 0;
    writer.Write(recording::RecordType::kRole, record, flags);
  }
  writer.SingleRole(13, "one at a time");
  if (below(8) == 0) writer.header.futex_calls = 1 + below(3);
  if (below(8) == 0) writer.header.imports = below(4);
  if (below(3) == 0) writer.Name(1, "ledger");
  if (below(3) == 0) writer.Name(2, "page", recording::NameRecord::kOfClass);
  if (below(4) == 0) writer.Order(1 + below(4), 1 + below(4));
  if (below(8) == 0) writer.NoLock(1 + below(4));
  struct Thread {
    std::uint32_t number, marks;
    std::uint16_t flags;
  };
  std::vector<Thread> running{{1, 0, 0}};
  std::vector<std::uint32_t> ended;
  std::uint32_t last = 1;
  writer.Thread(1, recording::kMainRole, 0, 0);
  for (std::size_t i = 0; i < steps && !running.empty(); ++i) {
    Thread& thread = running[below(running.size())];
    switch (below(9)) {
      case 0:
        writer.Thread(++last, 10 + below(3), thread.number, ++thread.marks,
                      thread.flags != 0
                          ? recording::ThreadRecord::kOriginKnown | recording::ThreadRecord::kCreatorsPastOpen
                          : recording::ThreadRecord::kOriginKnown);
        running.push_back({last, 0, 0});
        break;
      case 1:
        if (thread.number == 1) break;
        writer.ThreadEnd(thread.number, thread.marks + 1);
        ended.push_back(thread.number);
        running.erase(running.begin() + (&thread - running.data()));
        break;
      case 2:
        if (ended.empty()) break;
        writer.Join(thread.number, ended.back());
        ended.pop_back();
        break;
      case 3:
        if (below(4) == 0) thread.flags = recording::kPastOpen;
        break;
      case 4: writer.Asks(thread.number, 1 + below(4), below(2) * 10, below(2) == 0 ? 0 : std::uint64_t{1} << 9); break;
      default: {
        std::vector<std::uint32_t> locks{1, 2, 3, 4};
        std::shuffle(locks.begin(), locks.end(), random);
        locks.resize(1 + below(3));
        writer.Takes(thread.number, locks, thread.flags);
      }
    }
  }
  for (const Thread& thread : running) {
    if (below(4) != 0) writer.Quiet(thread.number);
  }
  return writer;
}

std::vector<std::string> JudgedOf(const Recording& recording) {
  std::vector<std::string> judged;
  for (const Finding& finding : Replay(recording, {"x"}).findings) {
    // Of several shortest ways from one lock to another the one of the lowest numbers is shown, which differ here.
    if (finding.kind == FindingKind::kIrqInversion) continue;
    judged.push_back(FingerprintText(finding.fingerprint) + ' ' + Summary(finding) + ' ' +
                     std::string(ToString(finding.strength)));
  }
  std::sort(judged.begin(), judged.end());
  return judged;
}

TEST_CASE("a canonical recording has the findings of the original", "[merged]") {
  const std::uint64_t seed = TestSeed();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::size_t findings = 0;
  for (int round = 0; round < 300; ++round) {
    INFO("round " << round);
    const Recording recording = Parsed(RandomRecording(random, 4 + random() % 40));
    const Recording canonical = Canonical(recording);
    REQUIRE(JudgedOf(recording) == JudgedOf(canonical));
    findings += JudgedOf(recording).size();
  }
  CHECK(findings > 100);
}

TEST_CASE("merging is a union: any order, any groups, any repetition", "[merged]") {
  const std::uint64_t seed = TestSeed();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (const std::size_t most : {std::size_t{5}, MergedRecording::kProcessesMax}) {
    std::vector<MergedRecording> parts;
    for (int i = 0; i < 12; ++i) {
      parts.emplace_back(most);
      parts.back().Add(Parsed(RandomRecording(random, 3 + random() % 20)));
    }
    MergedRecording all(most);
    for (const MergedRecording& part : parts) all.Add(part);
    CHECK(all.left_out() == (most == 5));
    const bool idempotent = Merge(all, all).Bytes() == all.Bytes();
    CHECK(idempotent);
    for (int round = 0; round < 50; ++round) {
      std::vector<MergedRecording> left = parts;
      for (int again = 0; again < 3; ++again) left.push_back(parts[random() % parts.size()]);
      while (left.size() > 1) {  // any two of them
        std::shuffle(left.begin(), left.end(), random);
        const MergedRecording merged = Merge(left[0], left[1]);
        left.erase(left.begin(), left.begin() + 2);
        // As a file, or as it is.
        if (random() % 2 == 0) {
          left.push_back(merged);
        } else {
          const absl::StatusOr<RecordingFile> file = RecordingFile::Parse("x", merged.Bytes());
          REQUIRE(file.ok());
          REQUIRE(file->damage.empty());
          MergedRecording read(most);
          read.Add(file->content);
          left.push_back(read);
        }
      }
      const bool same = left[0].Bytes() == all.Bytes();
      REQUIRE(same);
    }
  }
}

TEST_CASE("a cap keeps the smallest hashes", "[merged]") {
  std::mt19937_64 random(7);
  MergedRecording all, three(3);
  for (int i = 0; i < 9; ++i) {
    const Recording recording = Parsed(RandomRecording(random, 12));
    all.Add(recording);
    three.Add(recording);
  }
  REQUIRE(all.processes().size() > 3);
  CHECK(three.left_out());
  CHECK_FALSE(all.left_out());
  CHECK(std::equal(three.processes().begin(), three.processes().end(), all.processes().begin()));
}

TEST_CASE("a merged recording that is damaged is used up to there, and says so", "[merged]") {
  MergedRecording merged;
  merged.Add(Parsed(TwoWorkers({}, false)));
  RecordingWriter other = TwoWorkers({}, false);
  other.Takes(1, {1, 8});
  merged.Add(Parsed(other));
  const std::string good = merged.Bytes();
  const auto damage = [](const std::string& bytes, std::size_t processes) {
    const absl::StatusOr<RecordingFile> file = RecordingFile::Parse("m.rec", bytes);
    REQUIRE(file.ok());
    CHECK(file->content.processes().size() == processes);
    return file->damage;
  };
  CHECK(damage(good, 2).empty());
  CHECK(damage(good.substr(0, good.size() - 8), 1).find("is not complete: the file ends") != std::string::npos);
  CHECK(damage(good + "12345678", 2) == "m.rec: has 8 bytes too many");
  std::string flipped = good;
  flipped[good.size() - 9] ^= 1;
  CHECK(damage(flipped, 1).find("its bytes have another hash; those before it are used") != std::string::npos);
  CHECK_FALSE(RecordingFile::Parse("m.rec", good.substr(0, 20)).ok());
  std::string newer = good;
  newer[8] = 9;
  const absl::StatusOr<RecordingFile> read = RecordingFile::Parse("m.rec", newer);
  REQUIRE_FALSE(read.ok());
  CHECK(read.status().message() == "m.rec: is a merged recording of version 9.2; this program reads version 1.2");
}

TEST_CASE("a damaged recording is marked, so that no verdict rests on what it does not have", "[merged]") {
  std::string bytes = TwoWorkers({}, false).Bytes();
  bytes.resize(bytes.size() - 8);
  const absl::StatusOr<RecordingFile> file = RecordingFile::Parse("x.rec", bytes);
  REQUIRE(file.ok());
  CHECK_FALSE(file->damage.empty());
  const absl::StatusOr<Recording> recording = FromCanonicalBytes("x", file->content.processes().begin()->second);
  REQUIRE(recording.ok());
  CHECK(recording->header().full == recording::kDamaged);
}

}  // namespace
}  // namespace lockdep
