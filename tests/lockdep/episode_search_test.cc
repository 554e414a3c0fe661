// What the recorded episodes decide: each reason for `predicted` and `false`, and each thing that must keep a verdict
// open.
#include "lockdep/episode_search.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/catch.h"
#include "tests/lockdep/feed.h"

namespace lockdep {
namespace {

using testing::Feed;
using Strings = std::vector<std::string>;

ValidatorOptions OpenWorld() {
  ValidatorOptions options;
  options.sites_are_code = false;
  return options;
}

// The only circular finding over these locks.
Finding Only(const Feed& feed, const std::vector<std::string>& locks) {
  Finding result;
  int count = 0;
  for (const Finding& finding : feed.validator.Findings()) {
    if (finding.kind != FindingKind::kCircular || finding.cycle_length != static_cast<int>(locks.size())) continue;
    const bool same = std::all_of(locks.begin(), locks.end(), [&](const std::string& lock) {
      return std::any_of(finding.locks.begin(), finding.locks.begin() + finding.cycle_length,
                         [&](const FindingLock& each) { return each.name == lock; });
    });
    if (!same) continue;
    result = finding;
    ++count;
  }
  CHECK(count == 1);
  return result;
}

bool Misses(const Finding& finding, const std::string& text) {
  return std::any_of(finding.missing.begin(), finding.missing.end(),
                     [&](const std::string& each) { return each.find(text) != std::string::npos; });
}

// --- Predicted -------------------------------------------------------------------------------------------------------

TEST_CASE("two threads in opposite orders are predicted, with the schedule", "[lockdep][episodes]") {
  Feed feed(OpenWorld());
  feed("t1", "a b -b -a");
  feed("t2", "b a -a -b");
  const Finding finding = Only(feed, {"a", "b"});
  CHECK(finding.verdict == Verdict::kPredicted);
  CHECK(finding.strength == Strength::kExhausted);
  CHECK(finding.missing.empty());
  CHECK(finding.detail.find("2 episodes of 2 roles") != std::string::npos);
  REQUIRE(finding.witness.size() == 4);
  CHECK(std::count(finding.witness.begin(), finding.witness.end(), "t1: lock a") == 1);
  CHECK(std::count(finding.witness.begin(), finding.witness.end(), "t2: lock b") == 1);
  CHECK(finding.witness[2] == "t1: lock b waits");
  CHECK(finding.witness[3] == "t2: lock a waits");
}

TEST_CASE("three threads, each holding what the one before wants, are predicted", "[lockdep][episodes]") {
  Feed feed(OpenWorld());
  feed("t1", "a b -b -a");
  feed("t2", "b c -c -b");
  feed("t3", "c a -a -c");
  CHECK(Only(feed, {"a", "b", "c"}).verdict == Verdict::kPredicted);
}

TEST_CASE("the order in which two sections of one lock were seen orders nothing", "[lockdep][episodes]") {
  SECTION("t1 first, then both use m") {
    Feed feed(OpenWorld());
    feed("t1", "a b -b -a m -m");
    feed("t2", "m -m b a -a -b");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kPredicted);
  }
  SECTION("one side inside m, t1 first") {
    Feed feed(OpenWorld());
    feed("t1", "m a b -b -a -m");
    feed("t2", "m -m b a -a -b");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kPredicted);
  }
  SECTION("one side inside m, t2 first") {
    Feed feed(OpenWorld());
    feed("t2", "m -m b a -a -b");
    feed("t1", "m a b -b -a -m");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kPredicted);
  }
}

TEST_CASE("readers behind a third thread that writes are predicted, and it is named", "[lockdep][episodes]") {
  Feed feed(OpenWorld());
  feed("t1", "sa b -b -a");
  feed("t2", "b sa -a -b");
  CHECK(Misses(Only(feed, {"a", "b"}), "a writer of a"));
  feed("t3", "c a -a -c");
  const Finding finding = Only(feed, {"a", "b"});
  CHECK(finding.verdict == Verdict::kPredicted);
  REQUIRE(finding.participants.size() == 1);
  CHECK(finding.participants[0].thread == "t3");
  CHECK(finding.participants[0].mode == Mode::kExclusive);
  CHECK(finding.locks[static_cast<std::size_t>(finding.participants[0].lock)].name == "a");
  CHECK(std::count(finding.witness.begin(), finding.witness.end(), "t3: lock a waits") == 1);
}

