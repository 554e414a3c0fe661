#include "lockdep/recording.h"

#include <random>
#include <string>
#include <utility>

#include "lockdep/recording_replay.h"
#include "lockdep/report.h"
#include "tests/catch.h"
#include "tests/lockdep/recording_writer.h"
#include "tests/seed.h"

namespace lockdep {
namespace {

using recording::LockRecord;
using testing::RecordingWriter;

// Two locks with a known birth, and three threads: main starts 2 and 3, in different roles.
RecordingWriter TwoLocksThreeThreads(std::uint16_t flags = LockRecord::kInitSeen) {
  RecordingWriter writer;
  writer.Lock(1, 0x5000, flags);
  writer.Lock(2, 0x5040, flags);
  writer.Lock(3, 0x5080, flags);
  writer.Role(10);
  writer.Role(11);
  writer.Thread(1, recording::kMainRole, 0, 0);
  writer.Thread(2, 10, 1, 1);
  writer.Thread(3, 11, 1, 2);
  return writer;
}

Recording Parsed(RecordingWriter& writer) {
  absl::StatusOr<Recording> recording = Recording::Parse("x.rec", writer.Bytes());
  REQUIRE(recording.ok());
  return *std::move(recording);
}

std::vector<Finding> FindingsOf(RecordingWriter& writer) { return Replay(Parsed(writer), {"x"}).findings; }

TEST_CASE("what was written is read, in its order", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads();
  writer.Takes(2, {1, 2});
  const Recording recording = Parsed(writer);
  CHECK(recording.damage().empty());
  CHECK(recording.program() == "/bin/program");
  REQUIRE(recording.records().size() == 12);
  const recording::RecordHead* chain = recording.records()[10];
  REQUIRE(chain->type == recording::RecordType::kChain);
  REQUIRE(HeldOf(As<recording::ChainRecord>(chain)).size() == 1);
  CHECK(HeldOf(As<recording::ChainRecord>(chain))[0].lock == 1);
  CHECK(As<recording::ChainRecord>(chain).wanted.lock == 2);
  REQUIRE(OperationsOf(As<recording::EpisodeRecord>(recording.records()[11])).size() == 4);
}

TEST_CASE("a recording without records has no findings", "[recording]") {
  RecordingWriter writer;
  writer.records.clear();
  CHECK(Parsed(writer).records().empty());
  CHECK(FindingsOf(writer).empty());
}

TEST_CASE("what is no recording is said to be none", "[recording]") {
  CHECK_FALSE(Recording::Parse("x.rec", "").ok());
  CHECK_FALSE(Recording::Parse("x.rec", std::string(10'000, 'x')).ok());
  RecordingWriter writer;
  writer.header.version = 7;
  const absl::StatusOr<Recording> other = Recording::Parse("x.rec", writer.Bytes());
  REQUIRE_FALSE(other.ok());
  CHECK(std::string(other.status().message()) == "x.rec: is a recording of version 7; this program reads version 2");
  CHECK_FALSE(Recording::Read("/nowhere/x.rec").ok());
}

TEST_CASE("a damaged recording is used up to the damage, and says where that is", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads();
  const std::size_t good = Parsed(writer).records().size();
  SECTION("it ends in the middle of a record") {
    std::string bytes = writer.Bytes();
    bytes.resize(bytes.size() - 4);
    const absl::StatusOr<Recording> recording = Recording::Parse("x.rec", bytes);
    REQUIRE(recording.ok());
    CHECK(recording->records().size() == good - 1);
    CHECK(recording->damage().find("x.rec: ends after") == 0);
  }
  SECTION("a record of no known type") {
    writer.Write(static_cast<recording::RecordType>(99), recording::QuietRecord{});
    writer.Quiet(1);
    const Recording recording = Parsed(writer);
    CHECK(recording.records().size() == good);
    CHECK(recording.damage().find("is of no known type") != std::string::npos);
    CHECK(Replay(recording, {"x"}).notes == std::vector<std::string>{recording.damage()});
  }
  SECTION("a record that says to have more than it has") {
    recording::ChainRecord chain{};
    chain.held = 1000;
    writer.Write(recording::RecordType::kChain, chain);
    CHECK(Parsed(writer).damage().find("is too short") != std::string::npos);
  }
}

// A lock that a signal's handler takes must not be held where that signal can come.
constexpr std::uint64_t kUsr1 = 1U << 9;  // signal 10
constexpr std::uint64_t kUsr2 = 1U << 11;

TEST_CASE("a lock of a handler is not to be held where its signal can come", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads();
  writer.Asks(2, 1, 10, 0);
  SECTION("it can") {
    writer.Asks(3, 1, 0, kUsr1 | kUsr2);
    const std::vector<Finding> findings = FindingsOf(writer);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].kind == FindingKind::kInconsistentState);
    CHECK(findings[0].verdict == Verdict::kUnknown);
    CHECK(findings[0].detail == "the handler of SIGUSR1 can wait for the thread it interrupted");
  }
  SECTION("it comes to be able to while the lock is held") {
    writer.Asks(3, 1, 0, 0);
    writer.Asks(3, 1, 0, kUsr1, recording::kOpened);
    CHECK(FindingsOf(writer).size() == 1);
  }
  SECTION("another one can") {
    writer.Asks(3, 1, 0, kUsr2);
    CHECK(FindingsOf(writer).empty());
  }
  SECTION("a handler of another one takes it, which can be interrupted") {
    writer.Asks(3, 1, 12, kUsr1);
    CHECK(FindingsOf(writer).size() == 1);
  }
  SECTION("another lock is") {
    writer.Asks(3, 2, 0, kUsr1);
    CHECK(FindingsOf(writer).empty());
  }
  SECTION("another lock is, which is asked for with the first one held") {
    writer.Chain(3, {1}, 2);
    writer.Asks(1, 2, 0, kUsr1);
    const std::vector<Finding> findings = FindingsOf(writer);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].kind == FindingKind::kIrqUnsafeOrder);
  }
}

TEST_CASE("what a handler interrupted excludes nothing, and it may run in any thread", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads();
  const auto handled = [&](std::uint32_t thread, std::vector<std::uint32_t> held, std::uint32_t wanted,
                           std::uint32_t below) { writer.Chain(thread, held, wanted, 0, 0, 10, below); };
  SECTION("a gate") {
    handled(2, {3, 1}, 2, 1);
    writer.Takes(3, {3, 2, 1});
  }
  SECTION("one thread") {
    handled(1, {1}, 2, 0);
    writer.Takes(1, {2, 1});
  }
  SECTION("nothing, but it may always come after the other side") {
    handled(2, {1}, 2, 0);
    writer.Episode(2, {1, 2});
    writer.Takes(3, {2, 1});
    for (const std::uint32_t thread : {1, 2, 3}) writer.Quiet(thread);
  }
  const std::vector<Finding> findings = FindingsOf(writer);
  REQUIRE(findings.size() >= 1);
  for (const Finding& finding : findings) CHECK(finding.verdict == Verdict::kUnknown);
}

TEST_CASE("what turns out to be no lock is none in anything", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads();
  writer.Takes(2, {1, 2});
  writer.Takes(3, {2, 1});
  REQUIRE(FindingsOf(writer).size() == 1);
  SECTION("of the cycle") {
    writer.NoLock(1);
    CHECK(FindingsOf(writer).empty());
  }
  SECTION("that would exclude it") {
    writer.records.clear();
    writer = TwoLocksThreeThreads();
    writer.Takes(2, {3, 1, 2});
    writer.Takes(3, {3, 2, 1});
    for (const std::uint32_t thread : {1, 2, 3}) writer.Quiet(thread);
    REQUIRE(FindingsOf(writer)[0].verdict == Verdict::kFalse);
    writer.NoLock(3);
    CHECK(FindingsOf(writer)[0].verdict == Verdict::kPredicted);
  }
  SECTION("that was all that was held between two parts") {
    writer.records.clear();
    writer = TwoLocksThreeThreads();
    writer.Chain(2, {3, 1}, 2);
    writer.Operations(2, {3, 4, -4, 1, 2, -2, -1, -3});
    writer.Takes(3, {2, 1});
    for (const std::uint32_t thread : {1, 2, 3}) writer.Quiet(thread);
    writer.NoLock(3);
    CHECK(FindingsOf(writer).at(0).verdict == Verdict::kPredicted);
  }
}

TEST_CASE("a gate of one process excludes nothing among locks that processes share", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads();
  writer.Lock(4, 0x50c0, LockRecord::kInitSeen | LockRecord::kShared);
  writer.Lock(5, 0x5100, LockRecord::kInitSeen | LockRecord::kShared);
  SECTION("it is not shared") {
    writer.Takes(2, {3, 4, 5});
    writer.Takes(3, {3, 5, 4});
    REQUIRE(FindingsOf(writer).size() == 1);
    CHECK(FindingsOf(writer)[0].verdict == Verdict::kUnknown);
  }
  SECTION("it is") {
    writer.Lock(6, 0x5140, LockRecord::kInitSeen | LockRecord::kShared);
    writer.Takes(2, {6, 4, 5});
    writer.Takes(3, {6, 5, 4});
    REQUIRE(FindingsOf(writer).size() == 1);
    CHECK(FindingsOf(writer)[0].verdict == Verdict::kFalse);
  }
  SECTION("there is one main thread in each process") {
    writer.Takes(1, {4, 5});
    writer.Takes(1, {5, 4});
    REQUIRE(FindingsOf(writer).size() == 1);
    CHECK(FindingsOf(writer)[0].verdict == Verdict::kUnknown);
  }
}

TEST_CASE("nothing rests on a semaphore", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads();
  writer.Lock(4, 0x50c0, LockRecord::kInitSeen | LockRecord::kSemaphore);
  writer.Takes(2, {4, 1, 2});
  writer.Takes(3, {4, 2, 1});
  const std::vector<Finding> findings = FindingsOf(writer);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].verdict == Verdict::kUnknown);
  REQUIRE(findings[0].missing.size() == 1);
  CHECK(findings[0].missing[0].text().find("it is a semaphore") != std::string::npos);
}

