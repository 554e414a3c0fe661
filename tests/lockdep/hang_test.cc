#include "lockdep/hang.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/catch.h"

namespace lockdep {
namespace {

using Strings = std::vector<std::string>;

// Builds snapshots: threads by number, objects by name.
class Scene {
 public:
  explicit Scene(const Strings& objects) {
    for (const std::string& name : objects) snapshot_.objects.emplace_back().name = name;
  }
  Scene& Thread(int wants, const std::vector<int>& held, std::vector<WaitsFor> waits_for) {
    WaitingThread& thread = snapshot_.threads.emplace_back();
    thread.thread = "t" + std::to_string(snapshot_.threads.size() - 1);
    thread.wants = wants;
    thread.wants_text = snapshot_.objects[static_cast<std::size_t>(wants)].name;
    thread.step = "lock " + thread.wants_text;
    thread.waits_for = std::move(waits_for);
    for (const int object : held) {
      HeldObject each;
      each.object = object;
      each.stamp = ++clock_;
      each.step = "lock " + snapshot_.objects[static_cast<std::size_t>(object)].name;
      thread.held.push_back(each);
    }
    thread.stamp = ++clock_;
    return *this;
  }
  Snapshot& snapshot() { return snapshot_; }
  const Snapshot& snapshot() const { return snapshot_; }
  std::vector<Finding> Find() const { return Hangs(snapshot_, "x", "in the model"); }
  Strings Summaries() const {
    Strings summaries;
    for (const Finding& finding : Find()) summaries.push_back(Summary(finding));
    return summaries;
  }

