// Every reason against its neighbours: a program in which it keeps the cycle from hanging, and one where it does not.
#include "lockdep/counterfactual.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/reference/lock_program_text.h"

namespace lockdep {
namespace {

using reference::LockProgramFrom;

int LockNamed(const LockProgram& program, const std::string& name) {
  for (std::size_t i = 0; i < program.locks.size(); ++i) {
    if (program.locks[i].name == name) return static_cast<int>(i);
  }
  FAIL("no lock " << name);
  return -1;
}

// "a b, b a": a thread holds a and wants b, another one the reverse.  "r:a" is held or wanted for reading.
CycleTarget Cycle(const LockProgram& program, const std::string& text) {
  CycleTarget target;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(", ", at), text.size());
    const std::string link = text.substr(at, end - at);
    at = end + 2;
    const auto parse = [&](std::string word, int& lock, Mode& mode) {
      if (word.starts_with("r:")) {
        mode = Mode::kShared;
        word = word.substr(2);
      }
      lock = LockNamed(program, word);
    };
    CycleTarget::Link& added = target.links.emplace_back();
    parse(link.substr(0, link.find(' ')), added.held, added.held_mode);
    parse(link.substr(link.find(' ') + 1), added.wanted, added.wanted_mode);
  }
  return target;
}

std::string Describe(const LockProgram& program, const Explanation& explanation) {
  std::string text;
  for (const std::vector<Protection>& set : explanation.sets) {
    text += text.empty() ? "" : ", ";
    for (std::size_t i = 0; i < set.size(); ++i) {
      text += (i == 0 ? "" : " and ") + std::string(ToString(set[i].kind));
      std::string locks;
      for (const int lock : set[i].locks) {
        locks += (locks.empty() ? "(" : " ") + program.locks[static_cast<std::size_t>(lock)].name;
      }
      text += locks.empty() ? "" : locks + ")";
      CHECK_FALSE(set[i].evidence.text().empty());
    }
  }
  return text.empty() ? "nothing" : text;
}

// "hangs", or the sets of protections that keep the cycle from hanging, smallest first.
std::string Why(const char* text, const std::string& cycle) {
  const LockProgram program = LockProgramFrom(text);
  const CycleTarget target = Cycle(program, cycle);
  const CycleReach reach = ReachesCycle(program, target, {});
  if (reach.reach == Reach::kReached) {
    CHECK_FALSE(reach.schedule.empty());
    CHECK(reach.runners.size() == target.links.size());
    return "hangs";
  }
  REQUIRE(reach.reach == Reach::kUnreachable);
  const Explanation explanation = ExplainByRemoval(program, target, {});
  CHECK(explanation.complete);
  CHECK(explanation.gave_up.empty());
  return Describe(program, explanation);
}

const std::string kAbba = "a b, b a";

TEST_CASE("an unprotected cycle hangs", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b\n"
            "thread t1: lock a; lock b; unlock b; unlock a\n"
            "thread t2: lock b; lock a; unlock a; unlock b",
            kAbba) == "hangs");
}

TEST_CASE("the hang of another cycle of the same threads is not this one", "[lockdep][counterfactual]") {
  // c and d always hang first, so a and b cannot.
  CHECK(Why("mutex a b c d\n"
            "thread t1: lock c; lock d; lock a; lock b; unlock b; unlock a; unlock d; unlock c\n"
            "thread t2: lock d; lock c; lock b; lock a; unlock a; unlock b; unlock c; unlock d",
            kAbba) == "exclusive-gate(c) and exclusive-gate(d)");
}

TEST_CASE("same-thread: one thread in both orders, not two", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b\n"
            "thread t: lock a; lock b; unlock b; unlock a; lock b; lock a; unlock a; unlock b",
            kAbba) == "same-thread");
  CHECK(Why("mutex a b\n"
            "thread t x2: lock a; lock b; unlock b; unlock a; lock b; lock a; unlock a; unlock b",
            kAbba) == "hangs");
}

TEST_CASE("same-thread: hand over hand needs a second runner", "[lockdep][counterfactual]") {
  const std::string cycle = "a b, b c, c a";
  CHECK(Why("mutex a b c\n"
            "thread t1: lock a; lock b; unlock a; lock c; unlock c; unlock b\n"
            "thread t2: lock c; lock a; unlock a; unlock c",
            cycle) == "same-thread");
  CHECK(Why("mutex a b c\n"
            "thread t1 x2: lock a; lock b; unlock a; lock c; unlock c; unlock b\n"
            "thread t2: lock c; lock a; unlock a; unlock c",
            cycle) == "hangs");
}

