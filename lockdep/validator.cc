#include "lockdep/validator.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "lockdep/chain_set.h"
#include "lockdep/check.h"
#include "lockdep/cycle_search.h"
#include "lockdep/dependency_graph.h"
#include "lockdep/finding_builder.h"
#include "lockdep/own_mutex.h"
#include "lockdep/refutation.h"
#include "lockdep/registry.h"
#include "lockdep/usage.h"

namespace lockdep {
namespace {

// Preview searches are cut short; Findings() has the full budget.
constexpr std::uint64_t kPreviewSteps = 50'000;

std::uint64_t SeedOf(RoleId role) { return MixBits(role + 0x9e3779b97f4a7c15ULL, 0xd6e8feb86659fd93ULL); }

std::uint64_t ContextSeed(const ThreadState& thread) {
  if (thread.context == Context::kTask && thread.hardirqs_on && thread.softirqs_on) return 0;
  return 1 + (static_cast<std::uint64_t>(thread.context) << 2 | (thread.hardirqs_on ? 2U : 0U) |
              (thread.softirqs_on ? 1U : 0U));
}

UsageTable::Open OpenInterrupts(const ThreadState& thread) {
  UsageTable::Open open;
  open.hardirq = thread.hardirqs_on;
  // A softirq runs when a hardirq returns, so it needs both.
  open.softirq = thread.hardirqs_on && thread.softirqs_on;
  open.signal = thread.context != Context::kSignal;
  return open;
}

}  // namespace

struct Validator::Impl {
  explicit Impl(ValidatorOptions o) : options(std::move(o)), graph(registry), usage_on(options.track_usage) {}

  const ValidatorOptions options;
  mutable OwnMutex mutex;
  Registry registry ABSL_GUARDED_BY(mutex);
  DependencyGraph graph ABSL_GUARDED_BY(mutex);
  UsageTable usage ABSL_GUARDED_BY(mutex);
  bool usage_on ABSL_GUARDED_BY(mutex);
  ChainSet chains;  // Contains needs no lock, Insert needs `mutex`

  absl::flat_hash_map<std::uint64_t, std::uint32_t> instances_per_chain ABSL_GUARDED_BY(mutex);
  struct StoredEpisode {
    RoleId role = 0;
    bool complete = true;
    std::uint8_t length = 0;
    std::uint64_t begin = 0;  // in episode_ops
  };
  static_assert(HeldLocks::kEpisodeOpsMax <= 255);
  absl::flat_hash_map<std::uint64_t, StoredEpisode> episodes ABSL_GUARDED_BY(mutex);
  std::vector<EpisodeOp> episode_ops ABSL_GUARDED_BY(mutex);
  std::uint64_t lost_events ABSL_GUARDED_BY(mutex) = 0;
  std::uint32_t threads_started ABSL_GUARDED_BY(mutex) = 0;
  mutable std::vector<std::string> notes ABSL_GUARDED_BY(mutex);
  mutable std::uint64_t search_steps ABSL_GUARDED_BY(mutex) = 0;

  // Facts of a single context or event, the first of each.
  struct Nesting {
    ContextId context = 0;
    std::size_t held = 0;
  };
  // By what decides the verdict: the instance, if it is one, and whether the wait is timed.
  struct NestingKey {
    FindingKind kind;
    NodeId node;
    LockId lock;  // wanted and held; 0: two instances
    bool timed;
    friend auto operator<=>(const NestingKey&, const NestingKey&) = default;
  };
  std::map<NestingKey, Nesting> nestings ABSL_GUARDED_BY(mutex);
  std::map<std::pair<FindingKind, NodeId>, FindingBuilder::Misuse> misuses ABSL_GUARDED_BY(mutex);

  // Joins made while holding locks: the lock that stands for the end of a thread of that role.
  absl::flat_hash_map<RoleId, LockId> thread_ends ABSL_GUARDED_BY(mutex);

  // Preview: what was shown, and how large a component was when it was last searched.
  std::set<std::pair<FindingKind, NodeCycle>> shown ABSL_GUARDED_BY(mutex);
  absl::flat_hash_map<NodeId, std::size_t> searched_at ABSL_GUARDED_BY(mutex);

  FindingBuilder Builder() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return {graph, registry, {options.source, options.closed_world, options.sites_are_code, lost_events}};
  }

