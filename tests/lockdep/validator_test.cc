#include "lockdep/validator.h"

#include <algorithm>

#include "lockdep/report_text.h"
#include "tests/catch.h"
#include "tests/lockdep/feed.h"

namespace lockdep {
namespace {

using testing::Feed;
using Strings = std::vector<std::string>;

TEST_CASE("an order seen in both directions by two threads is reported once", "[lockdep][validator]") {
  Feed feed;
  for (int i = 0; i < 3; ++i) {
    feed("t1", "a b -b -a");
    feed("t2", "b a -a -b");
  }
  CHECK(feed.Found() == Strings{"circular a b predicted"});
}

TEST_CASE("one order alone is no finding", "[lockdep][validator]") {
  Feed feed;
  feed("t1", "a b c -c -b -a");
  feed("t2", "a c -c -a b c -c -b");
  CHECK(feed.Found().empty());
  const auto dependencies = feed.validator.Dependencies();
  CHECK(dependencies == std::vector<std::pair<std::string, std::string>>{{"a", "b"}, {"a", "c"}, {"b", "c"}});
}

TEST_CASE("both orders by one thread of a single role are false, and not after a second thread joins in",
          "[lockdep][validator]") {
  SECTION("one thread") {
    Feed feed;
    feed("t1", "a b -b -a b a -a -b");
    CHECK(feed.Found() == Strings{"circular a b false same-thread"});
  }
  SECTION("T1 both orders, then T2 the first one again: never false") {
    Feed feed;
    feed("t1", "a b -b -a b a -a -b");
    feed("t2", "a b -b -a");
    CHECK(feed.Found() == Strings{"circular a b predicted"});
  }
  SECTION("a second thread of the same role") {
    Feed feed;
    feed.Thread("t1", /*single=*/false);
    feed("t1", "a b -b -a b a -a -b");
    CHECK(feed.Found() == Strings{"circular a b unknown"});
  }
}

TEST_CASE("a gate refutes only where it is held exclusively on one side", "[lockdep][validator]") {
  SECTION("exclusive and exclusive") {
    Feed feed;
    feed("t1", "g a b -b -a -g");
    feed("t2", "g b a -a -b -g");
    CHECK(feed.Found() == Strings{"circular a b false exclusive-gate"});
  }
  SECTION("exclusive and shared") {
    Feed feed;
    feed("t1", "g a b -b -a -g");
    feed("t2", "sg b a -a -b -g");
    CHECK(feed.Found() == Strings{"circular a b false exclusive-gate"});
  }
  SECTION("shared and shared") {
    Feed feed;
    feed("t1", "sg a b -b -a -g");
    feed("t2", "sg b a -a -b -g");
    CHECK(feed.Found() == Strings{"circular a b predicted"});
  }
  SECTION("taken after the first lock: the gate is in a cycle of its own") {
    Feed feed;
    feed("t1", "a g b -b -g -a");
    feed("t2", "b g a -a -g -b");
    CHECK(feed.Found() ==
          Strings{"circular a b false exclusive-gate", "circular a g predicted", "circular b g predicted"});
  }
  SECTION("one ungated repetition opens the verdict again") {
    Feed feed;
    feed("t1", "g a b -b -a -g");
    feed("t2", "g b a -a -b -g");
    feed("t3", "b a -a -b");
    CHECK(feed.Found() == Strings{"circular a b predicted"});
  }
}

TEST_CASE("a false cycle does not hide a longer one through the same dependency", "[lockdep][validator]") {
  Feed feed;
  feed("t1", "g a b -b -a -g");
  feed("t2", "g b a -a -b -g");
  feed("t3", "b c -c -b");
  feed("t4", "c a -a -c");
  CHECK(feed.Found() == Strings{"circular a b false exclusive-gate", "circular a b c predicted"});
}

TEST_CASE("a cycle with a shorter open one on its locks is not reported besides", "[lockdep][validator]") {
  Feed feed;
  feed("t1", "a b -b -a");
  feed("t2", "b a -a -b");
  feed("t3", "b c -c -b");
  feed("t4", "c a -a -c");
  CHECK(feed.Found() == Strings{"circular a b predicted"});
}

TEST_CASE("a trylock adds no dependency into itself but what it holds does", "[lockdep][validator]") {
  Feed feed;
  SECTION("wanted by trylock") {
    feed("t1", "a ?b -b -a");
    feed("t2", "b a -a -b");
    CHECK(feed.Found().empty());
  }
  SECTION("held by trylock") {
    feed("t1", "?a b -b -a");
    feed("t2", "b a -a -b");
    CHECK(feed.Found() == Strings{"circular a b predicted"});
  }
  SECTION("own lock") {
    feed("t1", "a ?a");
    CHECK(feed.validator.Findings().empty());
    feed("t1", "-a -a");
  }
}

TEST_CASE("a timed wait is a stall, not a hang", "[lockdep][validator]") {
  Feed feed;
  feed("t1", "a tb -b -a");
  feed("t2", "b a -a -b");
  CHECK(feed.Found() == Strings{"circular a b false timed"});
}

ValidatorOptions OpenWorld() {
  ValidatorOptions options;
  options.sites_are_code = false;
  return options;
}

TEST_CASE("locks of one place are told apart in what is said of the verdict", "[lockdep][validator]") {
  LockInfo info;
  info.birth = {.file = "bank.cc", .line = 7, .function = "Open", .pcs = {}, .stack = {}};
  const std::string name = "Open at bank.cc:7";
  // Behind which lock the finding has a name, in its words.
  const auto names = [&](const Feed& feed, const Finding& finding, const Wording& wording) {
    Strings result;
    for (const Wording::Name& each : wording.names()) {
      CHECK(wording.text().substr(each.end - name.size(), name.size()) == name);
      for (const char* const lock : {"a", "b", "g"}) {
        if (feed.IdOf(lock) == each.lock) result.emplace_back(lock);
      }
    }
    CHECK(std::count_if(finding.locks.begin(), finding.locks.end(),
                        [&](const FindingLock& lock) { return lock.name == name; }) > 1);
    return result;
  };
  SECTION("why it is false") {
    Feed feed;
    for (const char* const lock : {"a", "b", "g"}) feed.Add(lock, info);
    feed("t1", "g a b -b -a -g");
    feed("t2", "g b a -a -b -g");
    const Finding finding = feed.validator.Findings().at(0);
    REQUIRE(finding.reasons.size() == 1);
    CHECK(names(feed, finding, finding.reasons[0].evidence) == Strings{"g"});
    CHECK_THAT(FormatText(finding), ContainsSubstring("because exclusive-gate(" + name + " (3)): 't1' holds " + name));
  }
  SECTION("what is missing") {
    Feed feed(OpenWorld());
    for (const char* const lock : {"a", "b"}) feed.Add(lock, info);
    feed("t1", "a tb -b -a");
    feed("t2", "b a -a -b");
    const Finding finding = feed.validator.Findings().at(0);
    REQUIRE(finding.missing.size() == 1);
    CHECK(names(feed, finding, finding.missing[0]) == Strings{"a", "b"});
  }
  SECTION("how it is reached") {
    Feed feed;
    for (const char* const lock : {"a", "b"}) feed.Add(lock, info);
    feed("t1", "a b -b -a");
    feed("t2", "b a -a -b");
    const Finding finding = feed.validator.Findings().at(0);
    REQUIRE(finding.witness.size() == 4);
    for (const Wording& step : finding.witness) {
      const bool by_first = step.text().starts_with("t1");
      const bool waits = step.text().ends_with("waits");
      CHECK(names(feed, finding, step) == Strings{by_first == waits ? "b" : "a"});
    }
  }
}

TEST_CASE("in a program a timed wait is no proof: it may be repeated", "[lockdep][validator]") {
  Feed feed(OpenWorld());
  const bool gave_up_once = GENERATE(false, true);
  if (gave_up_once) feed("t1", "a !b -a");
  feed("t1", "a tb -b -a");
  feed("t2", "b a -a -b");
  CHECK(feed.Found() == Strings{"circular a b unknown"});
  CHECK(feed.validator.Findings()[0].missing ==
        std::vector<Wording>{"whether 't1' gives back a when its wait for b fails, and does not ask again"});
}

TEST_CASE("in a program a gate that is only tried is no proof: it may be done without", "[lockdep][validator]") {
  Feed feed(OpenWorld());
  SECTION("by what was seen it always was got, or nothing was done without it") {
    // Where else it was not got says nothing of this place.
    const bool gave_up_elsewhere = GENERATE(false, true);
    if (gave_up_elsewhere) feed("t1", "a !g -a");
    feed("t1", "a ?g b -b -g -a");
    feed("t2", "g b a -a -b -g");
    CHECK(feed.Found() == Strings{"circular a b unknown"});
    CHECK(feed.validator.Findings()[0].missing ==
          std::vector<Wording>{"whether 't1' goes on where it does not get g, which it only tries"});
  }
  SECTION("it was seen to be done without") {
    feed("t1", "h ?g a b -b -a -g -h");
    feed("t1", "h !g a b -b -a -h");
    feed("t2", "g b a -a -b -g");
    CHECK(feed.Found() == Strings{"circular a b predicted"});
  }
}

TEST_CASE("readers hang only behind a writer that can queue", "[lockdep][validator]") {
  SECTION("recursive readers never") {
    Feed feed;
    feed("t1", "ra b -b -a");
    feed("t2", "b ra -a -b");
    feed("t3", "a -a");
    CHECK(feed.Found().empty());
  }
  SECTION("no writer in a closed world") {
    Feed feed;
    feed("t1", "sa b -b -a");
    feed("t2", "b sa -a -b");
    CHECK(feed.Found() == Strings{"circular a b false no-writer"});
  }
  SECTION("no writer seen in an open world") {
    Feed feed{ValidatorOptions{}};
    feed("t1", "sa b -b -a");
    feed("t2", "b sa -a -b");
    CHECK(feed.Found() == Strings{"circular a b unknown"});
  }
  SECTION("a third thread writes") {
    Feed feed;
    feed("t1", "sa b -b -a");
    feed("t2", "b sa -a -b");
    feed("t3", "a -a");
    CHECK(feed.Found() == Strings{"circular a b predicted"});
  }
  SECTION("the writer is one of the readers") {
    Feed feed;
    feed("t1", "sa b -b -a a -a");
    feed("t2", "b sa -a -b");
    CHECK(feed.Found() == Strings{"circular a b false read-read"});
    CHECK(feed.validator.Findings()[0].strength == Strength::kTrace);
  }
  SECTION("a gate keeps the writer out, which may be declared only") {
    for (const bool declared : {false, true}) {
      Feed feed;
      LockInfo gate;
      gate.name = "c";
      gate.type = LockType::kRwSem;
      gate.declared = declared;
      feed.Add("c", gate);
      feed("t1", "sc sa b -b -a -c");
      feed("t2", "b sa -a -b");
      feed("t3", "c a -a -c");
      CHECK(feed.Found() == Strings{"circular a b false read-read"});
      CHECK(feed.validator.Findings()[0].strength == (declared ? Strength::kDeclared : Strength::kTrace));
    }
  }
  SECTION("a writer wants what a reader holds") {
    Feed feed;
    feed("t1", "ra b -b -a");
    feed("t2", "b a -a -b");
    CHECK(feed.Found() == Strings{"circular a b predicted"});
  }
}

// Linux 6.12 prints nothing for either: __bfs visits a class once, and check_prevs_add stops at
// the first blocking entry of the held stack.
TEST_CASE("both kinds of strong cycle that the kernel's search misses are found", "[lockdep][validator]") {
  SECTION("a weak dependency that was seen first does not hide a strong one") {
    Feed feed;
    feed("t1", "a rb -b -a");
    feed("t2", "a c -c -a");
    feed("t3", "c b -b -c");
    feed("t4", "rb d -d -b");
    feed("t5", "d a -a -d");
    CHECK(feed.Found() == Strings{"circular a c b d predicted"});
  }
  SECTION("a recursive reader between the two locks does not hide their order") {
    Feed feed;
    feed("t1", "a rb c -c -b -a");
    feed("t2", "c a -a -c");
    CHECK(feed.Found() == Strings{"circular a c predicted"});
  }
}

TEST_CASE("instances of one class", "[lockdep][validator]") {
  SECTION("nested in one order only: nobody declared it") {
    Feed feed;
    feed("t1", "X1 X2 -X2 -X1");
    CHECK(feed.Found() == Strings{"recursive X2 unknown"});
  }
  SECTION("nested in both orders: an inversion as well") {
    Feed feed;
    feed("t1", "X1 X2 -X2 -X1");
    feed("t2", "X2 X1 -X1 -X2");
    CHECK(feed.Found() == Strings{"circular X1 X2 predicted", "recursive X2 unknown"});
  }
  SECTION("never the same instance on both sides") {
    Feed feed;
    feed("t1", "X1 a -a -X1");
    feed("t2", "a X2 -X2 -a");
    CHECK(feed.Found() == Strings{"circular X a false class-aliasing"});
  }
  SECTION("the same instance in a second chain behind the first") {
    Feed feed;
    feed("t1", "X1 a -a -X1");
    feed("t2", "a X2 -X2 -a");
    feed("t3", "a X1 -X1 -a");
    CHECK(feed.Found() == Strings{"circular X1 a predicted"});
  }
  SECTION("an inversion that passes through two instances") {
    Feed feed;
    feed("t1", "X1 a -a -X1");
    feed("t2", "a X2 -X2 -a");
    feed("t3", "X2 X1 -X1 -X2");
    CHECK(feed.Found() ==
          Strings{"circular X2 X1 a predicted", "circular X a false class-aliasing", "recursive X1 unknown"});
  }
}

TEST_CASE("a thread that wants what it holds deadlocks by itself", "[lockdep][validator]") {
  Feed feed;
  const Request again = feed.Ask("a", Mode::kExclusive);
  SECTION("exclusive twice") { feed("t1", "a"); }
  SECTION("upgrade") { feed("t1", "sa"); }
  feed.validator.Acquire(feed.Thread("t1"), again);
  feed("t1", "-a");
  CHECK(feed.Found() == Strings{"self-deadlock a real"});
}

TEST_CASE("misuse is reported where it happens, once", "[lockdep][validator]") {
  Feed feed;
  SECTION("unlock of what is not held") {
    feed("t1", "a -a -a -a");
    CHECK(feed.Found() == Strings{"unbalanced-unlock a real"});
  }
  SECTION("destroyed while held") {
    feed("t1", "a");
    feed.validator.Destroy(feed.Thread("t1"), feed.Lock("a"), 0);
    feed("t1", "-a");
    CHECK(feed.Found() == Strings{"held-lock-freed a real"});
  }
  SECTION("held at the end of its thread") {
    const RoleId role = feed.validator.AddRole({"short", true, false});
    ThreadState* thread = feed.validator.StartThread(role, "short");
    feed.Run(*thread, "a b -a");
    feed.validator.EndThread(thread, 0);
    CHECK(feed.Found() == Strings{"held-at-exit b real"});
  }
}

TEST_CASE("a join under a lock is a wait for what the joined thread takes", "[lockdep][validator]") {
  Feed feed;
  feed("child", "b -b");
  feed("other", "b a -a -b");
  ThreadState& parent = feed.Thread("parent");
  feed.Run(parent, "a");
  feed.validator.Join(parent, feed.Role("child"), 0);
  feed.Run(parent, "-a");
  CHECK(feed.Found() == Strings{"circular a end of child b unknown"});
}

TEST_CASE("in an open world a join waits for what its role takes first as soon as one is known of",
          "[lockdep][validator]") {
  const bool expected = GENERATE(true, false);
  Feed feed(OpenWorld());
  LockInfo mutex;
  mutex.name = "a";
  feed.Add("a", mutex);
  feed.Thread("child");
  const Strings cycle = {"circular a end of child unknown"};
  const auto join = [&] {
    ThreadState& parent = feed.Thread("parent");
    feed.Run(parent, "a");
    feed.validator.Join(parent, feed.Role("child"), 0);
    feed.Run(parent, "-a");
  };
  if (expected) feed.validator.ExpectJoin(feed.Role("child"));
  feed("child", "a -a");
  feed("other", "a -a");
  join();
  CHECK(feed.Found() == (expected ? cycle : Strings{}));
  feed("other", "a -a");
  CHECK(feed.Found() == (expected ? cycle : Strings{}));
  feed("child", "a -a");
  CHECK(feed.Found() == cycle);
  CHECK_THAT(feed.validator.Findings().at(0).missing.at(0),
             ContainsSubstring("that 'parent' joins") && ContainsSubstring("a thread that has yet to take a, "));
}

TEST_CASE("a gate does not refute a join where not all that the joined thread takes is known", "[lockdep][validator]") {
  Feed feed(OpenWorld());
  for (const char* const name : {"a", "b", "g"}) {
    LockInfo mutex;
    mutex.name = name;
    feed.Add(name, mutex);
  }
  feed("child", "g b -b -g");
  feed("child", "b -b");  // before the join, so that it is no evidence
  feed("other", "g b a -a -b -g");
  ThreadState& parent = feed.Thread("parent");
  feed.Run(parent, "a");
  feed.validator.Join(parent, feed.Role("child"), 0);
  feed.Run(parent, "-a");
  for (const Finding& finding : feed.validator.Findings()) CHECK(finding.verdict == Verdict::kUnknown);
  CHECK_FALSE(feed.validator.Findings().empty());
}

TEST_CASE("releases out of order keep what is held", "[lockdep][validator]") {
  Feed feed;
  feed("t1", "a b -a c -c -b");
  feed("t2", "c a -a -c");
  // Hand over hand: t1 never holds a when it wants c.
  CHECK(feed.Found() == Strings{"circular a b c false same-thread"});
  feed("t2", "c b -b -c");
  CHECK(feed.Found() == Strings{"circular b c predicted"});
}

TEST_CASE("a handler finds what was done before it was known, too", "[lockdep][validator]") {
  const bool before = GENERATE(true, false);
  ValidatorOptions options;
  options.sites_are_code = false;
  Feed feed(options);
  if (before) feed("t1", "a b -b -a");
  ThreadState& thread = feed.Thread("t2");
  feed.validator.EnterContext(thread, Context::kSignal);
  feed.Run(thread, "x b -b -x");
  feed.validator.LeaveContext(thread, 0);
  feed("t1", "a b -b -a");
  CHECK(feed.Found() == Strings{"irq-unsafe-order x b unknown", "inconsistent-state b unknown"});
}

TEST_CASE("a lock that is all that a handler takes is seen held afterwards", "[lockdep][validator]") {
  Feed feed(OpenWorld());
  ThreadState& thread = feed.Thread("t2");
  feed("t1", "b -b");
  feed.validator.EnterContext(thread, Context::kSignal);
  feed.Run(thread, "b -b");
  feed.validator.LeaveContext(thread, 0);
  feed("t1", "b -b");
  CHECK(feed.Found() == Strings{"inconsistent-state b unknown"});
}

TEST_CASE("an episode is stored once for each role", "[lockdep][validator]") {
  Feed feed;
  for (int i = 0; i < 5; ++i) feed("t1", "a b -b -a");
  feed("t1", "c -c");
  feed("t2", "a b -b -a");
  std::size_t nested = 0;
  for (const Validator::Episode& episode : feed.validator.Episodes()) {
    CHECK(episode.complete);
    if (episode.ops.size() == 4) ++nested;
  }
  CHECK(nested == 2);
}

TEST_CASE("past the cap on instances an absence proves nothing", "[lockdep][validator]") {
  ValidatorOptions options = Feed::ClosedWorld();
  options.instances_per_chain_max = 2;
  Feed feed(options);
  feed("t1", "X1 a -a -X1 X2 a -a -X2 X3 a -a -X3");
  feed("t2", "a X4 -X4 -a");
  CHECK(feed.Found() == Strings{"circular X a unknown"});
}

TEST_CASE("a cap of no instances keeps one of each order all the same", "[lockdep][validator]") {
  ValidatorOptions options = Feed::ClosedWorld();
  options.instances_per_chain_max = 0;
  Feed feed(options);
  feed("t1", "X1 a -a -X1 X2 a -a -X2");
  feed("t2", "a X4 -X4 -a");
  CHECK(feed.Found() == Strings{"circular X a unknown"});
  // A nesting in the class is kept without counting; another way to hold `b` is still counted.
  feed("t1", "b X1 X2 -X2 -X1 -b rb X1 -X1 -b");
  feed.validator.CheckInvariants();
}

TEST_CASE("a search that gives up says so", "[lockdep][validator]") {
  ValidatorOptions options = Feed::ClosedWorld();
  options.search_steps_max = 3;
  Feed feed(options);
  feed("t1", "a b -b -a b c -c -b");
  feed("t2", "c a -a -c");
  feed.validator.Findings();
  REQUIRE(feed.validator.Notes().size() == 1);
  CHECK_THAT(feed.validator.Notes()[0], ContainsSubstring("gave up"));
}

TEST_CASE("a finding is shown as soon as its last dependency is asked for", "[lockdep][validator]") {
  std::vector<Finding> shown;
  ValidatorOptions options = Feed::ClosedWorld();
  options.on_finding = [&](const Finding& finding) { shown.push_back(finding); };
  Feed feed(options);
  feed("t1", "a b -b -a");
  feed("t2", "b");
  CHECK(shown.empty());
  feed.validator.Acquire(feed.Thread("t2"), feed.Ask("a", Mode::kExclusive));
  REQUIRE(shown.size() == 1);
  CHECK(shown[0].kind == FindingKind::kCircular);
  CHECK(shown[0].fingerprint == feed.validator.Findings()[0].fingerprint);
  feed("t2", "-b");
}

}  // namespace
}  // namespace lockdep