TEST_CASE("exclusive-gate: a lock held on both sides, on one of them exclusively", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b g\n"
            "thread t1: lock g; lock a; lock b; unlock b; unlock a; unlock g\n"
            "thread t2: lock g; lock b; lock a; unlock a; unlock b; unlock g",
            kAbba) == "exclusive-gate(g)");
  CHECK(Why("mutex a b; rwsem g\n"
            "thread t1: lock g; lock a; lock b; unlock b; unlock a; unlock g\n"
            "thread t2: read g; lock b; lock a; unlock a; unlock b; unlock g",
            kAbba) == "exclusive-gate(g)");
}

TEST_CASE("a lock held shared on both sides is no gate", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b; rwsem g\n"
            "thread t1: read g; lock a; lock b; unlock b; unlock a; unlock g\n"
            "thread t2: read g; lock b; lock a; unlock a; unlock b; unlock g",
            kAbba) == "hangs");
}

TEST_CASE("a gate on one side only, or released before, is no gate", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b g\n"
            "thread t1: lock g; lock a; lock b; unlock b; unlock a; unlock g\n"
            "thread t2: lock b; lock a; unlock a; unlock b",
            kAbba) == "hangs");
  CHECK(Why("mutex a b g\n"
            "thread t1: lock g; lock a; lock b; unlock b; unlock a; unlock g\n"
            "thread t2: lock g; unlock g; lock b; lock a; unlock a; unlock b",
            kAbba) == "hangs");
}

TEST_CASE("the order of two sections of one lock is no reason: they could swap", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b m\n"
            "thread t1: lock a; lock b; unlock b; unlock a; lock m; unlock m\n"
            "thread t2: lock m; unlock m; lock b; lock a; unlock a; unlock b",
            kAbba) == "hangs");
}

TEST_CASE("another instance of the gate's class keeps nobody out", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b g1 g2\n"
            "thread t1: lock g1; lock a; lock b; unlock b; unlock a; unlock g1\n"
            "thread t2: lock g2; lock b; lock a; unlock a; unlock b; unlock g2",
            kAbba) == "hangs");
}

TEST_CASE("a gate that a condition wait drops is none", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b g; condition c\n"
            "thread t1: lock g; lock a; wait c g; lock b; unlock b; unlock a; unlock g\n"
            "thread t2: lock g; lock b; lock a; unlock a; unlock b; unlock g\n"
            "thread t3: signal c",
            kAbba) == "exclusive-gate(g)");
  CHECK(Why("mutex a b g; condition c\n"
            "thread t1: lock g; lock a; wait c g; unlock g; lock b; unlock b; unlock a\n"
            "thread t2: lock g; unlock g; lock b; lock a; unlock a; unlock b\n"
            "thread t3: lock g; signal c; unlock g",
            kAbba) == "hangs");
}

TEST_CASE("a thread that was woken waits for its mutex like any other", "[lockdep][counterfactual]") {
  // Asleep or woken, t1 is at the same operation; only one of both is this hang.
  CHECK(Why("mutex a g; condition c\n"
            "thread t1: lock a; lock g; wait c g; unlock g; unlock a\n"
            "thread t2: lock g; signal c; lock a; unlock a; unlock g",
            "a g, g a") == "hangs");
  CHECK(Why("mutex a g; condition c\n"
            "thread t1: lock g; lock a; wait c g; unlock a; unlock g\n"
            "thread t2: lock g; lock a; unlock a; unlock g\n"
            "thread t3: signal c",
            "a g, g a") == "hangs");
}

TEST_CASE("two gates protect each alone, so only both together are a reason", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b g h\n"
            "thread t1: lock g; lock h; lock a; lock b; unlock b; unlock a; unlock h; unlock g\n"
            "thread t2: lock g; lock h; lock b; lock a; unlock a; unlock b; unlock h; unlock g",
            kAbba) == "exclusive-gate(g) and exclusive-gate(h)");
}

TEST_CASE("a gate that is only tried inside says so", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b g\n"
            "thread t1: lock a; try g -> out; lock b; unlock b; unlock g; out: unlock a\n"
            "thread t2: lock g; lock b; lock a; unlock a; unlock b; unlock g",
            kAbba) == "exclusive-gate(g) and trylock-backoff(g)");
}

TEST_CASE("inherited-gate: held by the creator until the thread has ended", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b g\n"
            "thread parent: lock g; spawn child; join child; unlock g\n"
            "thread child spawned: lock a; lock b; unlock b; unlock a\n"
            "thread t2: lock g; lock b; lock a; unlock a; unlock b; unlock g",
            kAbba) == "inherited-gate(g)");
}