  std::vector<HeldRef> HeldRefs(const ThreadState& thread, bool all_contexts) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void NoteMisuse(FindingBuilder::Misuse misuse, const ThreadState& thread, std::vector<Finding>& preview)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void CheckWaitContext(const ThreadState& thread, const Request& request, const std::vector<HeldRef>& held,
                        StackId stack, std::vector<Finding>& preview) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  bool NestHeld(const ThreadState& thread, const Request& request) const;
  struct SameClass {
    std::function<int(std::uint64_t, std::uint64_t)> compare;  // empty: nothing to compare
    std::uint64_t wanted = 0;
    std::vector<std::pair<std::size_t, std::uint64_t>> held;  // index in the held set, order
  };
  SameClass HeldOfSameClass(const ThreadState& thread, LockId wanted) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  static std::vector<bool> OrderedByClass(const ThreadState& thread, const SameClass& same);
  void Record(ThreadState& thread, const Request& request, StackId stack, const std::vector<bool>& ordered,
              std::vector<Finding>& preview) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void NoteNesting(const Request& request, ContextId id, std::size_t held, const HeldRef& ref, bool ordered,
                   std::vector<Finding>& preview) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  Finding NestingFinding(const NestingKey& key, const Nesting& nesting) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  std::vector<Finding> NestingFindings() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  bool OverInstanceCap(const Request& request, NodeId wanted, const std::vector<HeldRef>& held, RoleId role)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  LockId ThreadEnd(RoleId role) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void HoldThreadEnd(RoleId role, std::vector<HeldRef>& held) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void PreviewCycles(NodeId node, std::vector<Finding>& preview) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  std::vector<std::pair<NodeCycle, Finding>> CircularFindings(std::span<const NodeId> component,
                                                              std::uint64_t steps) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void Show(const std::vector<Finding>& preview) const {
    if (!options.on_finding) return;
    for (const Finding& finding : preview) options.on_finding(finding);
  }
};

