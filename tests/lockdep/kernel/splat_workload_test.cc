// Reports of every kind as workloads: each must be a script that `lockdep check` accepts, with the finding of
// the report in every setting.
#include "lockdep/kernel/splat_workload.h"

#include <algorithm>
#include <string>
#include <vector>

#include "lockdep/kernel/kernel_log.h"
#include "tests/catch.h"
#include "tests/lockdep/kernel/splat_log.h"
#include "workloads/check.h"

namespace lockdep::kernel {
namespace {

struct Replayed {
  KernelFinding made;
  absl::StatusOr<std::string> text;
};

Replayed Replay(const std::string& log) {
  std::string why;
  Replayed result{*MakeFinding(ReadKernelLog(log).at(0), "log", why), ""};
  const Judgement judgement = Judge(result.made, {});
  result.text = FormatWorkload(result.made, judgement);
  return result;
}

// The findings of a script in all its settings; each must be expected there.
std::vector<Finding> FindingsOf(const Replayed& replayed) {
  REQUIRE(replayed.text.ok());
  CAPTURE(*replayed.text);
  const workloads::ScriptResult result = workloads::CheckScript(*replayed.text, "x.workload", {});
  for (const auto& error : result.errors) UNSCOPED_INFO(error.ToString());
  CHECK(result.errors.empty());
  CHECK(result.ok());
  std::vector<Finding> findings;
  for (const auto& setting : result.settings) {
    CHECK_FALSE(setting.findings.empty());
    findings.insert(findings.end(), setting.findings.begin(), setting.findings.end());
  }
  return findings;
}

std::string ErrorOf(const std::string& log) {
  const Replayed replayed = Replay(log);
  REQUIRE_FALSE(replayed.text.ok());
  return std::string(replayed.text.status().message());
}

// Two lock lines in the shape of kernels from 5.8 on.
std::string Title(const std::string& title) {
  return "================================\nWARNING: " + title +
         "\n6.12.0 #1 Not tainted\n--------------------------------\n";
}

std::string Inconsistent(const std::string& from, const std::string& to) {
  return Title("inconsistent lock state") + "inconsistent {" + from + "} -> {" + to +
         "} usage.\nreader/53 [HC0[0]:SC0[0]:HE1:SE1] takes:\nffffffffa0002a98 (ring_lock){+.?.}-{2:2}, at: "
         "ring_read+0x1c/0x100\n{" +
         from +
         "} state was registered at:\n  lock_acquire+0x13c/0x250\n  _raw_spin_lock+0x2f/0x60\n"
         "  ring_timer+0x10/0x1c\n\nstack backtrace:\n ring_read+0x1c/0x100\n";
}

std::string IrqOrder(const std::string& irq) {
  return Title(irq + "-safe -> " + irq + "-unsafe lock order detected") +
         "sender/52 [HC0[0]:SC0[0]:HE0:SE1] is trying to acquire:\nffffffffa0002a40 (queue_lock){+.+.}-{2:2}, at: "
         "send+0x30/0x100\n\nand this task is already holding:\nffffffffa0002a98 (ring_lock){-.-.}-{2:2}, at: "
         "send+0x1c/0x100\nwhich would create a new lock dependency:\n (ring_lock){-.-.}-{2:2} -> "
         "(queue_lock){+.+.}-{2:2}\n\nbut this new dependency connects a " +
         irq + "-irq-safe lock:\n (ring_lock){-.-.}-{2:2}\n\n... which became " + irq +
         "-irq-safe at:\n  lock_acquire+0x13c/0x250\n  _raw_spin_lock+0x2f/0x60\n  ring_irq+0x10/0x1c\n\nto a " + irq +
         "-irq-unsafe lock:\n (queue_lock){+.+.}-{2:2}\n\n... which became " + irq +
         "-irq-unsafe at:\n...  lock_acquire+0x13c/0x250\n  _raw_spin_lock+0x2f/0x60\n  queue_open+0x10/0x1c\n\n"
         "other info that might help us debug this:\n\nstack backtrace:\n lock_acquire+0x13c/0x250\n "
         "_raw_spin_lock+0x2f/0x60\n send+0x30/0x100\n";
}

const std::string kInversion =
    Title("possible irq lock inversion dependency detected") +
    "opener/54 just changed the state of lock:\nffffffffa0002a38 (list_lock){+.+.}-{2:2}, at: open+0x85/0x100\n"
    "but this lock was taken by another, SOFTIRQ-safe lock in the past:\n (ring_lock){+.-.}-{2:2}\n\n\n"
    "and interrupts could create inverse lock ordering between them.\n\n\nno locks held by opener/54.\n\n"
    "the shortest dependencies between 2nd lock and 1st lock:\n -> (ring_lock){+.-.}-{2:2} ops: 2 {\n"
    "    IN-SOFTIRQ-W at:\n                      lock_acquire+0x13c/0x250\n                      "
    "ring_timer+0x10/0x1c\n }\n"
    " ... key      at: [<ffffffffa0002a98>] ring_lock+0x18/0xfffffffffffff000\n ... acquired at:\n"
    "   lock_acquire+0x13c/0x250\n   _raw_spin_lock+0x2f/0x60\n   walk+0x10/0x20\n\n"
    "-> (list_lock){+.+.}-{2:2} ops: 1 {\n    SOFTIRQ-ON-W at:\n                      open+0x85/0x100\n }\n"
    " ... key      at: [<ffffffffa0002a38>] list_lock+0x18/0xfffffffffffff000\n ... acquired at:\n"
    "   open+0x85/0x100\n\n\nstack backtrace:\n open+0x85/0x100\n";

std::string WaitContext(const std::string& context, const std::string& wanted, const std::string& held) {
  return "=============================\n[ BUG: Invalid wait context ]\n6.12.0 #4 Not tainted\n"
         "-----------------------------\nsender/62 is trying to lock:\nffffffffa0003030 (queue_lock){+.+.}-{" +
         wanted + "}, at: send+0xcc/0x370\nother info that might help us debug this:\ncontext-{" + context + "}\n" +
         (held.empty() ? "no locks held by sender/62.\n"
                       : "1 lock held by sender/62:\n #0: ffffffffa0002c98 (ring_lock){-.-.}-{" + held +
                             "}, at: send+0x2c/0x50\n") +
         "stack backtrace:\n send+0xcc/0x370\n";
}

const std::string kBadUnlock =
    Title("bad unlock balance detected!") +
    "sender/55 is trying to release lock (queue_lock) at:\nsend+0x8c/0x100\nbut there are no more locks to release!\n";
const std::string kFreed =
    Title("held lock freed!") +
    "sender/56 is freeing memory ffff888012345600-ffff8880123457ff, with a lock still held there!\n"
    "ffff888012345610 (&q->lock){+.+.}-{3:3}, at: send+0x1c/0x100\n1 lock held by sender/56:\n"
    " #0: ffff888012345610 (&q->lock){+.+.}-{3:3}, at: send+0x1c/0x100\n";
const std::string kAtExit = Title("lock held when returning to user space!") +
                            "sender/57 is leaving the kernel with locks still held!\n1 lock held by sender/57:\n"
                            " #0: ffff888012345610 (&q->lock){+.+.}-{3:3}, at: send+0x1c/0x100\n";
const std::string kNested =
    Title("Nested lock was not taken") +
    "sender/58 is trying to lock:\nffff888012345610 (&q->lock){+.+.}-{3:3}, at: send+0x1c/0x100\n\n"
    "but this task is not holding:\ntree_lock\n\nstack backtrace:\n send+0x1c/0x100\n";

TEST_CASE("a lock that an interrupt takes is replayed with the interrupt", "[kernel]") {
  const std::vector<Finding> findings = FindingsOf(Replay(Inconsistent("IN-SOFTIRQ-W", "SOFTIRQ-ON-W")));
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == FindingKind::kInconsistentState);
  CHECK(FindingsOf(Replay(Inconsistent("HARDIRQ-ON-W", "IN-HARDIRQ-W"))).size() == 1);
  CHECK(FindingsOf(Replay(Inconsistent("IN-HARDIRQ-R", "HARDIRQ-ON-W"))).size() == 1);
  CHECK(FindingsOf(Replay(Inconsistent("SOFTIRQ-ON-R", "IN-SOFTIRQ-W"))).size() == 1);
  CHECK_THAT(ErrorOf(Inconsistent("IN-RECLAIM_FS-W", "RECLAIM_FS-ON-W")), ContainsSubstring("no words"));
}

TEST_CASE("an order that is unsafe under interrupts is replayed link by link", "[kernel]") {
  for (const std::string irq : {"HARDIRQ", "SOFTIRQ"}) {
    const std::vector<Finding> findings = FindingsOf(Replay(IrqOrder(irq)));
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].kind == FindingKind::kIrqUnsafeOrder);
  }
  CHECK(FindingsOf(Replay(kInversion)).size() == 1);
}

