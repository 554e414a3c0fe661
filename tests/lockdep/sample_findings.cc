#include "tests/lockdep/sample_findings.h"

#include <utility>

#include "lockdep/symbolize.h"

namespace lockdep {

Place At(const std::string& function, const std::string& file, int line) {
  Place place;
  place.function = function;
  place.file = file;
  place.line = line;
  return place;
}

Place At(std::vector<StackFrame> stack) {
  const StackFrame& caller = stack[FirstCallerFrame(stack)];
  Place place = At(caller.function, caller.file, caller.line);
  place.stack = std::move(stack);
  return place;
}

Finding Cycle(const std::vector<std::string>& names) {
  Finding finding;
  finding.source = "cycle.workload";
  finding.cycle_length = static_cast<int>(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    finding.locks.push_back({names[i], "", 0, "", LockType::kMutex, true});
    FindingEdge edge;
    edge.held = static_cast<int>(i);
    edge.wanted = static_cast<int>((i + 1) % names.size());
    edge.thread = "t" + std::to_string(i + 1);
    edge.held_at = At("", "cycle.workload", static_cast<int>(10 * (i + 1)));
    edge.wanted_at = At("", "cycle.workload", static_cast<int>(10 * (i + 1) + 1));
    finding.edges.push_back(edge);
  }
  finding.closing_edge = finding.cycle_length - 1;
  finding.missing = {"a search of the schedules of these threads"};
  return finding;
}

namespace {

FindingLock Lock(const std::string& name, LockType type) { return {name, "", 0, "", type, true}; }

Participant Did(const std::string& thread, Context context, const std::string& action, int lock, Place at) {
  Participant participant;
  participant.thread = thread;
  participant.context = context;
  participant.action = action;
  participant.lock = lock;
  participant.at = std::move(at);
  return participant;
}

// The sysfs active reference against memory hotplug, behind device_hotplug_lock, which the store
// function only tries.  Functions as in Linux 5.3.
Finding GatedHotplug() {
  Finding finding;
  finding.source = "workloads/scripts/kn-count-gated.workload";
  finding.locks = {Lock("kn->count#70", LockType::kPseudo), Lock("mem_hotplug_lock", LockType::kPercpuRwSem),
                   Lock("device_hotplug_lock", LockType::kMutex), Lock("&of->mutex", LockType::kMutex)};
  finding.cycle_length = 2;
  FindingEdge user;
  user.held = 0;
  user.held_mode = Mode::kShared;
  user.held_kind = Kind::kTrylock;
  user.wanted = 1;
  user.thread = "user";
  user.held_at = At({{"kernfs_get_active_of", "fs/kernfs/file.c", 98, true},
                     {"kernfs_fop_write", "fs/kernfs/file.c", 311, false},
                     {"vfs_write", "fs/read_write.c", 558, false}});
  user.wanted_at = At({{"mem_hotplug_begin", "mm/memory_hotplug.c", 67, true},
                       {"online_pages", "mm/memory_hotplug.c", 787, false},
                       {"memory_block_action", "drivers/base/memory.c", 223, true},
                       {"memory_subsys_online", "drivers/base/memory.c", 296, false},
                       {"state_store", "drivers/base/memory.c", 398, false}});
  user.also_held = {
      {3, Mode::kExclusive, Kind::kBlocking, At("kernfs_fop_write", "fs/kernfs/file.c", 306)},
      {2, Mode::kExclusive, Kind::kTrylock, At("lock_device_hotplug_sysfs", "drivers/base/core.c", 1104)}};
  FindingEdge remove;
  remove.held = 1;
  remove.wanted = 0;
  remove.thread = "remove";
  remove.role = "kacpi_hotplug";
  remove.held_at = At({{"mem_hotplug_begin", "mm/memory_hotplug.c", 67, true},
                       {"try_remove_memory", "mm/memory_hotplug.c", 1743, false}});
  remove.wanted_at = At({{"kernfs_drain", "fs/kernfs/dir.c", 470, false},
                         {"__kernfs_remove", "fs/kernfs/dir.c", 1245, false},
                         {"remove_memory_block_devices", "drivers/base/memory.c", 760, false}});
  remove.also_held = {{2, Mode::kExclusive, Kind::kBlocking, At("lock_device_hotplug", "drivers/base/core.c", 1094)}};
  finding.edges = {user, remove};
  finding.closing_edge = 1;
  finding.verdict = Verdict::kFalse;
  finding.strength = Strength::kExhausted;
  finding.reasons = {{ReasonKind::kTrylockBackoff,
                      {2},
                      "user only tries device_hotplug_lock while it holds kn->count#70, and gives kn->count#70 back "
                      "when it fails, so the gate closes no cycle of its own."},
                     {ReasonKind::kExclusiveGate,
                      {2},
                      "user and remove both hold device_hotplug_lock exclusively from before their first lock of the "
                      "cycle until after their last, so never both at once."}};
  return finding;
}

// Three threads, one of them a reader; what a C++ program would show.
Finding ThreeLocks() {
  Finding finding;
  finding.source = "bank";
  finding.locks = {Lock("Account::mu", LockType::kMutex), Lock("Journal::mu", LockType::kRwSem),
                   Lock("Index::mu", LockType::kMutex)};
  finding.locks[0].class_name = "Account::mu";
  finding.cycle_length = 3;
  finding.edges.resize(3);
  for (int i = 0; i < 3; ++i) {
    finding.edges[static_cast<std::size_t>(i)].held = i;
    finding.edges[static_cast<std::size_t>(i)].wanted = (i + 1) % 3;
  }
  FindingEdge& transfer = finding.edges[0];
  transfer.thread = "worker 1";
  transfer.role = "Server::Work";
  transfer.wanted_mode = Mode::kShared;
  transfer.held_at =
      At({{"lockdep::Mutex::lock", "/usr/include/lockdep/mutex.h", 40, true},
          {"std::lock_guard<lockdep::Mutex>::lock_guard", "/usr/include/c++/12/bits/std_mutex.h", 229, true},
          {"bank::Account::Transfer", "/src/bank/account.cc", 31, false},
          {"bank::Server::Work", "/src/bank/server.cc", 88, false}});
  transfer.wanted_at = At({{"bank::Journal::Append", "/src/bank/journal.cc", 17, false},
                           {"bank::Account::Transfer", "/src/bank/account.cc", 33, false},
                           {"bank::Server::Work", "/src/bank/server.cc", 88, false}});
  FindingEdge& compact = finding.edges[1];
  compact.thread = "compactor";
  compact.held_mode = Mode::kShared;
  compact.held_at = At({{"bank::Journal::Compact", "/src/bank/journal.cc", 52, false}});
  compact.wanted_at = At(
      {{"bank::Index<std::basic_string<char, std::char_traits<char>, std::allocator<char> >, unsigned long>::Rebuild",
        "/src/bank/index.h", 140, false},
       {"bank::Journal::Compact", "/src/bank/journal.cc", 60, false}});
  FindingEdge& audit = finding.edges[2];
  audit.thread = "auditor";
  audit.held_at = At({{"bank::Audit", "/src/bank/audit.cc", 9, false}});
  audit.wanted_at = At({{"bank::Account::Balance", "/src/bank/account.cc", 22, false},
                        {"bank::Audit", "/src/bank/audit.cc", 12, false}});
  finding.closing_edge = 2;
  Participant writer = Did("flusher", Context::kTask, "waits to write it, so that new readers queue behind it", 1,
                           At("bank::Journal::Flush", "/src/bank/journal.cc", 71));
  finding.participants = {writer};
  finding.verdict = Verdict::kPredicted;
  finding.strength = Strength::kTrace;
  finding.witness = {
      "worker 1: lock Account::mu",        "compactor: read Journal::mu",        "auditor: lock Index::mu",
      "flusher: lock Journal::mu, blocks", "worker 1: read Journal::mu, blocks", "compactor: lock Index::mu, blocks",
      "auditor: lock Account::mu, blocks"};
  return finding;
}

Finding OneThread() {
  Finding finding = Cycle({"a", "b"});
  for (FindingEdge& edge : finding.edges) edge.thread = "main";
  finding.verdict = Verdict::kFalse;
  finding.strength = Strength::kTrace;
  finding.missing.clear();
  finding.reasons = {{ReasonKind::kSameThread,
                      {},
                      "both links were made by the thread main, and only one thread of its role can exist."}};
  return finding;
}

// A thread that joins another one under a lock which that one wants.
Finding Join() {
  Finding finding = Cycle({"pool_mu", "end of worker"});
  finding.locks[1].type = LockType::kThreadEnd;
  finding.edges[0].thread = "main";
  finding.edges[1].thread = "worker";
  finding.edges[1].held_mode = Mode::kShared;
  finding.edges[1].held_at = Place();
  finding.closing_edge = 0;
  finding.missing = {"a schedule that hangs, or a search of all schedules that finds none"};
  return finding;
}

Finding Recursive() {
  Finding finding;
  finding.kind = FindingKind::kRecursive;
  finding.source = "tree";
  finding.locks = {{"Node::mu", "Node::mu", 0, "nodes[1]", LockType::kMutex, true},
                   {"Node::mu", "Node::mu", 0, "nodes[2]", LockType::kMutex, true}};
  finding.cycle_length = 2;
  FindingEdge edge;
  edge.held = 0;
  edge.wanted = 1;
  edge.thread = "main";
  edge.held_at = At("Tree::Rotate", "tree.cc", 20);
  edge.wanted_at = At({{"Tree::Link", "tree.cc", 12, true}, {"Tree::Rotate", "tree.cc", 21, false}});
  finding.edges = {edge};
  finding.closing_edge = 0;
  finding.missing = {"a declared order, or both orders seen"};
  return finding;
}

Finding SelfDeadlock() {
  Finding finding;
  finding.kind = FindingKind::kSelfDeadlock;
  finding.source = "cache";
  finding.locks = {Lock("Cache::mu", LockType::kRwSem)};
  finding.cycle_length = 1;
  FindingEdge edge;
  edge.thread = "main";
  edge.held_mode = Mode::kShared;
  edge.held_at = At("Cache::Find", "cache.cc", 7);
  edge.wanted_at = At("Cache::Insert", "cache.cc", 15);
  finding.edges = {edge};
  finding.closing_edge = 0;
  finding.verdict = Verdict::kReal;
  finding.strength = Strength::kExecuted;
  return finding;
}

// A kind that is a misuse of one lock at one place.
Finding Misuse(FindingKind kind, Participant participant) {
  Finding finding;
  finding.kind = kind;
  finding.source = "misuse";
  finding.locks = {Lock("queue_mu", LockType::kMutex), Lock("log_mu", LockType::kSpinLock)};
  finding.cycle_length = 1;
  finding.participants = {std::move(participant)};
  finding.verdict = Verdict::kReal;
  finding.strength = Strength::kExecuted;
  return finding;
}

Finding UnbalancedUnlock() {
  Participant p = Did("worker", Context::kTask, "releases it without holding it", 0,
                      At({{"Queue::Pop", "queue.cc", 44, false}, {"Worker::Run", "worker.cc", 9, false}}));
  p.held = {{1, Mode::kExclusive, Kind::kBlocking, At("Log::Write", "log.cc", 3)}};
  return Misuse(FindingKind::kUnbalancedUnlock, p);
}

Finding HeldLockFreed() {
  Participant p =
      Did("worker", Context::kTask, "destroys it or initialises it again", 0, At("Queue::~Queue", "queue.cc", 10));
  p.held = {{0, Mode::kExclusive, Kind::kTrylock, At("Queue::Pop", "queue.cc", 40)}};
  Finding finding = Misuse(FindingKind::kHeldLockFreed, p);
  finding.detail = "it holds the lock itself";
  return finding;
}

Finding HeldAtExit() {
  Participant p = Did("worker", Context::kTask, "ends holding it", 0, At("Worker::Run", "worker.cc", 30));
  p.held = {{0, Mode::kExclusive, Kind::kBlocking,
             At({{"Queue::Pop", "queue.cc", 40, false}, {"Worker::Run", "worker.cc", 12, false}})},
            {1, Mode::kExclusive, Kind::kTimed, At("Log::Write", "log.cc", 3)}};
  return Misuse(FindingKind::kHeldAtExit, p);
}

Finding WaitContext() {
  Participant p = Did("irq/7", Context::kHardirq, "asks for it", 0,
                      At({{"Queue::Push", "queue.cc", 21, false}, {"OnInterrupt", "device.cc", 77, false}}));
  p.held = {{1, Mode::kExclusive, Kind::kBlocking, At("OnInterrupt", "device.cc", 75)}};
  return Misuse(FindingKind::kWaitContext, p);
}

Finding NestedNotTaken() {
  Participant p = Did("main", Context::kTask, "asks for it", 0, At("Tree::LockChild", "tree.cc", 50));
  Finding finding = Misuse(FindingKind::kNestedNotTaken, p);
  finding.locks.pop_back();
  finding.detail = "declared to be nested in Tree::mu, which is not held";
  return finding;
}

Finding InconsistentState() {
  Finding finding;
  finding.kind = FindingKind::kInconsistentState;
  finding.source = "irq.workload";
  finding.locks = {Lock("dev->lock", LockType::kSpinLock)};
  finding.cycle_length = 1;
  finding.participants = {Did("t1", Context::kTask, "holds it where a hardirq can come", 0, At("", "irq.workload", 4)),
                          Did("t2", Context::kHardirq, "takes it in a hardirq", 0, At("", "irq.workload", 9))};
  finding.participants[0].mode = Mode::kShared;
  finding.missing = {"whether the interrupt can come on the cpu that holds the lock"};
  return finding;
}

Finding SignalHandler() {
  Finding finding = InconsistentState();
  finding.participants[0].context = Context::kSignal;
  finding.participants[0].action = "takes it in a signal handler";
  finding.participants[0].mode = Mode::kExclusive;
  finding.participants[1].context = Context::kTask;
  finding.participants[1].action = "holds it where a signal handler can come";
  return finding;
}

Finding IrqUnsafeOrder() {
  Finding finding = Cycle({"safe", "unsafe"});
  finding.kind = FindingKind::kIrqUnsafeOrder;
  finding.edges.pop_back();
  finding.closing_edge = 0;
  finding.participants = {Did("nic", Context::kSoftirq, "takes it in a softirq", 0, At("", "irq.workload", 4)),
                          Did("t2", Context::kTask, "holds it where a softirq can come", 1, At("", "irq.workload", 9))};
  finding.participants[1].mode = Mode::kShared;
  return finding;
}

Finding IrqInversion() {
  Finding finding = Cycle({"safe", "middle", "unsafe"});
  finding.detail = "a hardirq that interrupts the holder of unsafe can wait for safe, whose holder waits for unsafe";
  finding.kind = FindingKind::kIrqInversion;
  finding.edges.pop_back();
  finding.closing_edge = -1;
  finding.participants = {Did("disk", Context::kHardirq, "takes it in a hardirq", 0, At("", "irq.workload", 4)),
                          Did("t3", Context::kTask, "holds it where a hardirq can come", 2, At("", "irq.workload", 9))};
  return finding;
}

Finding Hang() {
  Finding finding = Cycle({"a", "b", "c"});
  finding.kind = FindingKind::kHang;
  finding.detail = "3 threads have not moved for 5 s.";
  finding.edges[1].held_mode = Mode::kRecursiveShared;
  finding.edges[2].held_kind = Kind::kTimed;
  finding.verdict = Verdict::kReal;
  finding.strength = Strength::kExecuted;
  finding.missing.clear();
  return finding;
}

// Nobody is left who could signal.
Finding LostSignal() {
  Finding finding;
  finding.kind = FindingKind::kHang;
  finding.source = "hang-lost-signal.workload";
  finding.locks = {Lock("filled", LockType::kCompletion)};
  finding.cycle_length = 1;
  finding.participants = {Did("consumer", Context::kTask, "waits for a signal of filled, which nobody is left to do", 0,
                              At("", "hang-lost-signal.workload", 5))};
  finding.verdict = Verdict::kReal;
  finding.strength = Strength::kExecuted;
  return finding;
}

Finding Described(FindingKind kind, const std::string& detail, std::vector<Participant> participants) {
  Finding finding;
  finding.kind = kind;
  finding.source = "hotplug.workload";
  finding.detail = detail;
  finding.participants = std::move(participants);
  finding.verdict = Verdict::kReal;
  finding.strength = Strength::kExecuted;
  finding.witness = {"t1: start", "t2: start"};
  return finding;
}

}  // namespace

std::vector<SampleFinding> SampleFindings() {
  const Place here = At("", "hotplug.workload", 12);
  std::vector<SampleFinding> samples = {
      {"circular_false_gate", GatedHotplug()},
      {"circular_predicted_readers", ThreeLocks()},
      {"circular_false_same_thread", OneThread()},
      {"circular_unknown", Cycle({"a", "b"})},
      {"circular_join", Join()},
      {"circular_wide",
       Cycle({"a_lock_with_a_rather_long_name", "b_lock_with_a_rather_long_name", "c", "d", "e", "f", "g", "h"})},
      {"recursive", Recursive()},
      {"self_deadlock", SelfDeadlock()},
      {"unbalanced_unlock", UnbalancedUnlock()},
      {"held_lock_freed", HeldLockFreed()},
      {"held_at_exit", HeldAtExit()},
      {"irq_inversion", IrqInversion()},
      {"irq_unsafe_order", IrqUnsafeOrder()},
      {"inconsistent_state", InconsistentState()},
      {"inconsistent_state_signal", SignalHandler()},
      {"wait_context", WaitContext()},
      {"nested_not_taken", NestedNotTaken()},
      {"hang", Hang()},
      {"hang_lost_signal", LostSignal()},
      {"livelock", Described(FindingKind::kLivelock, "t1 and t2 try each other's lock for ever.",
                             {Did("t1", Context::kTask, "tries it again and again", -1, here)})},
      {"data_race",
       Described(FindingKind::kDataRace, "x is written by t1 and read by t2, unordered.",
                 {Did("t1", Context::kTask, "writes x", -1, here), Did("t2", Context::kTask, "reads x", -1, here)})},
      {"invariant", Described(FindingKind::kInvariant, "I3: an online block has all its pages in one zone.",
                              {Did("t1", Context::kTask, "breaks it", -1, here)})},
  };
  for (SampleFinding& sample : samples) SetFingerprint(sample.finding);
  return samples;
}

}  // namespace lockdep