Validator::Validator(ValidatorOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Validator::~Validator() = default;

// --- Registration ------------------------------------------------------------------------------

ClassId Validator::AddClass(ClassInfo info) {
  OwnMutexLock lock(impl_->mutex);
  return impl_->registry.AddClass(std::move(info));
}

LockId Validator::AddLock(LockInfo info) {
  OwnMutexLock lock(impl_->mutex);
  return impl_->registry.AddLock(info);
}

RoleId Validator::AddRole(RoleInfo info) {
  OwnMutexLock lock(impl_->mutex);
  return impl_->registry.AddRole(std::move(info));
}

Site Validator::AddSite(Place place) {
  OwnMutexLock lock(impl_->mutex);
  return impl_->registry.AddSite(place);
}

How Validator::HowFor(LockId id, How how) const {
  OwnMutexLock lock(impl_->mutex);
  const LockRecord& record = impl_->registry.lock(id);
  if (impl_->registry.Unchecked(id)) how = how.with_unchecked();
  switch (record.type) {
    case LockType::kRwSem:
    case LockType::kRwLock:
    case LockType::kPercpuRwSem:
    case LockType::kRcu:
    case LockType::kSrcu:
    case LockType::kPseudo: how = how.with_tracked(); break;
    case LockType::kMutex:
    case LockType::kRecursiveMutex:
    case LockType::kSpinLock:
    case LockType::kRawSpinLock:
    case LockType::kLocal:
    case LockType::kThreadEnd:
    case LockType::kCompletion: break;
  }
  return how.with_class_version(record.class_version);
}

// --- Threads -----------------------------------------------------------------------------------

ThreadState* Validator::StartThread(RoleId role, std::string name) {
  auto* thread = new ThreadState(SeedOf(role), role, std::move(name));
  thread->held.set_track_first(impl_->options.track_usage || impl_->options.closed_world);
  OwnMutexLock lock(impl_->mutex);
  thread->number = ++impl_->threads_started;
  thread->name_id = impl_->registry.AddName(thread->name);
  return thread;
}

void Validator::EndThread(ThreadState* thread, Site site) {
  std::vector<Finding> preview;
  {
    OwnMutexLock lock(impl_->mutex);
    for (std::size_t i = 0; i < thread->held.depth(); ++i) {
      const HeldLock& held = thread->held.entry(i);
      FindingBuilder::Misuse misuse;
      misuse.kind = FindingKind::kHeldAtExit;
      misuse.lock = held.lock;
      misuse.node = impl_->graph.NodeOf(held.lock, held.how.subclass());
      misuse.how = held.how;
      misuse.site = site;
      misuse.action = "ends holding it";
      impl_->NoteMisuse(std::move(misuse), *thread, preview);
    }
  }
  delete thread;
  impl_->Show(preview);
}

// --- Events ------------------------------------------------------------------------------------

void Validator::Acquire(ThreadState& thread, const Request& request) {
  const std::uint64_t key = thread.held.KeyOf(request);
  if (request.how.unchecked() || thread.held.Known(key, request.how)) return;
  NewChain(thread, request, key, {});
}

void Validator::Acquired(ThreadState& thread, const Request& request) {
  thread.held.Push(request, thread.held.KeyOf(request));
}

void Validator::AcquireFailed(ThreadState& thread, const Request& request) {
  thread.held.NoteOperation({request.lock, request.how, EpisodeOpKind::kTryFailed});
}

bool Validator::Release(ThreadState& thread, LockId lock, Site site) {
  if (thread.held.TopIs(lock)) {
    thread.held.PopTop();
  } else if (const int index = thread.held.Find(lock); index >= 0) {
    thread.held.Erase(static_cast<std::size_t>(index));
  } else {
    std::vector<Finding> preview;
    {
      OwnMutexLock guard(impl_->mutex);
      FindingBuilder::Misuse misuse;
      misuse.kind = FindingKind::kUnbalancedUnlock;
      misuse.lock = lock;
      misuse.node = impl_->graph.NodeOf(lock, 0);
      misuse.site = site;
      misuse.action = "releases it without holding it";
      impl_->NoteMisuse(std::move(misuse), thread, preview);
    }
    impl_->Show(preview);
    return false;
  }
  if (thread.held.EpisodeIsNew()) NewEpisode(thread);
  return true;
}

void Validator::Downgrade(ThreadState& thread, LockId lock, Site site) {
  const int index = thread.held.Find(lock);
  if (index < 0) {
    Release(thread, lock, site);  // reports it
    return;
  }
  const How how = thread.held.entry(static_cast<std::size_t>(index)).how;
  thread.held.Replace(static_cast<std::size_t>(index), lock, how.with_mode(Mode::kShared));
}

void Validator::Sync(ThreadState& thread, LockId lock, Site site) {
  const Request request{lock, HowFor(lock, How::Of(Mode::kExclusive)), 0, site};
  Acquire(thread, request);
  thread.held.NoteOperation({lock, request.how, EpisodeOpKind::kSync});
}

void Validator::Destroy(ThreadState& thread, LockId lock, Site site, bool held_elsewhere) {
  const int index = thread.held.Find(lock, true);
  if (index < 0 && !held_elsewhere) return;
  std::vector<Finding> preview;
  {
    OwnMutexLock guard(impl_->mutex);
    FindingBuilder::Misuse misuse;
    misuse.kind = FindingKind::kHeldLockFreed;
    misuse.lock = lock;
    misuse.node = impl_->graph.NodeOf(lock, index < 0 ? 0 : thread.held.entry(static_cast<std::size_t>(index)).how.subclass());
    if (index >= 0) misuse.how = thread.held.entry(static_cast<std::size_t>(index)).how;
    misuse.site = site;
    misuse.action = "destroys it or initialises it again";
    misuse.detail = index < 0 ? "another thread holds it" : "it holds the lock itself";
    impl_->NoteMisuse(std::move(misuse), thread, preview);
  }
  impl_->Show(preview);
}

void Validator::SetClass(ThreadState& thread, LockId lock, ClassId lock_class, unsigned subclass, Site site) {
  {
    OwnMutexLock guard(impl_->mutex);
    LockRecord& record = impl_->registry.lock(lock);
    record.lock_class = lock_class;
    ++record.class_version;
  }
  const int index = thread.held.Find(lock);
  if (index < 0) return;
  // Younger locks are asked for once more, so that their dependencies on the new class are known.
  const auto at = static_cast<std::size_t>(index);
  std::vector<HeldLock> younger;
  while (thread.held.depth() > at) {
    younger.push_back(thread.held.entry(thread.held.depth() - 1));
    thread.held.PopTop();
  }
  std::reverse(younger.begin(), younger.end());
  younger.front().how = HowFor(lock, How::Of(younger.front().how.mode(), younger.front().how.kind(), subclass));
  for (const HeldLock& held : younger) {
    const Request request{held.lock, held.how, held.nest, held.site};
    Acquire(thread, request);
    Acquired(thread, request);
  }
  (void)site;
}

void Validator::EnterContext(ThreadState& thread, Context context) {
  ThreadState::Frame frame{thread.context, thread.hardirqs_on, thread.softirqs_on, {}};
  thread.context = context;
  switch (context) {
    case Context::kTask:
    case Context::kSignal: break;
    case Context::kSoftirq:
      thread.hardirqs_on = true;
      thread.softirqs_on = false;
      break;
    case Context::kHardirq:
    case Context::kHardirqThreaded:
      thread.hardirqs_on = false;
      thread.softirqs_on = false;
      break;
  }
  frame.saved = thread.held.EnterContext(ContextSeed(thread));
  thread.contexts.push_back(frame);
  OwnMutexLock guard(impl_->mutex);
  impl_->usage_on = true;
}

void Validator::LeaveContext(ThreadState& thread, Site site) {
  LOCKDEP_CHECK(!thread.contexts.empty());
  std::vector<Finding> preview;
  while (thread.held.depth() > thread.held.context_base()) {
    const HeldLock held = thread.held.entry(thread.held.depth() - 1);
    {
      OwnMutexLock guard(impl_->mutex);
      FindingBuilder::Misuse misuse;
      misuse.kind = FindingKind::kHeldAtExit;
      misuse.lock = held.lock;
      misuse.node = impl_->graph.NodeOf(held.lock, held.how.subclass());
      misuse.how = held.how;
      misuse.site = site;
      misuse.action = "ends holding it";
      impl_->NoteMisuse(std::move(misuse), thread, preview);
    }
    thread.held.PopTop();
  }
  const ThreadState::Frame frame = thread.contexts.back();
  thread.contexts.pop_back();
  thread.held.LeaveContext(frame.saved);
  thread.context = frame.context;
  thread.hardirqs_on = frame.hardirqs_on;
  thread.softirqs_on = frame.softirqs_on;
  impl_->Show(preview);
}

void Validator::SetInterrupts(ThreadState& thread, bool hardirqs_on, bool softirqs_on, Site site) {
  thread.hardirqs_on = hardirqs_on;
  thread.softirqs_on = softirqs_on;
  thread.held.Reseed(ContextSeed(thread));
  const UsageTable::Open open = OpenInterrupts(thread);
  OwnMutexLock guard(impl_->mutex);
  for (std::size_t i = thread.held.context_base(); i < thread.held.depth(); ++i) {
    const HeldLock& held = thread.held.entry(i);
    if (held.how.unchecked()) continue;
    UsagePoint point;
    point.mode = held.how.mode();
    point.kind = held.how.kind();
    point.lock = held.lock;
    point.site = site;
    point.thread = thread.name_id;
    point.role = thread.role;
    point.context = thread.context;
    impl_->usage.NoteEnabled(impl_->graph.NodeOf(held.lock, held.how.subclass()), point, open);
  }
}

void Validator::Join(ThreadState& thread, RoleId joined, Site site) {
  std::vector<Finding> preview;
  {
    OwnMutexLock guard(impl_->mutex);
    std::vector<HeldRef> held = impl_->HeldRefs(thread, false);
    if (held.empty() && !impl_->options.closed_world) return;
    const LockId end = impl_->ThreadEnd(joined);
    impl_->HoldThreadEnd(thread.role, held);
    ContextRecord context;
    context.wanted = end;
    context.node = impl_->graph.NodeOf(end, 0);
    context.site = site;
    context.role = thread.role;
    context.thread = thread.name_id;
    context.context = thread.context;
    context.how = How::Of(Mode::kExclusive);
    if (impl_->graph.AddContext(context, held) && impl_->options.on_finding) impl_->PreviewCycles(context.node, preview);
  }
  impl_->Show(preview);
}

void Validator::CompletionWait(ThreadState& thread, LockId completion, Site site) {
  (void)site;
  thread.held.NoteOperation({completion, How::Of(Mode::kExclusive), EpisodeOpKind::kWait});
}

void Validator::NoteLostEvents(std::uint64_t count) {
  OwnMutexLock guard(impl_->mutex);
  impl_->lost_events += count;
}

// --- Cold path ---------------------------------------------------------------------------------

bool Validator::ChainIsKnown(std::uint64_t key) const { return impl_->chains.Contains(key); }

std::vector<HeldRef> Validator::Impl::HeldRefs(const ThreadState& thread, bool all_contexts) {
  std::vector<HeldRef> refs;
  for (std::size_t i = all_contexts ? 0 : thread.held.context_base(); i < thread.held.depth(); ++i) {
    const HeldLock& held = thread.held.entry(i);
    if (held.how.unchecked() && !all_contexts) continue;
    refs.push_back({held.lock, graph.NodeOf(held.lock, held.how.subclass()), held.site, held.how});
  }
  return refs;
}

void Validator::Impl::NoteMisuse(FindingBuilder::Misuse misuse, const ThreadState& thread,
                                 std::vector<Finding>& preview) {
  misuse.thread = thread.name_id;
  misuse.role = thread.role;
  misuse.context = thread.context;
  misuse.held = HeldRefs(thread, true);
  const auto [it, is_new] = misuses.try_emplace({misuse.kind, misuse.node}, std::move(misuse));
  if (is_new) preview.push_back(Builder().OfMisuse(it->second));
}

bool Validator::Impl::NestHeld(const ThreadState& thread, const Request& request) const {
  return request.nest != 0 && thread.held.Find(request.nest, true) >= 0;
}

void Validator::Impl::CheckWaitContext(const ThreadState& thread, const Request& request,
                                       const std::vector<HeldRef>& held, StackId stack,
                                       std::vector<Finding>& preview) {
  if (!options.check_wait_context || request.how.kind() == Kind::kTrylock) return;
  const LockType type = registry.lock(request.lock).type;
  const WaitType needed = OuterWaitType(type);
  if (needed == WaitType::kUnchecked) return;
  WaitType allowed = InnerWaitType(thread.context);
  const HeldRef* strictest = nullptr;
  for (const HeldRef& ref : held) {
    const WaitType inner = InnerWaitType(registry.lock(ref.lock).type);
    if (inner == WaitType::kUnchecked || inner >= allowed) continue;
    allowed = inner;
    strictest = &ref;
  }
  if (needed <= allowed) return;
  FindingBuilder::Misuse misuse;
  misuse.kind = FindingKind::kWaitContext;
  misuse.lock = request.lock;
  misuse.node = graph.NodeOf(request.lock, request.how.subclass());
  misuse.how = request.how;
  misuse.site = request.site;
  misuse.stack = stack;
  misuse.action = "asks for it";
  misuse.detail = "a " + std::string(ToString(type)) + " lock needs a context of type '" + std::string(ToString(needed)) + "', " +
                  (strictest != nullptr ? "holding " + registry.LockName(strictest->lock)
                                        : "a " + std::string(ToString(thread.context))) +
                  " allows '" + std::string(ToString(allowed)) + "'";
  NoteMisuse(std::move(misuse), thread, preview);
}

// Which held locks of the wanted lock's class are in order by the class's compare function, by
// index in the held set.  Runs user code, so without the graph mutex.
std::vector<bool> Validator::Impl::OrderedByClass(const ThreadState& thread, const SameClass& same) {
  std::vector<bool> ordered(thread.held.depth(), false);
  for (const auto& [index, order] : same.held) ordered[index] = same.compare(order, same.wanted) < 0;
  return ordered;
}

Validator::Impl::SameClass Validator::Impl::HeldOfSameClass(const ThreadState& thread, LockId wanted) {
  const LockRecord& record = registry.lock(wanted);
  SameClass same;
  if (!registry.lock_class(record.lock_class).compare) return same;
  same.wanted = record.order;
  for (std::size_t i = thread.held.context_base(); i < thread.held.depth(); ++i) {
    const LockRecord& held = registry.lock(thread.held.entry(i).lock);
    if (held.lock_class == record.lock_class) same.held.emplace_back(i, held.order);
  }
  if (!same.held.empty()) same.compare = registry.lock_class(record.lock_class).compare;
  return same;
}

bool Validator::Impl::OverInstanceCap(const Request& request, NodeId wanted, const std::vector<HeldRef>& held,
                                      RoleId role) {
  bool has_class = graph.node(wanted).lock_class != 0;
  std::uint64_t key = SeedOf(role);
  for (const HeldRef& ref : held) {
    has_class = has_class || graph.node(ref.node).lock_class != 0;
    key = ChainKey(key, ref.node, ref.how, 0);
  }
  if (!has_class) return false;
  key = ChainKey(key, wanted, request.how, 1);
  return ++instances_per_chain[key] > options.instances_per_chain_max;
}

void Validator::Impl::NoteNesting(const Request& request, ContextId id, std::size_t held, const HeldRef& ref,
                                  bool ordered, std::vector<Finding>& preview) {
  const bool held_shared = IsShared(ref.how.mode());
  const Mode wanted = request.how.mode();
  const bool same = ref.lock == request.lock;
  if (wanted == Mode::kRecursiveShared && held_shared) return;
  FindingKind kind = FindingKind::kRecursive;
  if (same && !(held_shared && wanted == Mode::kShared)) kind = FindingKind::kSelfDeadlock;
  if (kind == FindingKind::kRecursive && !same && ordered) return;
  const NestingKey key{kind, graph.context(id).node, same ? request.lock : 0, request.how.kind() == Kind::kTimed};
  if (!nestings.try_emplace(key, Nesting{id, held}).second) return;
  Finding finding = NestingFinding(key, {id, held});
  if (finding.verdict == Verdict::kFalse) return;
  if (shown.insert({kind, {key.node}}).second) preview.push_back(std::move(finding));
}

Finding Validator::Impl::NestingFinding(const NestingKey& key, const Nesting& nesting) const {
  return key.kind == FindingKind::kRecursive ? Builder().Recursive(nesting.context, nesting.held)
                                             : Builder().SelfDeadlock(nesting.context, nesting.held);
}

// One finding for each kind and node: one that is not `false` before one that is, two instances
// nested before one read twice.
std::vector<Finding> Validator::Impl::NestingFindings() const {
  std::map<std::pair<FindingKind, NodeId>, Finding> best;
  for (const auto& [key, nesting] : nestings) {
    Finding finding = NestingFinding(key, nesting);
    const auto [it, is_new] = best.try_emplace({key.kind, key.node}, finding);
    if (!is_new && it->second.verdict == Verdict::kFalse) it->second = std::move(finding);
  }
  std::vector<Finding> findings;
  for (auto& [key, finding] : best) findings.push_back(std::move(finding));
  return findings;
}

// The lock that a thread of the role holds from start to end, as seen by who joins it.  It is kept
// beside the held sets: only the contexts of roles that are joined under a lock get it.
LockId Validator::Impl::ThreadEnd(RoleId role) {
  const auto [it, is_new] = thread_ends.try_emplace(role, 0);
  if (!is_new) return it->second;
  LockInfo info;
  info.name = "end of " + registry.role(role).name;
  info.type = LockType::kThreadEnd;
  it->second = registry.AddLock(info);
  const LockId end = it->second;
  const std::size_t count = graph.context_count();
  for (std::size_t i = 0; i < count; ++i) {
    const ContextRecord context = graph.context(static_cast<ContextId>(i));
    if (context.role != role) continue;
    const std::span<const HeldRef> before = graph.held(context);
    std::vector<HeldRef> held(before.begin(), before.end());
    HoldThreadEnd(role, held);
    graph.AddContext(context, held);
  }
  LOCKDEP_CHECK(end != 0);
  return end;
}

void Validator::Impl::HoldThreadEnd(RoleId role, std::vector<HeldRef>& held) {
  const auto it = thread_ends.find(role);
  if (it == thread_ends.end()) return;
  // Shared: two threads of one role each have an end of their own, so it excludes nothing.
  held.insert(held.begin(), {it->second, graph.NodeOf(it->second, 0), 0, How::Of(Mode::kShared)});
}

void Validator::Impl::Record(ThreadState& thread, const Request& request, StackId stack,
                             const std::vector<bool>& ordered, std::vector<Finding>& preview) {
  const NodeId wanted = graph.NodeOf(request.lock, request.how.subclass());
  std::vector<HeldRef> held = HeldRefs(thread, false);

  UsagePoint point;
  point.mode = request.how.mode();
  point.kind = request.how.kind();
  point.lock = request.lock;
  point.site = request.site;
  point.stack = stack;
  point.thread = thread.name_id;
  point.role = thread.role;
  point.context = thread.context;
  if (usage_on) usage.NoteAcquire(wanted, point, OpenInterrupts(thread));
  CheckWaitContext(thread, request, held, stack, preview);

  const bool nest_held = NestHeld(thread, request);
  if (request.nest != 0 && !nest_held) {
    FindingBuilder::Misuse misuse;
    misuse.kind = FindingKind::kNestedNotTaken;
    misuse.lock = request.lock;
    misuse.node = wanted;
    misuse.how = request.how;
    misuse.site = request.site;
    misuse.stack = stack;
    misuse.action = "asks for it";
    misuse.detail = "declared to be nested in " + registry.LockName(request.nest) + ", which is not held";
    NoteMisuse(std::move(misuse), thread, preview);
  }
  if (request.how.kind() == Kind::kTrylock) return;
  // Alone, only a writer is evidence (it can queue between readers); in a script everything is,
  // because a join may wait for it.
  const bool evidence = request.how.tracked() && request.how.mode() == Mode::kExclusive;
  if (held.empty() && !evidence && !options.closed_world) return;
  if (OverInstanceCap(request, wanted, held, thread.role)) {
    graph.MarkIncomplete(wanted, request.how.mode(), held);
    return;
  }

  if (thread.context == Context::kTask) HoldThreadEnd(thread.role, held);
  ContextRecord context;
  context.wanted = request.lock;
  context.node = wanted;
  context.site = request.site;
  context.stack = stack;
  context.nest = nest_held ? request.nest : 0;
  context.role = thread.role;
  context.thread = point.thread;
  context.how = request.how;
  context.context = thread.context;
  const auto id = static_cast<ContextId>(graph.context_count());
  const bool cyclic = graph.AddContext(context, held);
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (held[i].node != wanted && held[i].lock != request.lock) continue;
    // `held` leaves out unchecked locks, `ordered` counts all: look the entry up.
    const int entry = thread.held.Find(held[i].lock);
    const bool in_order = nest_held || (entry >= 0 && static_cast<std::size_t>(entry) < ordered.size() && ordered[entry]);
    NoteNesting(request, id, i, held[i], in_order, preview);
  }
  if (cyclic && options.on_finding) PreviewCycles(wanted, preview);
}