TEST_CASE("a wait where nothing may wait is replayed under what forbids it", "[kernel]") {
  CHECK(FindingsOf(Replay(WaitContext("5:5", "3:3", "2:2"))).size() == 1);
  CHECK(FindingsOf(Replay(WaitContext("5:5", "4:4", "3:3"))).size() == 1);
  CHECK(FindingsOf(Replay(WaitContext("2:2", "3:3", ""))).size() == 1);
  CHECK(FindingsOf(Replay(WaitContext("3:3", "4:4", ""))).size() == 1);
  CHECK_THAT(ErrorOf(WaitContext("5:5", "3:3", "4:4")), ContainsSubstring("not shown"));
}

TEST_CASE("a misuse is the one statement that is wrong", "[kernel]") {
  const auto kind = [](const std::string& log) {
    const std::vector<Finding> findings = FindingsOf(Replay(log));
    REQUIRE(findings.size() == 1);
    return findings[0].kind;
  };
  CHECK(kind(kBadUnlock) == FindingKind::kUnbalancedUnlock);
  CHECK(kind(kFreed) == FindingKind::kHeldLockFreed);
  CHECK(kind(kAtExit) == FindingKind::kHeldAtExit);
  CHECK(kind(kNested) == FindingKind::kNestedNotTaken);
  // What has only sections to read in.
  std::string rcu = kAtExit;
  for (std::size_t at = rcu.find("&q->lock"); at != std::string::npos; at = rcu.find("&q->lock"))
    rcu.replace(at, 8, "rcu_read_lock");
  CHECK(kind(rcu) == FindingKind::kHeldAtExit);
}