TEST_CASE("a writer that only tries, or only waits for a time, holds up no reader for good", "[lockdep][episodes]") {
  for (const char* writer : {"?a -a", "ta -a"}) {
    Feed feed(OpenWorld());
    feed("t1", "sa b -b -a");
    feed("t2", "b sa -a -b");
    feed("t3", writer);
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kUnknown);
  }
}

TEST_CASE("hand over hand is predicted with two runners of the role, and false with a single one",
          "[lockdep][episodes]") {
  const char* runner = "a b -a c -c -b";
  SECTION("a single one") {
    Feed feed(OpenWorld());
    feed("t1", runner);
    feed("t2", "c a -a -c");
    CHECK(feed.Found() == Strings{"circular a b c false same-thread"});
  }
  SECTION("two were seen") {
    Feed feed(OpenWorld());
    feed.Thread("t1", /*single=*/false);
    feed.Twin("t1b", "t1");
    feed("t1", runner);
    feed("t1b", runner);
    feed("t2", "c a -a -c");
    const Finding finding = Only(feed, {"a", "b", "c"});
    CHECK(finding.verdict == Verdict::kPredicted);
    CHECK(finding.detail.find("needs two threads") == std::string::npos);
  }
  SECTION("one was seen of a role that may have several") {
    Feed feed(OpenWorld());
    feed.Thread("t1", /*single=*/false);
    feed("t1", runner);
    feed("t2", "c a -a -c");
    const Finding finding = Only(feed, {"a", "b", "c"});
    CHECK(finding.verdict == Verdict::kPredicted);
    CHECK(finding.detail.find("needs two threads of the role 't1'") != std::string::npos);
    CHECK(std::count(finding.witness.begin(), finding.witness.end(), "t1 (another): lock b") == 1);
  }
  SECTION("each was over before the next began") {
    Feed feed(OpenWorld());
    feed.Thread("main");
    ThreadState* first = feed.validator.StartThread(feed.validator.AddRole({"runner", false, false}), "first",
                                                    feed.validator.Create(feed.Thread("main")));
    const RoleId role = first->role;
    feed.Run(*first, runner);
    feed.validator.Joined(feed.Thread("main"), feed.validator.EndThread(first, 0));
    ThreadState* second = feed.validator.StartThread(role, "second", feed.validator.Create(feed.Thread("main")));
    feed.Run(*second, runner);
    feed.validator.EndThread(second, 0);
    feed("t2", "c a -a -c");
    const Finding finding = Only(feed, {"a", "b", "c"});
    CHECK(finding.verdict == Verdict::kUnknown);
    CHECK(Misses(finding, "at the same time"));
  }
}

TEST_CASE("threads of a role that were only seen one after the other are not two at a time", "[lockdep][episodes]") {
  for (const bool observes : {false, true}) {
    INFO(observes);
    Feed feed(OpenWorld());
    const RoleId role = feed.validator.AddRole({"worker", false, false});
    for (int i = 0; i < 2; ++i) {
      const ThreadOrigin origin = feed.validator.Create(feed.Thread("main"));
      ThreadState* const worker = feed.validator.StartThread(role, "worker", origin);
      feed.Run(*worker, "a b -b -a b a -a -b");
      feed.validator.Joined(feed.Thread("main"), feed.validator.EndThread(worker, 0));
      if (observes) feed("main", "@");
    }
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kUnknown);
  }
}

TEST_CASE("in a closed world only the threads that were seen exist", "[lockdep][episodes]") {
  Feed feed;
  feed.Thread("t1", /*single=*/false);
  feed("t1", "a b -b -a b a -a -b");
  CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kUnknown);
  feed.Twin("t2", "t1");
  feed("t2", "b a -a -b");
  CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kPredicted);
}