TEST_CASE("what the program declares", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads();
  SECTION("names") {
    writer.Takes(2, {1, 2});
    writer.Takes(3, {2, 1});
    writer.Name(1, "ledger");
    writer.Name(2, "page\xff");
    const std::vector<Finding> findings = FindingsOf(writer);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].locks[0].name == "ledger");
    CHECK(findings[0].locks[1].name == "page\xEF\xBF\xBD");
    CHECK(findings[0].locks[0].stable_name);
  }
  SECTION("a gate") {
    writer.Lock(4, 0x50c0, LockRecord::kInitSeen | LockRecord::kGate);
    writer.Takes(2, {4, 1, 2});
    writer.Takes(3, {4, 2, 1});
    const std::vector<Finding> findings = FindingsOf(writer);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].verdict == Verdict::kFalse);
    CHECK(findings[0].strength == Strength::kDeclared);
  }
  SECTION("an order that one thread contradicts") {
    writer.Takes(2, {2, 1});
    writer.Order(1, 2);
    const std::vector<Finding> findings = FindingsOf(writer);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].kind == FindingKind::kCircular);
    CHECK(findings[0].verdict == Verdict::kUnknown);
  }
  SECTION("an order that is also seen") {
    writer.Takes(2, {2, 1});
    writer.Takes(3, {1, 2});
    writer.Order(1, 2);
    for (const std::uint32_t thread : {1, 2, 3}) writer.Quiet(thread);
    REQUIRE(FindingsOf(writer).size() == 1);
    CHECK(FindingsOf(writer)[0].verdict == Verdict::kPredicted);
  }
  SECTION("a role that one thread has") {
    writer.SingleRole(20, "committer");
    writer.Thread(4, 20, 1, 3);
    writer.Takes(4, {1, 2});
    writer.ThreadEnd(4);
    writer.Thread(5, 20, 1, 4);
    writer.Takes(5, {2, 1});
    const std::vector<Finding> findings = FindingsOf(writer);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].verdict == Verdict::kFalse);
    CHECK(findings[0].strength == Strength::kDeclared);
    writer.Thread(6, 20, 1, 5);  // thread 5 still has it
    CHECK(FindingsOf(writer)[0].verdict != Verdict::kFalse);
    CHECK(Replay(Parsed(writer), {"x"}).notes.size() == 1);
  }
  SECTION("classes") {
    writer.Lock(4, 0x50c0, LockRecord::kInitSeen);
    for (const std::uint32_t lock : {1, 3}) writer.Name(lock, "tree", recording::NameRecord::kOfClass);
    for (const std::uint32_t lock : {2, 4}) writer.Name(lock, "node", recording::NameRecord::kOfClass);
    writer.Takes(2, {1, 2});
    writer.Takes(3, {4, 3});
    const RecordedFindings replayed = Replay(Parsed(writer), {"x"});
    CHECK(replayed.findings.empty());
    CHECK(replayed.notes == std::vector<std::string>{"x: by classes of locks: circular: node -> tree -> node"});
  }
}

