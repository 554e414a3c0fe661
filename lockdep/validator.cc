#include "lockdep/validator.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "lockdep/chain_set.h"
#include "lockdep/check.h"
#include "lockdep/evidence.h"
#include "lockdep/own_mutex.h"

namespace lockdep {
namespace {

std::uint64_t SeedOf(RoleId role) { return MixBits(role + 0x9e3779b97f4a7c15ULL, 0xd6e8feb86659fd93ULL); }

std::uint64_t ContextSeed(const ThreadState& thread) {
  const std::uint64_t off =
      (thread.hardirqs_on ? 0U : 1U) | (thread.softirqs_on ? 0U : 2U) | (thread.signals_on ? 0U : 4U);
  return static_cast<std::uint64_t>(thread.context) << 3 | off;
}

}  // namespace

struct Validator::Impl {
  explicit Impl(ValidatorOptions o) : options(std::move(o)), evidence(options) {}

  const ValidatorOptions options;
  mutable OwnMutex mutex;
  Evidence evidence ABSL_GUARDED_BY(mutex);
  ChainSet chains;  // Contains needs no lock, Insert needs `mutex`
  std::uint32_t threads_started ABSL_GUARDED_BY(mutex) = 0;
  absl::flat_hash_set<ThreadState*> threads ABSL_GUARDED_BY(mutex);  // that have not ended
  std::atomic<bool> context_entered{false};
  bool usage_tracked ABSL_GUARDED_BY(mutex) = false;  // since a context was entered

  void NewChain(ThreadState& thread, const Request& request, std::uint64_t key, std::vector<std::uintptr_t> stack,
                Evidence::Outcome outcome) ABSL_LOCKS_EXCLUDED(mutex);
  // Whether threads tell what they take with nothing held.
  bool TracksFirst() const {
    return options.track_usage || options.closed_world || context_entered.load(std::memory_order_relaxed);
  }
  bool TracksFirst(RoleId role) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return TracksFirst() || evidence.ExpectsJoin(role);
  }
  void TrackFirstOf(RoleId role) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    for (ThreadState* thread : threads) {
      if (thread->role == role) thread->held.set_track_first(true);
    }
  }
  void TrackUsageFromNowOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    evidence.RecordUsageFromNowOn();
    if (std::exchange(usage_tracked, true)) return;
    for (ThreadState* thread : threads) thread->held.set_track_first(true);
  }
  void Misused(FindingKind kind, LockId lock, How how, Site site, std::string action, std::string detail,
               const ThreadState& thread, std::vector<std::uintptr_t> stack = {}) ABSL_LOCKS_EXCLUDED(mutex);
  void Show(const std::vector<Finding>& preview) const ABSL_LOCKS_EXCLUDED(mutex) {
    if (!options.on_finding) return;
    for (const Finding& finding : preview) options.on_finding(finding);
  }
};

// Which held locks of the wanted lock's class are in order by the class's compare function, by
// index in the held set.  Runs user code, so without the graph mutex.
static std::vector<bool> OrderedByClass(const ThreadState& thread, const Evidence::SameClass& same) {
  std::vector<bool> ordered(thread.held.depth(), false);
  for (const auto& [index, order] : same.held) ordered[index] = same.compare(order, same.wanted) < 0;
  return ordered;
}

void Validator::Impl::Misused(FindingKind kind, LockId lock, How how, Site site, std::string action, std::string detail,
                              const ThreadState& thread, std::vector<std::uintptr_t> stack) {
  FindingBuilder::Misuse misuse;
  misuse.kind = kind;
  misuse.lock = lock;
  misuse.how = how;
  misuse.site = site;
  misuse.action = std::move(action);
  misuse.detail = std::move(detail);
  std::vector<Finding> preview;
  {
    OwnMutexLock guard(mutex);
    misuse.stack = evidence.registry().AddStack(std::move(stack));
    LockRecord& record = evidence.registry().lock(lock);
    // In a closed world what that does is explored.
    const bool given_back = kind == FindingKind::kUnbalancedUnlock && !options.closed_world;
    if (given_back && record.doubt == Doubt::kNone) record.doubt = Doubt::kGivenBack;
    evidence.RecordMisuse(std::move(misuse), how.subclass(), thread, preview);
  }
  Show(preview);
}

