#include "lockdep/control_flow.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/catch.h"
#include "tests/reference/lock_program_generator.h"
#include "tests/reference/lock_program_text.h"
#include "tests/reference/naive_graph.h"
#include "tests/reference/test_budget.h"
#include "tests/seed.h"

namespace lockdep {
namespace {

using Code = LockProgram::Code;
using Op = LockProgram::Op;
using Ints = std::vector<int>;

LockProgram::Thread ThreadOf(std::string_view operations) {
  return reference::LockProgramFrom("mutex a b; var x\nthread t: " + std::string(operations)).threads[0];
}

Ints HeadsOf(const ControlFlow& flow) {
  Ints heads;
  for (std::size_t i = 0; i < flow.at_head.size(); ++i) {
    if (flow.at_head[i]) heads.push_back(static_cast<int>(i));
  }
  return heads;
}

TEST_CASE("a try leads on or to its target, a blocking lock only on", "[lockdep][control_flow]") {
  const LockProgram::Thread thread = ThreadOf("lock a; try b -> out; unlock b; out: unlock a");
  CHECK(NextOps(thread.ops[0], 0) == Ints{1});
  CHECK(NextOps(thread.ops[1], 1) == Ints{2, 3});
  CHECK(NextOps(thread.ops[4], 4).empty());
  CHECK(ReachableOps(thread.ops, 2) == std::vector<bool>{false, false, true, true, true});
}

TEST_CASE("jumps and counting are no places to rest, locks and the end are", "[lockdep][control_flow]") {
  const ControlFlow flow =
      ControlFlowOf(ThreadOf("repeat 2 0 -> out; again: lock a; unlock a; next 0 -> again; out: yield"));
  CHECK(flow.resting == Ints{1, 2, 5});
  CHECK(flow.rank == Ints{-1, 0, 1, -1, -1, 2});
  CHECK(HeadsOf(flow).empty());
}

TEST_CASE("a loop that only jumps has a place to rest all the same", "[lockdep][control_flow]") {
  const ControlFlow flow = ControlFlowOf(ThreadOf("again: yield; jump again"));
  CHECK(flow.resting.size() == 2);  // one of both, and the end
  CHECK(HeadsOf(flow).empty());     // it does nothing
}

TEST_CASE("a loop is endless if nothing leads behind it", "[lockdep][control_flow]") {
  const ControlFlow endless = ControlFlowOf(ThreadOf("lock b; again: lock a; unlock a; jump again"));
  CHECK(HeadsOf(endless) == Ints{1});
  CHECK(endless.endless == Ints{-1, 0, 0, 0, -1});
  // The head rests even where it is a jump.
  CHECK(HeadsOf(ControlFlowOf(ThreadOf("again: yield; lock a; unlock a; jump again"))) == Ints{0});
  CHECK(ControlFlowOf(ThreadOf("again: yield; lock a; unlock a; jump again")).rank[0] >= 0);
  // A way out, and it serves nobody.
  CHECK(HeadsOf(ControlFlowOf(ThreadOf("again: try a -> again; unlock a"))).empty());
  CHECK(HeadsOf(ControlFlowOf(ThreadOf("again: lock a; unlock a; choose out; jump again; out: yield"))).empty());
}

TEST_CASE("counted loops repeat only as often as they are counted", "[lockdep][control_flow]") {
  CHECK_FALSE(MayRepeat(ThreadOf("lock a; unlock a")));
  CHECK_FALSE(MayRepeat(ThreadOf("repeat 3 0 -> out; again: lock a; unlock a; next 0 -> again; out: yield")));
  CHECK_FALSE(
      MayRepeat(ThreadOf("repeat 3 0 -> out; again: repeat 2 1 -> o; inner: lock a; unlock a; next 1 -> inner; "
                         "o: next 0 -> again; out: yield")));
  CHECK(MayRepeat(ThreadOf("again: lock a; unlock a; jump again")));
  CHECK(MayRepeat(ThreadOf("again: try a -> again; unlock a")));
  // What starts the counter is in the loop itself.
  CHECK(MayRepeat(ThreadOf("again: repeat 3 0 -> out; lock a; unlock a; next 0 -> again; out: yield")));
}

// --- Against the definitions -----------------------------------------------------------------------

bool IsLocal(const Op& op) {
  return op.code == Code::kJump || op.code == Code::kYield || op.code == Code::kCountStart ||
         op.code == Code::kCountNext;
}

// By the closure of the control flow.
void CheckEndlessLoops(const std::vector<Op>& ops, const ControlFlow& flow) {
  NaiveGraph graph(ops.size());
  for (std::size_t i = 0; i < ops.size(); ++i) {
    for (const int next : NextOps(ops[i], static_cast<int>(i))) graph.AddArc(i, static_cast<std::size_t>(next));
  }
  for (std::size_t at = 0; at < ops.size(); ++at) {
    std::set<std::size_t> loop;
    bool ends = false, works = false, leaves = false;
    for (std::size_t to = 0; to < ops.size(); ++to) {
      if (graph.Reaches(at, to) && graph.Reaches(to, at)) loop.insert(to);
      ends = ends || (graph.Reaches(at, to) && ops[to].code == Code::kEnd);
    }
    for (const std::size_t op : loop) {
      works = works || !IsLocal(ops[op]);
      for (std::size_t to = 0; to < ops.size(); ++to) leaves = leaves || (graph.HasArc(op, to) && to > *loop.rbegin());
    }
    const bool endless = !loop.empty() && !ends && works && !leaves;
    REQUIRE((flow.endless[at] >= 0) == endless);
    REQUIRE(flow.at_head[at] == (endless && at == *loop.begin()));
    for (const std::size_t op : loop) REQUIRE(flow.endless[op] == flow.endless[at]);
  }
  // What does not rest leads to what does, in the end.
  NaiveGraph between(ops.size());
  for (std::size_t i = 0; i < ops.size(); ++i) {
    REQUIRE((flow.rank[i] >= 0 || IsLocal(ops[i])));
    for (const int next : NextOps(ops[i], static_cast<int>(i))) {
      if (flow.rank[i] < 0 && flow.rank[static_cast<std::size_t>(next)] < 0)
        between.AddArc(i, static_cast<std::size_t>(next));
    }
  }
  for (std::size_t i = 0; i < ops.size(); ++i) REQUIRE_FALSE(between.Reaches(i, i));
  for (std::size_t i = 0; i < flow.resting.size(); ++i) {
    REQUIRE(flow.rank[static_cast<std::size_t>(flow.resting[i])] == static_cast<int>(i));
  }
}

// Whether an operation can be done twice with the same counters: depth-first over both.
class CountedWalk {
 public:
  explicit CountedWalk(const LockProgram::Thread& thread) : thread_(thread) {}