TEST_CASE("inherited-gate: through a thread between, and on both sides", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b g\n"
            "thread parent: lock g; spawn child; join child; unlock g\n"
            "thread child spawned: spawn grandchild; join grandchild\n"
            "thread grandchild spawned: lock a; lock b; unlock b; unlock a\n"
            "thread t2: lock g; lock b; lock a; unlock a; unlock b; unlock g",
            kAbba) == "inherited-gate(g)");
  CHECK(Why("mutex a b g\n"
            "thread p1: lock g; spawn c1; join c1; unlock g\n"
            "thread c1 spawned: lock a; lock b; unlock b; unlock a\n"
            "thread p2: lock g; spawn c2; join c2; unlock g\n"
            "thread c2 spawned: lock b; lock a; unlock a; unlock b",
            kAbba) == "inherited-gate(g)");
}

TEST_CASE("a gate that the creator releases before the join is not inherited", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b g\n"
            "thread parent: lock g; spawn child; unlock g; join child\n"
            "thread child spawned: lock a; lock b; unlock b; unlock a\n"
            "thread t2: lock g; lock b; lock a; unlock a; unlock b; unlock g",
            kAbba) == "hangs");
}

TEST_CASE("create-join-order: one side is over before the other is started", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b\n"
            "thread t1: lock a; lock b; unlock b; unlock a; spawn t2\n"
            "thread t2 spawned: lock b; lock a; unlock a; unlock b",
            kAbba) == "create-join-order");
  CHECK(Why("mutex a b\n"
            "thread t1: spawn t2; lock a; lock b; unlock b; unlock a\n"
            "thread t2 spawned: lock b; lock a; unlock a; unlock b",
            kAbba) == "hangs");
}

TEST_CASE("create-join-order: one side begins after the end of the other", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b\n"
            "thread t1: join t2; lock a; lock b; unlock b; unlock a\n"
            "thread t2: lock b; lock a; unlock a; unlock b",
            kAbba) == "create-join-order");
  CHECK(Why("mutex a b\n"
            "thread t1: lock a; lock b; unlock b; unlock a; join t2\n"
            "thread t2: lock b; lock a; unlock a; unlock b",
            kAbba) == "hangs");
}

TEST_CASE("forced-order: a flag, unless a second writer sets it early", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b m; var done\n"
            "thread t1: lock a; lock b; unlock b; unlock a; lock m; done = 1; unlock m\n"
            "thread t2: await done == 1; lock b; lock a; unlock a; unlock b",
            kAbba) == "forced-order");
  CHECK(Why("mutex a b m; var done\n"
            "thread t1: lock a; lock b; unlock b; unlock a; done = 1\n"
            "thread t2: await done == 1; lock b; lock a; unlock a; unlock b\n"
            "thread t3: done = 1",
            kAbba) == "hangs");
}

TEST_CASE("forced-order: a flag that a loop looks at under a lock", "[lockdep][counterfactual]") {
  CHECK(
      Why("mutex a b m; var done\n"
          "thread t1: lock a; lock b; unlock b; unlock a; lock m; done = 1; unlock m\n"
          "thread t2: again: lock m; unless done == 1 -> wait; unlock m; lock b; lock a; unlock a; unlock b; jump out; "
          "wait: unlock m; jump again; out: yield",
          kAbba) == "forced-order");
}

TEST_CASE("forced-order: a completion, and a condition only with its predicate", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b; completion d\n"
            "thread t1: lock a; lock b; unlock b; unlock a; complete d\n"
            "thread t2: wait-for d; lock b; lock a; unlock a; unlock b",
            kAbba) == "forced-order");
  // A sleeper may wake up by itself.
  CHECK(Why("mutex a b m; condition c\n"
            "thread t1: lock a; lock b; unlock b; unlock a; lock m; signal c; unlock m\n"
            "thread t2: lock m; wait c m; unlock m; lock b; lock a; unlock a; unlock b",
            kAbba) == "hangs");
  CHECK(Why("mutex a b m; condition c; var done\n"
            "thread t1: lock a; lock b; unlock b; unlock a; lock m; done = 1; signal c; unlock m\n"
            "thread t2: lock m; again: unless done == 0 -> go; wait c m; jump again; go: unlock m; lock b; lock a; "
            "unlock a; unlock b",
            kAbba) == "forced-order");
}

TEST_CASE("trylock-backoff: the wanted lock is only tried", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b\n"
            "thread t1: lock a; try b -> out; unlock b; out: unlock a\n"
            "thread t2: lock b; lock a; unlock a; unlock b",
            kAbba) == "trylock-backoff(b)");
}

TEST_CASE("a blocking call beside the try, or a held lock that was tried, excuses nothing",
          "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b; var nowait\n"
            "thread t1: lock a; choose block; try b -> out; jump got; block: lock b; got: unlock b; out: unlock a\n"
            "thread t2: lock b; lock a; unlock a; unlock b",
            kAbba) == "hangs");
  CHECK(Why("mutex a b\n"
            "thread t1: try a -> out; lock b; unlock b; unlock a; out: yield\n"
            "thread t2: lock b; lock a; unlock a; unlock b",
            kAbba) == "hangs");
}