TEST_CASE("a failed try on the way must be able to fail", "[lockdep][episodes]") {
  SECTION("the other side may hold it then") {
    Feed feed(OpenWorld());
    feed("t1", "a !c b -b -a");
    feed("t2", "c -c c b a -a -b -c");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kPredicted);
  }
  SECTION("nobody of these holds it") {
    Feed feed(OpenWorld());
    feed("t1", "a !c b -b -a");
    feed("t2", "b a -a -b");
    const Finding finding = Only(feed, {"a", "b"});
    CHECK(finding.verdict == Verdict::kUnknown);
    CHECK(Misses(finding, "try on the way"));
  }
  SECTION("it failed in an episode before, and who knows what that changed") {
    Feed feed(OpenWorld());
    feed("t1", "!c a b -b -a");
    feed("t2", "c b a -a -b -c");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kUnknown);
  }
  SECTION("after it, in the same episode, the other side was waited for") {
    Feed feed(OpenWorld());
    feed.Start("t2", "t1");
    feed("t2", "c b a -a -b -c");
    feed("t1", "a !c");
    feed.End("t2", "t1");
    feed("t1", "b -b -a");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kUnknown);
  }
}

// --- Not predicted: something else may order the threads
// ------------------------------------------------------------------

TEST_CASE("a thread that was started after the other order was done is not beside it", "[lockdep][episodes]") {
  SECTION("started after it") {
    Feed feed(OpenWorld());
    feed("t1", "a b -b -a");
    feed.Start("t2", "t1");
    feed("t2", "b a -a -b");
    const Finding finding = Only(feed, {"a", "b"});
    CHECK(finding.verdict == Verdict::kUnknown);
    CHECK(Misses(finding, "at the same time"));
  }
  SECTION("started before it") {
    Feed feed(OpenWorld());
    feed.Start("t2", "t1");
    feed("t1", "a b -b -a");
    feed("t2", "b a -a -b");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kPredicted);
  }
  SECTION("after it, but it was done once more") {
    Feed feed(OpenWorld());
    feed("t1", "a b -b -a");
    feed.Start("t2", "t1");
    feed("t2", "b a -a -b");
    feed("t1", "a b -b -a");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kPredicted);
  }
  SECTION("the first one was joined before the second one was started") {
    Feed feed(OpenWorld());
    feed.Start("t1", "main");
    feed("t1", "a b -b -a");
    feed.End("t1", "main");
    feed.Start("t2", "main");
    feed("t2", "b a -a -b");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kUnknown);
  }
  SECTION("both were started, and only then the first one was joined") {
    Feed feed(OpenWorld());
    feed.Start("t1", "main");
    feed.Start("t2", "main");
    feed("t1", "a b -b -a");
    feed.End("t1", "main");
    feed("t2", "b a -a -b");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kPredicted);
  }
  SECTION("through a third thread") {
    Feed feed(OpenWorld());
    feed("t1", "a b -b -a");
    feed.Start("between", "t1");
    feed.End("between", "t2");
    feed("t2", "b a -a -b");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kUnknown);
  }
}

TEST_CASE("a wait for an event or a look at shared data may be for the other side", "[lockdep][episodes]") {
  for (const char* second : {"* b a -a -b", "m @ -m b a -a -b", "b * a -a -b"}) {
    INFO(second);
    Feed feed(OpenWorld());
    feed("t1", "a b -b -a m -m");
    feed("t2", second);
    const Finding finding = Only(feed, {"a", "b"});
    CHECK(finding.verdict == Verdict::kUnknown);
    CHECK_FALSE(finding.missing.empty());
  }
  Feed feed(OpenWorld());
  feed("t1", "a b -b -a");
  feed("t2", "b a -a -b * @");
  CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kPredicted);
}

TEST_CASE("what a creator holds may keep its thread apart from others", "[lockdep][episodes]") {
  Feed feed(OpenWorld());
  feed("parent", "g");
  feed.Start("child", "parent");
  feed("child", "a b -b -a");
  feed.End("child", "parent");
  feed("parent", "-g");
  feed("t2", "g b a -a -b -g");
  const Finding finding = Only(feed, {"a", "b"});
  CHECK(finding.verdict == Verdict::kUnknown);
  CHECK(Misses(finding, "around the start or the end"));
}