TEST_CASE("a lock that only its maker has used may be out of reach of others", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads();
  writer.Takes(3, {1, 3});  // part of no cycle
  writer.Chain(2, {3}, 2, 0, recording::HeldEntry::kNew);
  writer.Episode(2, {3, 2});
  writer.Takes(3, {2, 3});
  for (const std::uint32_t thread : {1, 2, 3}) writer.Quiet(thread);
  REQUIRE(FindingsOf(writer).size() == 1);
  CHECK(FindingsOf(writer)[0].verdict == Verdict::kUnknown);
  ReplayOptions options{"x"};
  options.new_locks = RecordedDoubts::NewLocks::kPrivate;
  const Finding declared = Replay(Parsed(writer), options).findings.at(0);
  CHECK(declared.verdict == Verdict::kFalse);
  CHECK(declared.strength == Strength::kDeclared);
  CHECK(declared.missing.empty());
  writer.Chain(2, {3}, 2);  // later, when others had used it
  CHECK(FindingsOf(writer)[0].verdict == Verdict::kPredicted);
  CHECK(Replay(Parsed(writer), options).findings.at(0).verdict == Verdict::kPredicted);
}

TEST_CASE("what takes an unpublished lock does not count, unless it was published once", "[recording]") {
  using NewLocks = RecordedDoubts::NewLocks;
  using recording::HeldEntry;
  constexpr std::uint16_t kNew = HeldEntry::kNew;
  constexpr std::uint16_t kUnpublished = HeldEntry::kNew | HeldEntry::kUnpublished;
  RecordingWriter writer = TwoLocksThreeThreads();
  writer.Name(2, "list", recording::NameRecord::kOfClass);
  writer.Name(3, "node", recording::NameRecord::kOfClass);
  const auto asks_for_2_with_3 = [&](std::uint16_t held_how, std::uint16_t wanted_how) {
    writer.Chain(2, {3}, 2, 0, held_how, 0, 0, wanted_how);
  };
  const bool wanted_is_new = GENERATE(false, true);
  if (wanted_is_new) {
    asks_for_2_with_3(0, kUnpublished);
  } else {
    asks_for_2_with_3(kUnpublished, HeldEntry::kStillUnpublished);
  }
  writer.Episode(2, {3, 2});
  writer.Takes(3, {2, 3});
  for (const std::uint32_t thread : {1, 2, 3}) writer.Quiet(thread);
  const auto finding = [&](NewLocks new_locks = NewLocks::kAsSeen) {
    ReplayOptions options{"x"};
    options.new_locks = new_locks;
    const std::vector<Finding> findings = Replay(Parsed(writer), options).findings;
    REQUIRE(findings.size() == 1);
    return findings[0];
  };
  CHECK(finding().verdict == Verdict::kUnknown);
  CHECK(finding().unpublished);
  CHECK(finding().missing.size() == 1);
  CHECK(StandingOf(finding()) == Standing::kUnpublished);
  CHECK(finding(NewLocks::kPrivate).verdict == Verdict::kFalse);
  CHECK(finding(NewLocks::kPublic).verdict == Verdict::kUnknown);
  CHECK_FALSE(finding(NewLocks::kPublic).unpublished);
  CHECK(StandingOf(finding(NewLocks::kPublic)) == Standing::kCounts);
  SECTION("other orders are no matter") {
    writer.Chain(2, {1}, 2, 0, kNew);
    CHECK(finding().unpublished);
  }
  SECTION("a lock of its kind was published once") {
    writer.Lock(4, 0x50c0, LockRecord::kInitSeen);
    writer.Chain(2, {4}, 2);
    CHECK(finding().unpublished);
    writer.Name(4, "node", recording::NameRecord::kOfClass);
    CHECK_FALSE(finding().unpublished);
    CHECK(finding().verdict == Verdict::kUnknown);
  }
  SECTION("the order is declared") {
    writer.Order(3, 2);
    CHECK_FALSE(finding().unpublished);
    CHECK(finding().verdict == Verdict::kUnknown);
  }
  SECTION("the program asks for futexes by itself") {
    writer.header.futex_calls = 1;
    CHECK_FALSE(finding().unpublished);
  }
  SECTION("a longer cycle takes the place of the order") {
    writer.Takes(2, {3, 1});
    writer.Takes(2, {1, 2});
    const std::vector<Finding> findings = FindingsOf(writer);
    REQUIRE(findings.size() == 2);
    CHECK(findings[0].unpublished != findings[1].unpublished);
    const Finding& longer = findings[findings[0].unpublished ? 1 : 0];
    CHECK(longer.edges.size() == 3);
    CHECK(longer.verdict == Verdict::kPredicted);
  }
  SECTION("it was published between the two requests") {
    asks_for_2_with_3(kUnpublished, 0);
    CHECK(finding().verdict == Verdict::kUnknown);
    CHECK_FALSE(finding().unpublished);
    CHECK(StandingOf(finding()) == Standing::kCounts);
  }
  SECTION("it was published before both") {
    asks_for_2_with_3(kNew, 0);
    CHECK(finding().verdict == Verdict::kUnknown);
    CHECK_FALSE(finding().unpublished);
  }
  SECTION("another lock is the one that is unpublished") {
    asks_for_2_with_3(kNew, HeldEntry::kStillUnpublished);
    CHECK_FALSE(finding().unpublished);
  }
  SECTION("others had used it") {
    asks_for_2_with_3(0, 0);
    CHECK(finding().verdict == Verdict::kPredicted);
    CHECK_FALSE(finding().unpublished);
  }
  SECTION("something was not seen") {
    writer.header.lost_events = 1;
    CHECK(finding().verdict == Verdict::kUnknown);
    CHECK_FALSE(finding().unpublished);
  }
  SECTION("it happened") {
    writer.Hang({{2, 3, 2}, {3, 2, 3}});
    CHECK(finding().verdict == Verdict::kReal);
    CHECK(StandingOf(finding()) == Standing::kCounts);
  }
}