TEST_CASE("timed: the wait ends by itself", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a b\n"
            "thread t1: lock a; timed b -> out; unlock b; out: unlock a\n"
            "thread t2: lock b; lock a; unlock a; unlock b",
            kAbba) == "timed(b)");
}

TEST_CASE("no-writer and read-read: readers wait for each other only behind a writer", "[lockdep][counterfactual]") {
  const std::string cycle = "r:a b, b r:a";
  CHECK(Why("rwsem a; mutex b\n"
            "thread t1: read a; lock b; unlock b; unlock a\n"
            "thread t2: lock b; read a; unlock a; unlock b",
            cycle) == "no-writer(a)");
  CHECK(Why("rwsem a; mutex b\n"
            "thread t1: read a; lock b; unlock b; unlock a\n"
            "thread t2: lock b; read a; unlock a; unlock b\n"
            "thread t3: lock a; unlock a",
            cycle) == "hangs");
  CHECK(Why("rwsem a; mutex b\n"
            "thread t1: read a; lock b; unlock b; unlock a\n"
            "thread t2: lock b; read a; unlock a; unlock b\n"
            "thread t3: lock b; lock a; unlock a; unlock b",
            cycle) == "read-read(a)");
}

TEST_CASE("recursive-read: it waits neither for readers nor behind writers", "[lockdep][counterfactual]") {
  CHECK(Why("rwsem a; mutex b\n"
            "thread t1: read a; lock b; unlock b; unlock a\n"
            "thread t2: lock b; read-recursive a; unlock a; unlock b\n"
            "thread t3: lock a; unlock a",
            "r:a b, b r:a") == "recursive-read(a)");
}

TEST_CASE("class-aliasing: two instances of one class", "[lockdep][counterfactual]") {
  CHECK(Why("mutex a o0 o1\n"
            "thread t1: lock o0; lock a; unlock a; unlock o0\n"
            "thread t2: lock a; lock o1; unlock o1; unlock a",
            "o0 a, a o1") == "class-aliasing(o0 o1)");
}

TEST_CASE("a published object: its creator needs the list no more", "[lockdep][counterfactual]") {
  // Insertion under the list lock, held with the object's; only then others find the object.
  const char* once =
      "mutex object list; var published\n"
      "thread creator: lock object; lock list; published = 1; unlock list; unlock object\n"
      "thread user: lock list; unless published == 1 -> out; lock object; unlock object; out: unlock list";
  CHECK(Why(once, "object list, list object") == "forced-order");
  CHECK(
      Why("mutex object list; var published\n"
          "thread creator: lock object; lock list; published = 1; unlock list; lock list; unlock list; unlock object\n"
          "thread user: lock list; unless published == 1 -> out; lock object; unlock object; out: unlock list",
          "object list, list object") == "hangs");
}

TEST_CASE("sections of a lock that bring the sides into an order are no gate", "[lockdep][counterfactual]") {
  // t2 must be past its first a, with c, before t1 takes a; and then t1 does not get c.
  CHECK(Why("mutex a b c\n"
            "thread t1: lock a; lock c; unlock c; lock b; unlock b; unlock a\n"
            "thread t2: lock c; lock a; unlock a; lock b; lock a; unlock a; unlock b; unlock c",
            kAbba) == "cannot-run-concurrently(c)");
}

TEST_CASE("with few states allowed nothing is claimed", "[lockdep][counterfactual]") {
  const LockProgram program = LockProgramFrom(
      "mutex a b g\n"
      "thread t1: lock g; lock a; lock b; unlock b; unlock a; unlock g\n"
      "thread t2: lock g; lock b; lock a; unlock a; unlock b; unlock g");
  ExploreOptions options;
  options.states_max = 3;
  CHECK(ReachesCycle(program, Cycle(program, kAbba), options).reach == Reach::kGaveUp);
  const Explanation explanation = ExplainByRemoval(program, Cycle(program, kAbba), options);
  CHECK_FALSE(explanation.complete);
  CHECK_FALSE(explanation.gave_up.empty());
}

TEST_CASE("reasons name the finding's locks, and something where nothing explains", "[lockdep][counterfactual]") {
  Explanation explanation;
  explanation.sets = {{{ReasonKind::kTimed, {1}, "first"}}, {{ReasonKind::kTimed, {1}, "again"}}};
  std::vector<Reason> reasons = ReasonsOf(explanation, {-1, 4}, "none");
  REQUIRE(reasons.size() == 1);
  CHECK(reasons[0].locks == std::vector<int>{4});
  CHECK(reasons[0].evidence == "first");
  reasons = ReasonsOf({}, {}, "none");
  REQUIRE(reasons.size() == 1);
  CHECK(reasons[0].kind == ReasonKind::kCannotRunConcurrently);
  CHECK(reasons[0].evidence == "none");
}

}  // namespace
}  // namespace lockdep