TEST_CASE("two locks of one class hang only if they are also taken the other way round", "[kernel]") {
  const LogLock lock = {"&x->mutex", "+.+.", "ffff888012345600", "f"};
  LogLock other = lock;
  other.address = "ffff888012345700";
  const std::vector<Finding> findings = FindingsOf(Replay(Recursive(lock, other, {"__mutex_lock", "g"})));
  const auto real = [](const Finding& finding) { return finding.verdict == Verdict::kReal; };
  REQUIRE(findings.size() == 3);
  CHECK(findings[0].verdict == Verdict::kFalse);
  CHECK(std::any_of(findings.begin() + 1, findings.end(), real));
  CHECK(FindingsOf(Replay(Recursive(lock, lock, {"__mutex_lock", "g"}))).at(0).verdict == Verdict::kReal);
  // Readers, each behind a writer of its own.
  LogLock read = lock, other_read = other;
  read.usage = other_read.usage = ".+.+";
  CHECK(FindingsOf(Replay(Recursive(read, other_read, {"down_read", "g"}))).size() == 3);
}

TEST_CASE("a mode that is not shown is a switch, and what is too much is said to be left out", "[kernel]") {
  CircularLog log = Abba();
  for (std::size_t i = 0; i < 6; ++i) {
    const std::string name = "&m" + std::to_string(i);
    log.cycle.insert(log.cycle.begin() + 1, {name, "++++", "ffff888012345600", "f"});
    log.traces.insert(log.traces.begin() + 1, {"some_caller"});
  }
  const Replayed replayed = Replay(Circular(log));
  REQUIRE(replayed.text.ok());
  CHECK_THAT(*replayed.text, ContainsSubstring("= exclusive|shared"));
  CHECK_THAT(*replayed.text, ContainsSubstring("# Not varied: "));
  CHECK(FindingsOf(replayed).size() == 32);
}

TEST_CASE("names of a log are no trouble for a script", "[kernel]") {
  CircularLog log = Abba();
  log.task = "a writer";
  log.cycle[0].name = "&x->\"y\"\\z";
  CHECK_FALSE(FindingsOf(Replay(Circular(log))).empty());
  log.task = "";
  CHECK_FALSE(FindingsOf(Replay(Circular(log))).empty());
  std::string no_task = kAtExit;
  for (std::size_t at = no_task.find("sender/57"); at != std::string::npos; at = no_task.find("sender/57"))
    no_task.erase(at, 9);
  CHECK_FALSE(FindingsOf(Replay(no_task)).empty());
}

}  // namespace
}  // namespace lockdep::kernel