TEST_CASE("a hang with a new lock is real, whatever is declared", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads(0);
  writer.Chain(2, {1}, 2, 0, recording::HeldEntry::kNew);
  writer.Chain(3, {2}, 1);
  writer.Hang({{2, 1, 2}, {3, 2, 1}});
  ReplayOptions options{"x"};
  options.new_locks = RecordedDoubts::NewLocks::kPrivate;
  const std::vector<Finding> findings = Replay(Parsed(writer), options).findings;
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].verdict == Verdict::kReal);
  CHECK(findings[0].reasons.empty());
}

TEST_CASE("a thread that was started once may be declared to be the only one", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads();
  writer.Takes(2, {1, 2});
  writer.Takes(2, {2, 1});
  for (const std::uint32_t thread : {1, 2, 3}) writer.Quiet(thread);
  CHECK(FindingsOf(writer)[0].verdict == Verdict::kPredicted);
  ReplayOptions options{"x"};
  options.threads_as_seen = true;
  const Finding declared = Replay(Parsed(writer), options).findings.at(0);
  CHECK(declared.verdict == Verdict::kFalse);
  CHECK(declared.strength == Strength::kDeclared);
}

TEST_CASE("of holds that took long the longest is told", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads();
  writer.Name(1, "50% ledger");
  writer.HeldLong(2, 1, 20'000'000);
  writer.HeldLong(2, 1, 45'000'000);
  const std::vector<std::string> notes = Replay(Parsed(writer), {"x"}).notes;
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("x: 50% ledger was held for 45 ms, by thread 2") == 0);
}

