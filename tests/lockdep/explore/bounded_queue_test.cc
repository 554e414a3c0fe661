// A queue with real mistakes, found by Explore; and the test that lockdep/explore/README.md shows.
#include "tests/lockdep/explore/bounded_queue.h"

#include <fstream>
#include <sstream>
#include <string>

#include "lockdep/explore/explore.h"
#include "lockdep/lockdep.h"
#include "tests/catch.h"
#include "tests/lockdep/explore/explored.h"

namespace lockdep::explore {
namespace {

// What stands here between this line and the next blank one is in the README, word for word.
TEST_CASE("no schedule of the queue hangs or loses an item", "[explore][queue]") {
  const lockdep::Exploration result = lockdep::explore::Explore([] {
    BoundedQueue<int> queue{1};
    int first = 0;
    lockdep::Thread producer([&] { queue.Push(1); });
    lockdep::Thread other_producer([&] { queue.Push(2); });
    lockdep::Thread consumer([&] { first = queue.Pop(); });
    const int second = queue.Pop();
    for (lockdep::Thread* thread : {&producer, &other_producer, &consumer}) thread->join();
    lockdep::explore::Check(first + second == 3, "each item comes out once");
  });
  for (const lockdep::Reached& each : result.reached) UNSCOPED_INFO(each.finding.detail << each.finding.schedule);
  CHECK((result.reached.empty() && result.errors.empty()));
  CHECK(result.statistics.exhausted);
}

// Two producers and two consumers, one of them the body itself.
template <class Queue>
void TwoAndTwo() {
  Queue queue{1};
  int first = 0;
  Thread t1([&] { queue.Push(1); });
  Thread t2([&] { queue.Push(2); });
  Thread t3([&] { first = queue.Pop(); });
  const int second = queue.Pop();
  t1.join();
  t2.join();
  t3.join();
  Check(first + second == 3, "each item comes out once");
}

TEST_CASE("two kinds of waiters on one condition lose the signal of notify_one", "[explore][queue]") {
  const Exploration exploration = Explore(&TwoAndTwo<OneConditionQueue<int>>);
  INFO(Describe(exploration));
  CHECK(exploration.errors.empty());
  CHECK(exploration.statistics.exhausted);
  REQUIRE_FALSE(exploration.reached.empty());
  for (const Reached& reached : exploration.reached) {
    CHECK(Summary(reached.finding) == "hang changed, verdict real");
    CHECK(reached.minimal);
  }
  // Who is left sleeps; nobody holds the mutex.
  CHECK(exploration.reached[0].finding.schedule.ends_with("wait(changed)*"));
}

TEST_CASE("the queue that woke the wrong one is fixed by two conditions", "[explore][queue]") {
  const Exploration exploration = Proves(&TwoAndTwo<BoundedQueue<int>>);
  CHECK(exploration.statistics.states > 100);
}

TEST_CASE("one producer and one consumer do not show what two and two do", "[explore][queue]") {
  Proves([] {
    OneConditionQueue<int> queue{1};
    Thread producer([&] {
      queue.Push(1);
      queue.Push(2);
    });
    Check(queue.Pop() == 1 && queue.Pop() == 2, "items come out in their order");
    producer.join();
  });
}

TEST_CASE("a wait with if in place of while takes from an empty queue", "[explore][queue]") {
  const Exploration exploration = Explore(&TwoAndTwo<IfQueue<int>>);
  INFO(Describe(exploration));
  CHECK(exploration.errors.empty());
  std::vector<std::string> details;
  for (const Reached& reached : exploration.reached) {
    CHECK(reached.finding.kind == FindingKind::kInvariant);
    details.push_back(reached.finding.detail);
  }
  CHECK(std::find(details.begin(), details.end(), "there is an item") != details.end());
  CHECK(std::find(details.begin(), details.end(), "there is room") != details.end());
}

TEST_CASE("without wake-ups by themselves an item can still be stolen from who was woken", "[explore][queue]") {
  FiberOptions fibers;
  fibers.spurious_wakes = 0;
  const Exploration exploration = Explore(&TwoAndTwo<IfQueue<int>>, {}, fibers);
  INFO(Describe(exploration));
  CHECK_FALSE(exploration.reached.empty());
  CHECK(exploration.statistics.exhausted);
}

std::string TextOf(const char* file) {
  std::ifstream stream(file);
  REQUIRE(stream.good());
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST_CASE("the README shows a test that is compiled and run here", "[explore][queue]") {
  const std::string readme = TextOf(LOCKDEP_EXPLORE_README);
  const std::string begin = "```cpp\nTEST_CASE";
  const std::size_t at = readme.find(begin);
  REQUIRE(at != std::string::npos);
  const std::size_t from = at + std::string("```cpp\n").size();
  const std::string shown = readme.substr(from, readme.find("```", from) - from);
  CHECK(std::count(shown.begin(), shown.end(), '\n') <= 15);
  INFO("shown:\n" << shown);
  CHECK(TextOf(LOCKDEP_EXPLORE_EXAMPLE).find("word for word.\n" + shown + "\n") != std::string::npos);
}

}  // namespace
}  // namespace lockdep::explore