Validator::Validator(ValidatorOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Validator::~Validator() = default;

// --- Registration ------------------------------------------------------------------------------

ClassId Validator::AddClass(ClassInfo info) {
  OwnMutexLock lock(impl_->mutex);
  return impl_->evidence.registry().AddClass(std::move(info));
}

LockId Validator::AddLock(LockInfo info) {
  OwnMutexLock lock(impl_->mutex);
  return impl_->evidence.registry().AddLock(info);
}

RoleId Validator::AddRole(RoleInfo info) {
  OwnMutexLock lock(impl_->mutex);
  return impl_->evidence.registry().AddRole(std::move(info));
}

Site Validator::AddSite(Place place) {
  OwnMutexLock lock(impl_->mutex);
  return impl_->evidence.registry().AddSite(place);
}

How Validator::HowFor(LockId id, How how) const {
  OwnMutexLock lock(impl_->mutex);
  const Registry& registry = impl_->evidence.registry();
  const LockRecord& record = registry.lock(id);
  if (registry.Unchecked(id)) how = how.with_unchecked();
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

void Validator::StartRun() {
  OwnMutexLock lock(impl_->mutex);
  impl_->evidence.StartRun();
}

ThreadState* Validator::StartThread(RoleId role, std::string name, const ThreadOrigin& origin) {
  auto* thread = new ThreadState(SeedOf(role), role, std::move(name));
  thread->past = origin.past;
  OwnMutexLock lock(impl_->mutex);
  thread->held.set_track_first(impl_->TracksFirst(role));
  thread->number = ++impl_->threads_started;
  thread->name_id = impl_->evidence.registry().AddName(thread->name);
  impl_->evidence.RecordStart(*thread);
  impl_->threads.insert(thread);
  return thread;
}

ThreadOrigin Validator::EndThread(ThreadState* thread, Site site) {
  for (std::size_t i = 0; i < thread->held.depth(); ++i) {
    const HeldLock& held = thread->held.entry(i);
    impl_->Misused(FindingKind::kHeldAtExit, held.lock, held.how, site, "ends holding it", "", *thread);
  }
  ThreadOrigin origin{ThreadPast::After(thread->past, thread->number, ++thread->marks)};
  ForgetThread(thread);
  return origin;
}

void Validator::ForgetThread(ThreadState* thread) {
  {
    OwnMutexLock lock(impl_->mutex);
    impl_->threads.erase(thread);
    impl_->evidence.RecordEnd(*thread);
  }
  delete thread;
}

ThreadOrigin Validator::Create(ThreadState& creator) {
  ThreadPast::Ref past = ThreadPast::After(creator.past, creator.number, ++creator.marks);
  if (creator.held.depth() != 0) past = ThreadPast::Entangled(past);
  // What it does from now on is not before the new thread.
  creator.held.ForgetEpisodes();
  return {std::move(past)};
}

void Validator::Joined(ThreadState& thread, const ThreadOrigin& ended) {
  thread.past = ThreadPast::Join(thread.past, ended.past);
  if (thread.held.depth() == 0) return;
  thread.past = ThreadPast::Entangled(thread.past);
  // What the thread does next comes after the end of another one, which its past before the try does not know.
  thread.past_before_try.reset();
  thread.has_past_before_try = false;
}

void Validator::Observe(ThreadState& thread) {
  thread.past = ThreadPast::Opened(thread.past);
  thread.past_before_try.reset();
  thread.has_past_before_try = false;
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
  const bool open = thread.past && thread.past->open();
  if (thread.held.depth() == 0) {
    if (!open) Observe(thread);
  } else if (!open) {
    thread.past_before_try = std::exchange(thread.past, ThreadPast::Opened(thread.past));
    thread.has_past_before_try = true;
  }
  ++thread.failed_tries;
  thread.held.NoteOperation({request.lock, request.how, EpisodeOpKind::kTryFailed});
}

bool Validator::Release(ThreadState& thread, LockId lock, Site site, std::vector<std::uintptr_t> stack) {
  bool episode_is_new = false;
  if (thread.held.TopIs(lock)) {
    episode_is_new = thread.held.PopTop();
  } else if (const int index = thread.held.Find(lock); index >= 0) {
    thread.held.Erase(static_cast<std::size_t>(index));
    episode_is_new = thread.held.EpisodeIsNew();
  } else {
    impl_->Misused(FindingKind::kUnbalancedUnlock, lock, How{}, site, "releases it without holding it", "", thread,
                   std::move(stack));
    return false;
  }
  if (episode_is_new) NewEpisode(thread);
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
  const std::uint64_t key = thread.held.KeyOf(request);
  if (!request.how.unchecked() && !thread.held.Known(key, request.how)) {
    impl_->NewChain(thread, request, key, {}, Evidence::Outcome::kOnlyWaited);
  }
  thread.held.NoteOperation({lock, request.how, EpisodeOpKind::kSync});
}

void Validator::Destroy(ThreadState& thread, LockId lock, Site site, bool held_elsewhere,
                        std::vector<std::uintptr_t> stack) {
  const int index = thread.held.Find(lock, true);
  if (index < 0 && !held_elsewhere) return;
  impl_->Misused(FindingKind::kHeldLockFreed, lock,
                 index < 0 ? How{} : thread.held.entry(static_cast<std::size_t>(index)).how, site,
                 "destroys it or initialises it again",
                 index < 0 ? "another thread holds it" : "it holds the lock itself", thread, std::move(stack));
}

void Validator::SetClass(ThreadState& thread, LockId lock, ClassId lock_class, unsigned subclass, Site site) {
  {
    OwnMutexLock guard(impl_->mutex);
    LockRecord& record = impl_->evidence.registry().lock(lock);
    record.lock_class = lock_class;
    ++record.class_version;
  }
  const int index = thread.held.Find(lock);
  if (index < 0) return;
  thread.held.MarkEpisodeIncomplete();  // what follows is done to the record only
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
    const Request request = held.request();
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
  // What one handler takes, with nothing held, others hold, with nothing held.
  thread.held.set_track_first(true);
  // No mutex: this may be a signal handler.
  impl_->context_entered.store(true, std::memory_order_relaxed);
}

void Validator::LeaveContext(ThreadState& thread, Site site) {
  LOCKDEP_CHECK(!thread.contexts.empty());
  while (thread.held.depth() > thread.held.context_base()) {
    const HeldLock held = thread.held.entry(thread.held.depth() - 1);
    impl_->Misused(FindingKind::kHeldAtExit, held.lock, held.how, site, "ends holding it", "", thread);
    thread.held.PopTop();
  }
  const ThreadState::Frame frame = thread.contexts.back();
  thread.contexts.pop_back();
  thread.held.LeaveContext(frame.saved);
  thread.context = frame.context;
  thread.hardirqs_on = frame.hardirqs_on;
  thread.softirqs_on = frame.softirqs_on;
}

void Validator::SetInterrupts(ThreadState& thread, bool hardirqs_on, bool softirqs_on, Site site) {
  thread.hardirqs_on = hardirqs_on;
  thread.softirqs_on = softirqs_on;
  thread.held.Reseed(ContextSeed(thread));
  OwnMutexLock guard(impl_->mutex);
  impl_->evidence.RecordEnabled(thread, site);
}

void Validator::SetSignals(ThreadState& thread, bool on) {
  thread.signals_on = on;
  thread.held.Reseed(ContextSeed(thread));
}

void Validator::ExpectJoin(RoleId joined) {
  OwnMutexLock guard(impl_->mutex);
  impl_->evidence.ExpectJoin(joined);
  impl_->TrackFirstOf(joined);
}

void Validator::Join(ThreadState& thread, RoleId joined, Site site) {
  std::vector<Finding> preview;
  {
    OwnMutexLock guard(impl_->mutex);
    impl_->evidence.RecordJoin(thread, joined, site, preview);
    if (impl_->evidence.ExpectsJoin(joined)) impl_->TrackFirstOf(joined);
  }
  impl_->Show(preview);
}

void Validator::CompletionWait(ThreadState& thread, LockId completion, Site site) {
  (void)site;
  Observe(thread);
  thread.held.NoteOperation({completion, How::Of(Mode::kExclusive), EpisodeOpKind::kWait});
}

void Validator::NoteLostEvents(std::uint64_t count) {
  OwnMutexLock guard(impl_->mutex);
  impl_->evidence.NoteLostEvents(count);
}

// --- Cold path ---------------------------------------------------------------------------------

bool Validator::ChainIsKnown(std::uint64_t key) const { return impl_->chains.Contains(key); }

void Validator::NewChain(ThreadState& thread, const Request& request, std::uint64_t key,
                         std::vector<std::uintptr_t> stack) {
  impl_->NewChain(thread, request, key, std::move(stack), Evidence::Outcome::kHeld);
}

void Validator::Impl::NewChain(ThreadState& thread, const Request& request, std::uint64_t key,
                               std::vector<std::uintptr_t> stack, Evidence::Outcome outcome) {
  if (chains.Contains(key)) {
    thread.held.Remember(key);
    return;
  }
  std::vector<Finding> preview;
  StackId stack_id = 0;
  Evidence::SameClass same;
  {
    OwnMutexLock guard(mutex);
    if (chains.Insert(key)) {
      if (context_entered.load(std::memory_order_relaxed)) TrackUsageFromNowOn();
      stack_id = evidence.registry().AddStack(std::move(stack));
      same = evidence.HeldOfSameClass(thread, request.lock);
      if (!same.compare) evidence.Record(thread, request, stack_id, {}, outcome, preview);
    }
  }
  if (same.compare) {
    const std::vector<bool> ordered = OrderedByClass(thread, same);
    OwnMutexLock guard(mutex);
    evidence.Record(thread, request, stack_id, ordered, outcome, preview);
  }
  thread.held.Remember(key);
  Show(preview);
}

void Validator::NewEpisode(ThreadState& thread) {
  {
    OwnMutexLock guard(impl_->mutex);
    impl_->evidence.RecordEpisode(thread);
  }
  thread.held.RememberEpisode();
}

// --- Results -----------------------------------------------------------------------------------

std::vector<Finding> Validator::Findings() const {
  std::vector<Finding> findings;
  std::unique_ptr<CycleEvidence> cycles;
  BuilderOptions builder;
  {
    OwnMutexLock guard(impl_->mutex);
    findings = impl_->evidence.OtherFindings();
    cycles = impl_->evidence.CopyCycles();
    for (const ThreadState* thread : impl_->threads) {
      if (cycles && thread->held.SomethingHeld()) cycles->episodes.NoteUnfinished(thread->role);
    }
    builder = impl_->evidence.builder_options();
  }
  Evidence::Circular circular;
  if (cycles) circular = Evidence::JudgeCycles(*cycles, builder, impl_->options.search_steps_max);
  for (Finding& finding : circular.findings) findings.push_back(std::move(finding));
  Evidence::Sort(findings);
  OwnMutexLock guard(impl_->mutex);
  impl_->evidence.TakeNotes(std::move(circular));
  return findings;
}

std::vector<std::pair<std::string, std::string>> Validator::Dependencies() const {
  OwnMutexLock guard(impl_->mutex);
  return impl_->evidence.Dependencies();
}

std::vector<Validator::Episode> Validator::Episodes() const {
  OwnMutexLock guard(impl_->mutex);
  return impl_->evidence.Episodes();
}

Validator::Counters Validator::counters() const {
  OwnMutexLock guard(impl_->mutex);
  Counters counters;
  counters.classes = impl_->evidence.registry().class_count();
  counters.locks = impl_->evidence.registry().lock_count();
  counters.nodes = impl_->evidence.graph().node_count();
  counters.edges = impl_->evidence.graph().dependencies().size();
  counters.contexts = impl_->evidence.graph().context_count();
  counters.episodes = impl_->evidence.episode_count();
  counters.chains = impl_->chains.size();
  counters.order_visits = impl_->evidence.graph().order().visits();
  counters.search_steps = impl_->evidence.search_steps();
  counters.lost_events = impl_->evidence.lost_events();
  counters.memory_bytes = impl_->evidence.memory_bytes() + impl_->chains.memory_bytes();
  return counters;
}

std::vector<std::string> Validator::Notes() const {
  OwnMutexLock guard(impl_->mutex);
  return impl_->evidence.notes();
}

void Validator::CheckInvariants() const {
  OwnMutexLock guard(impl_->mutex);
  impl_->evidence.graph().CheckInvariants();
}

}  // namespace lockdep