TEST_CASE("threads that may run together and take two locks in both orders can hang", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads();
  writer.Takes(2, {1, 2});
  writer.Takes(3, {2, 1});
  for (const std::uint32_t thread : {1, 2, 3}) writer.Quiet(thread);
  const std::vector<Finding> findings = FindingsOf(writer);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == FindingKind::kCircular);
  CHECK(findings[0].verdict == Verdict::kPredicted);
}

TEST_CASE("a lock whose birth was not seen may be two: no verdict rests on its being one", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads(0);
  SECTION("of the cycle") {
    writer.Takes(2, {1, 2});
    writer.Takes(3, {2, 1});
  }
  SECTION("that would exclude it") {
    writer.Lock(1, 0x5000, LockRecord::kInitSeen);
    writer.Lock(2, 0x5040, LockRecord::kInitSeen);
    writer.Takes(2, {3, 1, 2});
    writer.Takes(3, {3, 2, 1});
  }
  for (const std::uint32_t thread : {1, 2, 3}) writer.Quiet(thread);
  const std::vector<Finding> findings = FindingsOf(writer);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].verdict == Verdict::kUnknown);
  REQUIRE_FALSE(findings[0].missing.empty());
  CHECK(findings[0].missing[0].text().find("is one lock all the time") != std::string::npos);
  CHECK(findings[0].reasons.empty());
}