TEST_CASE("a thread of which nobody knows the start is not said to run beside another", "[lockdep][episodes]") {
  Feed feed(OpenWorld());
  feed("t1", "a b -b -a");
  ThreadState* foreign =
      feed.validator.StartThread(feed.validator.AddRole({"foreign", false, false}), "foreign", ThreadOrigin::Unknown());
  feed.Run(*foreign, "b a -a -b");
  feed.validator.EndThread(foreign, 0);
  CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kUnknown);
}

TEST_CASE("a cycle through the end of a thread is never more than unknown", "[lockdep][episodes]") {
  Feed feed;
  feed("t1", "b -b");
  feed("t0", "a");
  feed.validator.Join(feed.Thread("t0"), feed.Role("t1"), 0);
  feed("t0", "-a");
  feed("t2", "b a -a -b");
  for (const Finding& finding : feed.validator.Findings()) CHECK(finding.verdict == Verdict::kUnknown);
  CHECK_FALSE(feed.validator.Findings().empty());
}

// --- False
// --------------------------------------------------------------------------------------------------------------

// a -> b by t1, b -> a by t2, and no gate: t2 must be past its first a, with c, before t1 takes a; and then t1 does not
// get c.
const char* const kOrderedByC1 = "a c -c b -b -a";
const char* const kOrderedByC2 = "c a -a b a -a -b -c";

TEST_CASE("episodes that no schedule brings together are false, with what was searched", "[lockdep][episodes]") {
  for (const bool closed : {true, false}) {
    Feed feed(closed ? Feed::ClosedWorld() : OpenWorld());
    feed("t1", kOrderedByC1);
    feed("t2", kOrderedByC2);
    const Finding finding = Only(feed, {"a", "b"});
    CHECK(finding.verdict == Verdict::kFalse);
    CHECK(finding.strength == Strength::kExhausted);
    CHECK(finding.missing.empty());
    CHECK(finding.detail.find("2 episodes of 2 roles") != std::string::npos);
    REQUIRE(finding.reasons.size() == 1);
    CHECK(finding.reasons[0].kind == ReasonKind::kCannotRunConcurrently);
    REQUIRE(finding.reasons[0].locks.size() == 1);
    CHECK(finding.locks[static_cast<std::size_t>(finding.reasons[0].locks[0])].name == "c");
    CHECK(Only(feed, {"a", "c"}).verdict == Verdict::kPredicted);
  }
}

TEST_CASE("what only a declared gate keeps apart is false by declaration", "[lockdep][episodes]") {
  Feed feed(OpenWorld());
  LockInfo gate;
  gate.name = "c";
  gate.declared = true;
  feed.Add("c", gate);
  feed("t1", kOrderedByC1);
  feed("t2", kOrderedByC2);
  const Finding finding = Only(feed, {"a", "b"});
  CHECK(finding.verdict == Verdict::kFalse);
  CHECK(finding.strength == Strength::kDeclared);
}

LockInfo Doubtful(const std::string& name, Doubt doubt) {
  LockInfo info;
  info.name = name;
  info.doubt = doubt;
  return info;
}

TEST_CASE("a refutation that needs locks in doubt to be what they seem is none", "[lockdep][episodes]") {
  const Doubt doubt = GENERATE(Doubt::kNone, Doubt::kIdentity, Doubt::kSemaphore, Doubt::kGivenBack);
  const Verdict expected = doubt == Doubt::kNone ? Verdict::kFalse : Verdict::kUnknown;
  Feed feed(OpenWorld());
  SECTION("one that orders the sides, or several of which each is enough") {
    const int gates = GENERATE(1, 2, 4);
    std::string take;
    std::string give;
    for (int i = 0; i < gates; ++i) {
      const std::string name(1, static_cast<char>('g' + i));
      feed.Add(name, Doubtful(name, doubt));
      take += name + " ";
      give = "-" + name + " " + give;
    }
    feed("t1", "a " + take + give + "b -b -a");
    feed("t2", take + "a -a b a -a -b " + give);
    CHECK(Only(feed, {"a", "b"}).verdict == expected);
  }
  SECTION("a lock of the cycle, taken before") {
    feed.Add("a", Doubtful("a", doubt));
    feed("t1", kOrderedByC1);
    feed("t2", kOrderedByC2);
    CHECK(Only(feed, {"a", "b"}).verdict == expected);
  }
  SECTION("not one that has nothing to do with it") {
    feed.Add("d", Doubtful("d", doubt));
    feed("t1", "a d -d c -c b -b -a");
    feed("t2", "d c a -a b a -a -b -c -d");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kFalse);
  }
}