 private:
  Snapshot snapshot_;
  std::uint64_t clock_ = 0;
};

WaitsFor Holder(int thread) { return {thread, "", false, false}; }
WaitsFor Queued(int thread) { return {thread, "", true, false}; }

TEST_CASE("a thread that wants what it took itself is a self-deadlock and no hang", "[hang]") {
  const WaitsFor itself{0, "", false, true};
  const Scene scene = Scene({"a", "b"}).Thread(0, {0, 1}, {itself}).Thread(1, {}, {Holder(0)});
  CHECK(scene.Find().empty());
  const std::vector<Finding> found = SelfDeadlocks(scene.snapshot(), "x", "in the model");
  REQUIRE(found.size() == 1);
  CHECK(Summary(found[0]) == "self-deadlock a, verdict real");
  CHECK(found[0].detail == "in the model, t0 waits for a, held by itself");
  REQUIRE(found[0].edges.size() == 1);
  CHECK(found[0].edges[0].held == found[0].edges[0].wanted);
  CHECK(found[0].participants.size() == 2);  // t1 waits for b behind it
  // In another context it is the interrupt that waits, which orders do not see.
  const Scene interrupted = Scene({"a"}).Thread(0, {0}, {WaitsFor{0, "", false, false}});
  CHECK(interrupted.Find().size() == 1);
  CHECK(SelfDeadlocks(interrupted.snapshot(), "x", "in the model").empty());
}

TEST_CASE("a thread that tries again and again is part of the cycle", "[hang]") {
  Scene scene = Scene({"a", "b"}).Thread(1, {0}, {Holder(1)}).Thread(0, {1}, {Holder(0)});
  scene.snapshot().threads[1].spins = true;
  const std::vector<Finding> found = scene.Find();
  REQUIRE(found.size() == 1);
  CHECK(found[0].detail == "in the model, t0 waits for b, held by t1; t1 tries again and again to get a, held by t0");
  CHECK(found[0].witness.back() == "t1: lock a again and again");
}

TEST_CASE("a cycle of three threads is one hang", "[workloads][hang]") {
  const Scene scene =
      Scene({"a", "b", "c"}).Thread(1, {0}, {Holder(1)}).Thread(2, {1}, {Holder(2)}).Thread(0, {2}, {Holder(0)});
  CHECK(scene.Summaries() == Strings{"hang a -> b -> c, verdict real"});
  const Finding hang = scene.Find()[0];
  CHECK(hang.edges.size() == 3);
  CHECK(hang.closing_edge >= 0);
  CHECK(hang.edges[static_cast<std::size_t>(hang.closing_edge)].thread == "t2");
  CHECK(hang.fingerprint != 0);
}

TEST_CASE("a cycle may pass one lock twice", "[workloads][hang]") {
  // t0 and t2 wait for the readers of s that they found: t0 for t1, t2 for t3.
  const Scene scene = Scene({"m", "s", "n"})
                          .Thread(1, {0}, {Holder(1)})
                          .Thread(2, {1}, {Holder(2)})
                          .Thread(1, {2}, {Holder(3)})
                          .Thread(0, {1}, {Holder(0)});
  REQUIRE(scene.Summaries() == Strings{"hang m -> s -> n -> s, verdict real"});
  const Finding hang = scene.Find()[0];
  REQUIRE(hang.edges.size() == 4);
  for (int i = 0; i < 4; ++i) CHECK(hang.edges[static_cast<std::size_t>(i)].held == i);
}

TEST_CASE("two cycles apart are two hangs", "[workloads][hang]") {
  const Scene scene = Scene({"a", "b", "c", "d"})
                          .Thread(1, {0}, {Holder(1)})
                          .Thread(0, {1}, {Holder(0)})
                          .Thread(3, {2}, {Holder(3)})
                          .Thread(2, {3}, {Holder(2)});
  CHECK(scene.Summaries().size() == 2);
}

TEST_CASE("who only waits for a hang takes part and makes none", "[workloads][hang]") {
  const Scene scene =
      Scene({"a", "b"}).Thread(0, {}, {Holder(1)}).Thread(1, {0}, {Holder(2)}).Thread(0, {1}, {Holder(1)});
  REQUIRE(scene.Summaries() == Strings{"hang a -> b, verdict real"});
  CHECK(scene.Find()[0].participants.size() == 3);
}

TEST_CASE("a writer that only queues is no link", "[workloads][hang]") {
  // t0 holds s and wants u; t1 wants to write s; t2 holds u and wants to read s, behind t1.
  const Scene scene =
      Scene({"s", "u"}).Thread(1, {0}, {Holder(2)}).Thread(0, {}, {Holder(0)}).Thread(0, {1}, {Queued(1)});
  REQUIRE(scene.Summaries() == Strings{"hang s -> u, verdict real"});
  CHECK(scene.Find()[0].edges.size() == 2);
  CHECK(scene.Find()[0].participants.size() == 3);
}

TEST_CASE("a wait for itself is left to the validator, and so is who waits for that", "[workloads][hang]") {
  CHECK(Scene({"a"}).Thread(0, {0}, {{0, "", false, true}}).Thread(0, {}, {Holder(0)}).Find().empty());
  CHECK(Scene({"a"}).Thread(0, {0}, {{0, "", false, false}}).Summaries() == Strings{"hang a, verdict real"});
}

TEST_CASE("what nobody is left to give is a hang of all who want it", "[workloads][hang]") {
  const Scene scene = Scene({"c", "d"}).Thread(0, {}, {}).Thread(0, {}, {}).Thread(1, {}, {});
  const std::vector<Finding> hangs = scene.Find();
  REQUIRE(hangs.size() == 2);
  CHECK(hangs[0].participants.size() + hangs[1].participants.size() == 3);
}

TEST_CASE("a lock left behind by an ended thread says so", "[workloads][hang]") {
  const Scene scene = Scene({"a"}).Thread(0, {}, {{-1, "gone", false, false}});
  REQUIRE(scene.Summaries() == Strings{"hang a, verdict real"});
  CHECK_THAT(scene.Find()[0].detail, ContainsSubstring("held by gone, which has ended"));
}

TEST_CASE("a hang confirms the finding of its links only", "[workloads][hang]") {
  const Finding hang = Scene({"a", "b"}).Thread(1, {0}, {Holder(1)}).Thread(0, {1}, {Holder(0)}).Find()[0];
  Finding same = hang;
  same.kind = FindingKind::kCircular;
  same.verdict = Verdict::kUnknown;
  same.strength = Strength::kNone;
  same.missing = {"a schedule"};
  SetFingerprint(same);
  const std::uint64_t fingerprint = same.fingerprint;
  Finding other = same;
  other.locks[1].name = "c";
  std::vector<Finding> findings = {other, same};
  CHECK(ConfirmByHang(findings, hang));
  CHECK(findings[0].verdict == Verdict::kUnknown);
  CHECK(findings[1].verdict == Verdict::kReal);
  CHECK(findings[1].kind == FindingKind::kCircular);
  CHECK(findings[1].fingerprint == fingerprint);
  CHECK(findings[1].missing.empty());
  findings.pop_back();
  CHECK_FALSE(ConfirmByHang(findings, hang));
}

// A thread that reads s again behind a writer, or that wants what excludes itself.
Finding HangOfOneLock(Mode mode) {
  Finding hang = Scene({"s"}).Thread(0, {0}, {{0, "", false, false}}).Find()[0];
  hang.edges[0].held_mode = hang.edges[0].wanted_mode = mode;
  return hang;
}

TEST_CASE("one lock read twice confirms the finding of its class, which may show two instances", "[workloads][hang]") {
  const Finding hang = HangOfOneLock(Mode::kShared);
  Finding nesting = hang;
  nesting.kind = FindingKind::kRecursive;
  nesting.verdict = Verdict::kUnknown;
  nesting.locks.push_back(nesting.locks[0]);
  nesting.edges[0].wanted = 1;
  std::vector<Finding> findings = {nesting};
  CHECK(ConfirmByHang(findings, hang));
  CHECK(findings[0].kind == FindingKind::kRecursive);
  CHECK(findings[0].verdict == Verdict::kReal);
  CHECK(findings[0].edges[0].wanted == 0);
  findings = {nesting};
  CHECK_FALSE(ConfirmByHang(findings, HangOfOneLock(Mode::kExclusive)));
  findings[0].locks[1].name = "another";
  CHECK_FALSE(ConfirmByHang(findings, hang));
}

TEST_CASE("a cycle made of shorter ones is told by these", "[workloads][hang]") {
  // Both read s; both want to write it.
  const WaitsFor itself = {0, "", false, true};
  WaitsFor self1 = itself;
  self1.thread = 1;
  CHECK(Scene({"s"}).Thread(0, {0}, {itself, Holder(1)}).Thread(0, {0}, {Holder(0), self1}).Find().empty());
  // A second reader, which reads again behind the writer, is stuck in a cycle of its own.
  CHECK(Scene({"s"}).Thread(0, {0}, {itself, Holder(1)}).Thread(0, {0}, {Queued(0)}).Summaries() ==
        Strings{"hang s, verdict real"});
  // Who waits for itself and behind a writer of the same lock waits for itself.
  CHECK(Scene({"s"}).Thread(0, {0}, {itself, Queued(1)}).Thread(0, {}, {Holder(0)}).Find().empty());
  // t0 and t2 read a and want b; t1 and t3 read b and want a.
  const Scene scene = Scene({"a", "b"})
                          .Thread(1, {0}, {Holder(1), Holder(3)})
                          .Thread(0, {1}, {Holder(0), Holder(2)})
                          .Thread(1, {0}, {Holder(1), Holder(3)})
                          .Thread(0, {1}, {Holder(0), Holder(2)});
  CHECK(scene.Summaries() == Strings{"hang a -> b, verdict real"});
}

TEST_CASE("a reader behind a writer and a wait for itself are two things", "[workloads][hang]") {
  for (const Mode mode : {Mode::kExclusive, Mode::kShared}) {
    Finding finding = HangOfOneLock(mode);
    finding.verdict = Verdict::kUnknown;
    finding.kind = FindingKind::kRecursive;
    CHECK(HappenedIn(finding, HangOfOneLock(mode)) == (mode == Mode::kShared));
    finding.kind = FindingKind::kSelfDeadlock;
    CHECK(HappenedIn(finding, HangOfOneLock(mode)) == (mode == Mode::kExclusive));
  }
}

TEST_CASE("a nesting of two instances happened if it is a link of the hang, and keeps its own links",
          "[workloads][hang]") {
  Scene scene = Scene({"o", "p"}).Thread(1, {0}, {Holder(1)}).Thread(0, {1}, {Holder(0)});
  for (FindingLock& lock : scene.snapshot().objects) {
    lock.instance = std::exchange(lock.name, "C");
    lock.class_name = "C";
  }
  const Finding hang = scene.Find()[0];
  Finding nesting = hang;
  nesting.kind = FindingKind::kRecursive;
  nesting.verdict = Verdict::kUnknown;
  nesting.missing = {"an order"};
  nesting.cycle_length = 1;
  nesting.edges.pop_back();
  SetFingerprint(nesting);
  Finding other = nesting;
  for (FindingLock& lock : other.locks) lock.name = lock.class_name = "D";
  std::vector<Finding> findings = {nesting, other};
  CHECK(ConfirmByHang(findings, hang));
  CHECK(findings[0].verdict == Verdict::kReal);
  CHECK(findings[0].missing.empty());
  CHECK(findings[0].edges.size() == 1);
  CHECK(findings[0].fingerprint == nesting.fingerprint);
  CHECK(findings[1].verdict == Verdict::kUnknown);
}

}  // namespace
}  // namespace lockdep