TEST_CASE("static locks are one all the time", "[recording]") {
  RecordingWriter writer;
  writer.Module();
  writer.Lock(1, 0x11000);
  writer.Lock(2, 0x11040);
  writer.Lock(3, 0x11080);
  writer.Role(10);
  writer.Role(11);
  writer.Thread(1, recording::kMainRole, 0, 0);
  writer.Thread(2, 10, 1, 1);
  writer.Thread(3, 11, 1, 2);
  SECTION("so they can hang") {
    writer.Takes(2, {1, 2});
    writer.Takes(3, {2, 1});
    for (const std::uint32_t thread : {1, 2, 3}) writer.Quiet(thread);
    CHECK(FindingsOf(writer).at(0).verdict == Verdict::kPredicted);
  }
  SECTION("and a gate excludes") {
    writer.Takes(2, {3, 1, 2});
    writer.Takes(3, {3, 2, 1});
    for (const std::uint32_t thread : {1, 2, 3}) writer.Quiet(thread);
    const Finding finding = FindingsOf(writer).at(0);
    CHECK(finding.verdict == Verdict::kFalse);
    REQUIRE(finding.reasons.size() == 1);
    CHECK(finding.reasons[0].kind == ReasonKind::kExclusiveGate);
  }
}

TEST_CASE("what was lost leaves no proof", "[recording]") {
  const auto verdict = [](auto lose) {
    RecordingWriter writer = TwoLocksThreeThreads();
    writer.Takes(2, {3, 1, 2});
    writer.Takes(3, {3, 2, 1});
    for (const std::uint32_t thread : {1, 2, 3}) writer.Quiet(thread);
    lose(writer);
    return FindingsOf(writer).at(0).verdict;
  };
  CHECK(verdict([](RecordingWriter&) {}) == Verdict::kFalse);
  CHECK(verdict([](RecordingWriter& writer) { writer.header.lost_events = 1; }) == Verdict::kUnknown);
  CHECK(verdict([](RecordingWriter& writer) { writer.header.capped = 1; }) == Verdict::kUnknown);
  CHECK(verdict([](RecordingWriter& writer) { writer.header.full = 1; }) == Verdict::kUnknown);
}