TEST_CASE("a false verdict watches its links: one more episode opens it again", "[lockdep][episodes]") {
  Feed feed(OpenWorld());
  feed("t1", kOrderedByC1);
  feed("t2", kOrderedByC2);
  REQUIRE(Only(feed, {"a", "b"}).verdict == Verdict::kFalse);
  SECTION("the same link by another thread without c") {
    feed("t3", "b a -a -b");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kPredicted);
  }
  SECTION("the same link, with the same locks held, after another beginning") {
    feed("t3", "c b a -a -b -c");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kPredicted);
  }
  SECTION("by the same thread") {
    feed("t1", "a b -b -a");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kPredicted);
  }
  SECTION("an episode of the role that is not over") {
    feed("t2", "d");
    const Finding finding = Only(feed, {"a", "b"});
    CHECK(finding.verdict == Verdict::kUnknown);
    CHECK(Misses(finding, "did not end"));
    feed("t2", "-d");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kFalse);
  }
  SECTION("an episode of another role that is not over does not matter") {
    feed("t3", "d");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kFalse);
    feed("t3", "-d");
  }
  SECTION("a thread of the role that ended in the middle of one") {
    ThreadState* twin = feed.validator.StartThread(feed.Role("t2"), "twin");
    feed.Run(*twin, "d");
    feed.validator.ForgetThread(twin);
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kUnknown);
  }
  SECTION("lost events") {
    feed.validator.NoteLostEvents(1);
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kUnknown);
  }
  SECTION("an episode longer than what is kept") {
    std::string text = "b";
    for (std::size_t i = 0; i < HeldLocks::kEpisodeOpsMax; ++i) text += " d -d";
    feed("t2", text + " -b");
    CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kUnknown);
  }
}

TEST_CASE("a link that was not followed to the end of its episode keeps the verdict open", "[lockdep][episodes]") {
  Feed feed(OpenWorld());
  feed("t1", kOrderedByC1);
  feed("t2", "c a -a b");
  feed.validator.Acquire(feed.Thread("t2"), feed.Ask("a", Mode::kExclusive));
  CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kUnknown);
  feed("t2", "-b -c");
}

TEST_CASE("a search that reaches its limit says so", "[lockdep][episodes]") {
  ValidatorOptions options = OpenWorld();
  options.episode_states_max = 5;
  Feed feed(options);
  feed("t1", kOrderedByC1);
  feed("t2", kOrderedByC2);
  const Finding finding = Only(feed, {"a", "b"});
  CHECK(finding.verdict == Verdict::kUnknown);
  CHECK(Misses(finding, "limit of 5 states"));
}

TEST_CASE("without the search of episodes nothing is predicted", "[lockdep][episodes]") {
  ValidatorOptions options = OpenWorld();
  options.episode_states_max = 0;
  Feed feed(options);
  feed("t1", "a b -b -a");
  feed("t2", "b a -a -b");
  CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kUnknown);
}

TEST_CASE("in an open world readers are false only if no writer whatever could matter", "[lockdep][episodes]") {
  Feed feed(OpenWorld());
  feed("t1", "sa c -c b -b -a");
  feed("t2", "c a -a b sa -a -b -c");
  CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kFalse);
  Feed other(OpenWorld());
  other("t1", "sa b -b -a");
  other("t2", "b sa -a -b");
  CHECK(Only(other, {"a", "b"}).verdict == Verdict::kUnknown);
}