void Validator::NewChain(ThreadState& thread, const Request& request, std::uint64_t key,
                         std::vector<std::uintptr_t> stack) {
  if (ChainIsKnown(key)) {
    thread.held.Remember(key);
    return;
  }
  std::vector<Finding> preview;
  StackId stack_id = 0;
  Impl::SameClass same;
  {
    OwnMutexLock guard(impl_->mutex);
    if (impl_->chains.Insert(key)) {
      stack_id = impl_->registry.AddStack(std::move(stack));
      same = impl_->HeldOfSameClass(thread, request.lock);
      if (!same.compare) impl_->Record(thread, request, stack_id, {}, preview);
    }
  }
  if (same.compare) {
    const std::vector<bool> ordered = Impl::OrderedByClass(thread, same);
    OwnMutexLock guard(impl_->mutex);
    impl_->Record(thread, request, stack_id, ordered, preview);
  }
  thread.held.Remember(key);
  impl_->Show(preview);
}

void Validator::NewEpisode(ThreadState& thread) {
  {
    OwnMutexLock guard(impl_->mutex);
    const std::uint64_t key = MixBits(thread.held.episode_hash() ^ thread.held.role_seed(), 0xe7037ed1a0b428dbULL);
    const auto [it, is_new] = impl_->episodes.try_emplace(key);
    if (is_new) {
      it->second.role = thread.role;
      it->second.complete = !thread.held.episode_overflowed();
      it->second.begin = impl_->episode_ops.size();
      it->second.length = static_cast<std::uint8_t>(thread.held.episode_length());
      impl_->episode_ops.insert(impl_->episode_ops.end(), thread.held.episode(),
                                thread.held.episode() + thread.held.episode_length());
    }
  }
  thread.held.RememberEpisode();
}