TEST_CASE("threads of which one is over before the other starts were not seen together", "[recording]") {
  RecordingWriter writer;
  writer.Lock(1, 0x5000, LockRecord::kInitSeen);
  writer.Lock(2, 0x5040, LockRecord::kInitSeen);
  writer.Role(10);
  writer.Role(11);
  writer.Thread(1, recording::kMainRole, 0, 0);
  writer.Thread(2, 10, 1, 1);
  writer.Takes(2, {1, 2});
  writer.ThreadEnd(2);
  writer.Join(1, 2);
  writer.Thread(3, 11, 1, 2);
  writer.Takes(3, {2, 1});
  writer.ThreadEnd(3);
  writer.Quiet(1);
  CHECK(FindingsOf(writer).at(0).verdict == Verdict::kUnknown);
}

TEST_CASE("a thread that waited for something may come after anything", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads();
  writer.Takes(2, {1, 2});
  writer.Takes(3, {2, 1}, recording::kPastOpen);
  for (const std::uint32_t thread : {1, 2, 3}) writer.Quiet(thread);
  CHECK(FindingsOf(writer).at(0).verdict == Verdict::kUnknown);
}

TEST_CASE("a hang that happened makes its finding real", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads(0);
  writer.Chain(2, {1}, 2);
  writer.Chain(3, {2}, 1);
  writer.Hang({{2, 1, 2}, {3, 2, 1}});
  const std::vector<Finding> findings = FindingsOf(writer);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == FindingKind::kCircular);
  CHECK(findings[0].verdict == Verdict::kReal);
  CHECK(findings[0].strength == Strength::kExecuted);
}

TEST_CASE("who asks again for what it has waits for itself if it was seen to wait", "[recording]") {
  RecordingWriter writer = TwoLocksThreeThreads(0);
  writer.Chain(2, {1}, 1);
  SECTION("it was") {
    writer.Hang({{2, 1, 1}});
    const std::vector<Finding> findings = FindingsOf(writer);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].kind == FindingKind::kSelfDeadlock);
    CHECK(findings[0].verdict == Verdict::kReal);
  }
  SECTION("it was not: the lock may have been made anew") {
    const std::vector<Finding> findings = FindingsOf(writer);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].kind == FindingKind::kSelfDeadlock);
    CHECK(findings[0].verdict == Verdict::kUnknown);
    CHECK_FALSE(findings[0].missing.empty());
  }
}

TEST_CASE("records that name what was never described, or out of order, do no harm", "[recording]") {
  RecordingWriter writer;
  writer.Takes(7, {70, 71});
  writer.Takes(8, {71, 70});
  writer.Join(9, 10);
  writer.ThreadEnd(9, 0);
  writer.ThreadEnd(9, 0);
  writer.Takes(9, {1, 1, 2});
  writer.Hang({{9, 5, 5}});
  CHECK(FindingsOf(writer).size() >= 2);
}

// Whatever bytes: an error, or findings.
TEST_CASE("changed bytes never end it", "[recording]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  RecordingWriter writer = TwoLocksThreeThreads();
  writer.Module();
  writer.Takes(2, {1, 2});
  writer.Takes(3, {2, 1});
  writer.Hang({{2, 1, 2}, {3, 2, 1}});
  writer.Name(1, "ledger");
  writer.Name(2, "page", recording::NameRecord::kOfClass);
  writer.Order(1, 2);
  writer.SingleRole(20, "committer");
  writer.HeldLong(2, 1, 20'000'000);
  writer.Asks(2, 1, 10, 0);
  writer.Asks(3, 1, 0, ~std::uint64_t{0});
  writer.NoLock(3);
  const std::string whole = writer.Bytes();
  for (int i = 0; i < 300; ++i) {
    std::string bytes = whole;
    for (std::uint64_t changes = 1 + random() % 4; changes-- > 0;) {
      const std::size_t at = recording::kHeaderBytes + random() % (bytes.size() - recording::kHeaderBytes);
      bytes[at] = static_cast<char>(random() % 2 == 0 ? random() : random() % 4);
    }
    const absl::StatusOr<Recording> recording = Recording::Parse("x.rec", bytes);
    REQUIRE(recording.ok());
    Replay(*recording, {"x", true, true});
  }
}

}  // namespace
}  // namespace lockdep