TEST_CASE("in a closed world a writer that is never there at the time leaves the readers alone",
          "[lockdep][episodes]") {
  // t3 gets to its write only with c, which t2 keeps until it has both its locks.
  Feed feed;
  feed("t1", "sa b -b -a");
  feed("t2", "c b sa -a -b -c");
  feed("t3", "c b -b a -a -c");
  CHECK(feed.Found() == Strings{"circular a b false read-read"});
}

TEST_CASE("a lock per cpu around both sides is no gate", "[lockdep][episodes]") {
  Feed feed(OpenWorld());
  LockInfo info;
  info.name = "l";
  info.type = LockType::kLocal;
  feed.Add("l", info);
  feed("t1", "l a b -b -a -l");
  feed("t2", "l b a -a -b -l");
  CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kUnknown);
}

TEST_CASE("a class may have a lock per cpu, and then its cycles are open", "[lockdep][episodes]") {
  Feed feed(OpenWorld());
  const ClassId mixed = feed.validator.AddClass({"C", false, {}});
  for (const auto& [name, type] : {std::pair{"m", LockType::kMutex}, std::pair{"l", LockType::kLocal}}) {
    LockInfo info;
    info.name = name;
    info.type = type;
    info.lock_class = mixed;
    feed.Add(name, info);
  }
  feed("t0", "m -m");
  feed("t1", "l a -a -l");
  feed("t2", "a l -l -a");
  CHECK(Only(feed, {"C", "a"}).verdict == Verdict::kUnknown);
}

TEST_CASE("a gate that another thread gave back proves nothing", "[lockdep][episodes]") {
  Feed feed(OpenWorld());
  feed("t1", "g");
  feed("t2", "-g");
  feed("t1", "a b -b -a -g");
  feed("t3", "g b a -a -b -g");
  const Finding finding = Only(feed, {"a", "b"});
  CHECK(finding.verdict == Verdict::kUnknown);
  CHECK(Misses(finding, "another thread, or something unseen, has given it back"));
}

TEST_CASE("what is per cpu or only an annotation is left open", "[lockdep][episodes]") {
  for (const LockType type : {LockType::kLocal, LockType::kPseudo}) {
    Feed feed;
    LockInfo info;
    info.name = "p";
    info.type = type;
    feed.Add("p", info);
    feed("t1", "p a -a -p");
    feed("t2", "a p -p -a");
    CHECK(Only(feed, {"a", "p"}).verdict == Verdict::kUnknown);
  }
}

TEST_CASE("a false short cycle is looked behind, also where only its schedules refute it", "[lockdep][episodes]") {
  Feed feed;
  feed("t1", kOrderedByC1);
  feed("t2", kOrderedByC2);
  feed("t3", "b d -d -b");
  feed("t4", "d a -a -d");
  CHECK(Only(feed, {"a", "b"}).verdict == Verdict::kFalse);
  CHECK(Only(feed, {"a", "b", "d"}).verdict == Verdict::kPredicted);
}

TEST_CASE("two instances of a class are told apart by their episodes", "[lockdep][episodes]") {
  Feed feed(OpenWorld());
  feed("t1", "X1 a -a -X1");
  feed("t2", "a X2 -X2 -a");
  CHECK(Only(feed, {"X", "a"}).verdict == Verdict::kFalse);
  feed("t3", "a X1 -X1 -a");
  CHECK(Only(feed, {"X", "a"}).verdict == Verdict::kPredicted);
}

TEST_CASE("findings can be asked for while threads go on", "[lockdep][episodes]") {
  Feed feed(OpenWorld());
  feed("t1", "a b -b -a");
  feed("t2", "b a -a -b");
  feed("t3", "c");
  feed.Lock("d");
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    ThreadState& thread = feed.Thread("t3");
    for (int i = 0; i < 2000 || !stop; ++i) feed.Run(thread, "d -d -c c");
  });
  for (int i = 0; i < 50; ++i) CHECK(feed.validator.Findings().size() == 1);
  stop = true;
  busy.join();
  feed("t3", "-c");
}

}  // namespace
}  // namespace lockdep