// --- Results -----------------------------------------------------------------------------------

std::vector<std::pair<NodeCycle, Finding>> Validator::Impl::CircularFindings(std::span<const NodeId> component,
                                                                             std::uint64_t steps) const {
  SearchBudget budget(steps);
  const Refuter refuter(graph, registry, options.closed_world);
  const FindingBuilder builder = Builder();
  std::vector<std::pair<NodeCycle, Finding>> result;
  std::vector<NodeCycle> open;  // cycles that are not false
  bool search_instances = graph.HasTie(component);
  for (const NodeId node : component) search_instances = search_instances || graph.Find(node, node) != nullptr;
  for (const NodeCycle& cycle : MinimalStrongCycles(graph, component, budget)) {
    if (OrderedByNesting(graph, cycle, budget)) {
      search_instances = true;
      continue;
    }
    Finding finding = builder.Circular(cycle, Instantiate(graph, refuter, cycle, budget));
    if (finding.verdict == Verdict::kFalse) {
      search_instances = true;
    } else {
      open.push_back(cycle);
    }
    result.emplace_back(cycle, std::move(finding));
  }
  if (search_instances) {
    for (InstanceCycle& cycle : UnrefutedInstanceCycles(graph, refuter, component, open, budget)) {
      Instantiation found;
      found.refuted = false;
      found.links = std::move(cycle.links);
      // The list of nodes may be that of a `false` cycle, if instances are tied to several nodes.
      const NodeCycle least = LeastRotation(cycle.nodes);
      std::erase_if(result, [&least](const auto& entry) { return entry.first == least; });
      result.emplace_back(least, builder.Circular(cycle.nodes, found));
    }
  }
  search_steps += budget.spent();
  if (budget.exhausted()) {
    notes.push_back("the search for cycles among " + std::to_string(component.size()) + " locks around " +
                    builder.NodeName(component.front()) + " gave up after " + std::to_string(steps) + " steps: there may be more");
  }
  return result;
}