  bool Repeats() { return Visit({0, std::vector<std::int64_t>(static_cast<std::size_t>(thread_.counters), 0)}); }

 private:
  using Place = std::pair<int, std::vector<std::int64_t>>;

  bool Visit(const Place& place) {
    const auto [known, is_new] = open_.try_emplace(place, true);
    if (!is_new) return known->second;
    for (const Place& next : After(place)) {
      if (Visit(next)) return true;
    }
    open_[place] = false;
    return false;
  }

  std::vector<Place> After(const Place& place) const {
    const Op& op = thread_.ops[static_cast<std::size_t>(place.first)];
    Place next = place;
    if (op.code == Code::kCountStart || op.code == Code::kCountNext) {
      std::int64_t& counter = next.second[static_cast<std::size_t>(op.number)];
      counter = op.code == Code::kCountStart ? op.count : std::max<std::int64_t>(counter - 1, 0);
      const bool jumps = (op.code == Code::kCountStart) == (counter == 0);
      next.first = jumps ? op.target : place.first + 1;
      return {next};
    }
    std::vector<Place> places;
    for (const int to : NextOps(op, place.first)) {
      next.first = to;
      places.push_back(next);
    }
    return places;
  }

  const LockProgram::Thread& thread_;
  std::map<Place, bool> open_;  // false: left for good
};

TEST_CASE("random threads have the loops that the definitions say", "[lockdep][control_flow]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  reference::LockProgramOptions options;
  options.wild_chance = 50;
  reference::RandomLockPrograms random(seed, options);
  int repeat = 0, once = 0;
  for (std::uint64_t i = reference::TestPrograms(2'000); i > 0; --i) {
    const LockProgram program = random.Next();
    INFO(reference::ToText(program));
    for (const LockProgram::Thread& thread : program.threads) {
      if (thread.ops.size() > NaiveGraph::kNodesMax) continue;
      CheckEndlessLoops(thread.ops, ControlFlowOf(thread));
      const bool repeats = CountedWalk(thread).Repeats();
      if (repeats) REQUIRE(MayRepeat(thread));
      (repeats ? repeat : once) += 1;
    }
  }
  CHECK(repeat > 100);
  CHECK(once > 100);
}

TEST_CASE("threads that were made without loops never repeat", "[lockdep][control_flow]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  reference::LockProgramOptions options;
  options.loops = false;
  reference::RandomLockPrograms random(seed, options);
  for (std::uint64_t i = reference::TestPrograms(1'000); i > 0; --i) {
    const LockProgram program = random.Next();
    INFO(reference::ToText(program));
    for (const LockProgram::Thread& thread : program.threads) REQUIRE_FALSE(MayRepeat(thread));
  }
}

}  // namespace
}  // namespace lockdep