void Validator::Impl::PreviewCycles(NodeId node, std::vector<Finding>& preview) {
  const std::vector<NodeId> component = graph.CyclicComponentOf(node);
  if (component.empty()) return;
  // Every context in a component could be searched for; once it is large, search only after it
  // grew by an eighth, so that the total stays proportional to the last search.
  std::size_t& last = searched_at[component.front()];
  const std::size_t size = graph.context_count();
  if (last > 256 && size < last + last / 8) return;
  last = size;
  for (auto& [cycle, finding] : CircularFindings(component, std::min<std::uint64_t>(kPreviewSteps, options.search_steps_max))) {
    if (finding.verdict == Verdict::kFalse) continue;
    if (shown.insert({FindingKind::kCircular, cycle}).second) preview.push_back(std::move(finding));
  }
}

std::vector<Finding> Validator::Findings() const {
  OwnMutexLock guard(impl_->mutex);
  impl_->notes.clear();
  const FindingBuilder builder = impl_->Builder();
  std::vector<Finding> findings;
  for (const std::vector<NodeId>& component : impl_->graph.CyclicComponents()) {
    for (auto& [cycle, finding] : impl_->CircularFindings(component, impl_->options.search_steps_max)) {
      findings.push_back(std::move(finding));
    }
  }
  for (Finding& finding : impl_->NestingFindings()) findings.push_back(std::move(finding));
  for (const auto& [key, misuse] : impl_->misuses) findings.push_back(builder.OfMisuse(misuse));
  std::set<std::vector<NodeId>> paths;
  for (const UsageConflict& conflict : impl_->usage.Conflicts(impl_->graph)) {
    if (paths.insert(conflict.path).second) findings.push_back(builder.Usage(conflict));
  }
  const auto key = [](const Finding& finding) {
    // Instances last: which of several is shown depends on the order of events.
    std::vector<std::pair<std::string, int>> names;
    std::vector<std::string> instances;
    for (int i = 0; i < finding.cycle_length; ++i) {
      names.emplace_back(finding.locks[i].name, finding.locks[i].subclass);
      instances.push_back(finding.locks[i].instance);
    }
    return std::make_tuple(finding.kind, std::move(names), std::move(instances));
  };
  std::stable_sort(findings.begin(), findings.end(), [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
  return findings;
}

std::vector<std::pair<std::string, std::string>> Validator::Dependencies() const {
  OwnMutexLock guard(impl_->mutex);
  const FindingBuilder builder = impl_->Builder();
  std::vector<std::pair<std::string, std::string>> result;
  for (const Dependency& dependency : impl_->graph.dependencies()) {
    result.emplace_back(builder.NodeName(dependency.held), builder.NodeName(dependency.wanted));
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

std::vector<Validator::Episode> Validator::Episodes() const {
  OwnMutexLock guard(impl_->mutex);
  std::vector<Episode> result;
  for (const auto& [key, stored] : impl_->episodes) {
    Episode episode{stored.role, stored.complete, {}};
    const auto begin = impl_->episode_ops.begin() + static_cast<std::ptrdiff_t>(stored.begin);
    episode.ops.assign(begin, begin + stored.length);
    result.push_back(std::move(episode));
  }
  const auto key = [](const Episode& episode) {
    std::vector<std::uint64_t> words{episode.role};
    for (const EpisodeOp& op : episode.ops) {
      words.push_back(static_cast<std::uint64_t>(op.lock) << 32 | static_cast<std::uint64_t>(op.how.bits) << 8 |
                      static_cast<std::uint64_t>(op.op));
    }
    return words;
  };
  std::sort(result.begin(), result.end(), [&](const Episode& a, const Episode& b) { return key(a) < key(b); });
  return result;
}

Validator::Counters Validator::counters() const {
  OwnMutexLock guard(impl_->mutex);
  Counters counters;
  counters.classes = impl_->registry.class_count();
  counters.locks = impl_->registry.lock_count();
  counters.nodes = impl_->graph.node_count();
  counters.edges = impl_->graph.dependencies().size();
  counters.contexts = impl_->graph.context_count();
  counters.episodes = impl_->episodes.size();
  counters.chains = impl_->chains.size();
  counters.order_visits = impl_->graph.order().visits();
  counters.search_steps = impl_->search_steps;
  counters.lost_events = impl_->lost_events;
  counters.memory_bytes =
      impl_->graph.memory_bytes() + impl_->registry.memory_bytes() + impl_->chains.memory_bytes() +
      impl_->episodes.capacity() * (sizeof(std::uint64_t) + sizeof(Impl::StoredEpisode) + 1) +
      impl_->episode_ops.capacity() * sizeof(EpisodeOp);
  return counters;
}

std::vector<std::string> Validator::Notes() const {
  OwnMutexLock guard(impl_->mutex);
  return impl_->notes;
}

void Validator::CheckInvariants() const {
  OwnMutexLock guard(impl_->mutex);
  impl_->graph.CheckInvariants();
}

}  // namespace lockdep
