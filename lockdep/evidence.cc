#include "lockdep/evidence.h"

#include <algorithm>
#include <tuple>

#include "lockdep/check.h"
#include "lockdep/refutation.h"

namespace lockdep {
namespace {

// Preview searches are cut short; Findings() has the full budget.
constexpr std::uint64_t kPreviewSteps = 50'000;

UsageTable::Open OpenInterrupts(const ThreadState& thread) {
  UsageTable::Open open;
  open.hardirq = thread.hardirqs_on;
  // A softirq runs when a hardirq returns, so it needs both.
  open.softirq = thread.hardirqs_on && thread.softirqs_on;
  open.signal = thread.signals_on && thread.context != Context::kSignal;
  return open;
}

}  // namespace

Evidence::Evidence(const ValidatorOptions& options)
    : options_(options), graph_(registry_), usage_on_(options.track_usage) {}

std::vector<HeldRef> Evidence::HeldRefs(const ThreadState& thread, bool all_contexts) {
  std::vector<HeldRef> refs;
  for (std::size_t i = all_contexts ? 0 : thread.held.context_base(); i < thread.held.depth(); ++i) {
    const HeldLock& held = thread.held.entry(i);
    refs.push_back({held.lock, graph_.NodeOf(held.lock, held.how.subclass()), held.site, held.how, held.caller()});
  }
  return refs;
}

void Evidence::RecordMisuse(FindingBuilder::Misuse misuse, unsigned subclass, const ThreadState& thread,
                            std::vector<Finding>& preview) {
  misuse.node = graph_.NodeOf(misuse.lock, subclass);
  misuse.thread = thread.name_id;
  misuse.role = thread.role;
  misuse.context = thread.context;
  misuse.held = HeldRefs(thread, true);
  const auto [it, is_new] = misuses_.try_emplace({misuse.kind, misuse.node}, std::move(misuse));
  if (is_new) preview.push_back(Builder().OfMisuse(it->second));
}

void Evidence::CheckWaitContext(const ThreadState& thread, const Request& request, const std::vector<HeldRef>& held,
                                StackId stack, std::vector<Finding>& preview) {
  if (!options_.check_wait_context || request.how.kind() == Kind::kTrylock) return;
  const LockType type = registry_.lock(request.lock).type;
  const WaitType needed = OuterWaitType(type);
  if (needed == WaitType::kUnchecked) return;
  WaitType allowed = InnerWaitType(thread.context);
  const HeldRef* strictest = nullptr;
  for (const HeldRef& ref : held) {
    if (ref.how.unchecked()) continue;
    const WaitType inner = InnerWaitType(registry_.lock(ref.lock).type);
    if (inner == WaitType::kUnchecked || inner >= allowed) continue;
    allowed = inner;
    strictest = &ref;
  }
  if (needed <= allowed) return;
  FindingBuilder::Misuse misuse;
  misuse.kind = FindingKind::kWaitContext;
  misuse.lock = request.lock;
  misuse.how = request.how;
  misuse.site = request.site;
  misuse.stack = stack;
  misuse.action = "asks for it";
  misuse.detail = "a " + std::string(ToString(type)) + " lock needs a context of type '" +
                  std::string(ToString(needed)) + "', " +
                  (strictest != nullptr ? "holding " + registry_.LockName(strictest->lock)
                                        : "a " + std::string(ToString(thread.context))) +
                  " allows '" + std::string(ToString(allowed)) + "'";
  RecordMisuse(std::move(misuse), request.how.subclass(), thread, preview);
}

Evidence::SameClass Evidence::HeldOfSameClass(const ThreadState& thread, LockId wanted) const {
  const LockRecord& record = registry_.lock(wanted);
  SameClass same;
  if (!registry_.lock_class(record.lock_class).compare) return same;
  same.wanted = record.order;
  for (std::size_t i = thread.held.context_base(); i < thread.held.depth(); ++i) {
    const LockRecord& held = registry_.lock(thread.held.entry(i).lock);
    if (held.lock_class == record.lock_class) same.held.emplace_back(i, held.order);
  }
  if (!same.held.empty()) same.compare = registry_.lock_class(record.lock_class).compare;
  return same;
}

bool Evidence::OverInstanceCap(const Request& request, NodeId wanted, const std::vector<HeldRef>& held, RoleId role) {
  bool has_class = graph_.node(wanted).lock_class != 0;
  std::uint64_t key = MixBits(role + 0x9e3779b97f4a7c15ULL, 0xd6e8feb86659fd93ULL);
  for (const HeldRef& ref : held) {
    if (ref.how.unchecked()) continue;
    if (ref.node == wanted) return false;  // a nesting is judged by its instance
    has_class = has_class || graph_.node(ref.node).lock_class != 0;
    key = ChainKey(key, ref.node, ref.how, 0);
  }
  if (!has_class || held.empty()) return false;
  key = ChainKey(key, wanted, request.how, 1);
  // One is kept whatever the cap, or the order itself would be lost.
  return ++instances_per_chain_[key] > std::max<std::size_t>(options_.instances_per_chain_max, 1);
}

void Evidence::NoteNesting(const Request& request, ContextId id, std::size_t held, bool ordered,
                           std::vector<Finding>& preview) {
  const HeldRef& ref = graph_.held(id)[held];
  const bool held_shared = IsShared(ref.how.mode());
  const Mode wanted = request.how.mode();
  const bool same = ref.lock == request.lock;
  if (wanted == Mode::kRecursiveShared && held_shared) return;
  FindingKind kind = FindingKind::kRecursive;
  if (same && !(held_shared && wanted == Mode::kShared)) kind = FindingKind::kSelfDeadlock;
  if (kind == FindingKind::kRecursive && !same && ordered) return;
  const NestingKey key{kind, graph_.context(id).node, same ? request.lock : 0, request.how.kind() == Kind::kTimed};
  if (!nestings_.try_emplace(key, Nesting{id, held}).second) return;
  Finding finding = NestingFinding(key, {id, held});
  if (finding.verdict == Verdict::kFalse) return;
  // What is real is shown also where a timed wait, which is not, was shown before.
  const bool is_first = shown_.insert({kind, {key.node}}).second;
  const auto is_alike = [&](const auto& other) {
    return other.first.kind == kind && other.first.node == key.node && !other.first.timed;
  };
  const bool is_first_real =
      finding.verdict == Verdict::kReal && std::count_if(nestings_.begin(), nestings_.end(), is_alike) == 1;
  if (is_first || is_first_real) preview.push_back(std::move(finding));
}

Finding Evidence::NestingFinding(const NestingKey& key, const Nesting& nesting) const {
  return key.kind == FindingKind::kRecursive ? Builder().Recursive(nesting.context, nesting.held)
                                             : Builder().SelfDeadlock(nesting.context, nesting.held);
}

// One finding for each kind and node: one that is real before others, one that is `false` behind them, two instances
// nested before one read twice.
std::vector<Finding> Evidence::NestingFindings() const {
  std::map<std::pair<FindingKind, NodeId>, Finding> best;
  for (const auto& [key, nesting] : nestings_) {
    Finding finding = NestingFinding(key, nesting);
    const auto [it, is_new] = best.try_emplace({key.kind, key.node}, finding);
    const Verdict known = it->second.verdict;
    const bool says_more = known == Verdict::kFalse || (known != Verdict::kReal && finding.verdict == Verdict::kReal);
    if (!is_new && says_more) it->second = std::move(finding);
  }
  std::vector<Finding> findings;
  for (auto& [key, finding] : best) findings.push_back(std::move(finding));
  return findings;
}

// The lock that a thread of the role holds from start to end, as seen by who joins it.  It is kept
// beside the held sets: only the contexts of roles that are joined under a lock get it.
LockId Evidence::ThreadEnd(RoleId role) {
  const auto [it, is_new] = thread_ends_.try_emplace(role, 0);
  if (!is_new) return it->second;
  LockInfo info;
  info.name = "end of " + registry_.role(role).name;
  info.type = LockType::kThreadEnd;
  it->second = registry_.AddLock(info);
  const LockId end = it->second;
  const std::size_t count = graph_.context_count();
  for (std::size_t i = 0; i < count; ++i) {
    const ContextRecord context = graph_.context(static_cast<ContextId>(i));
    if (context.role != role) continue;
    const std::span<const HeldRef> before = graph_.held(context);
    std::vector<HeldRef> held(before.begin(), before.end());
    HoldThreadEnd(role, held);
    graph_.AddContext(context, held);
  }
  LOCKDEP_CHECK(end != 0);
  return end;
}

void Evidence::HoldThreadEnd(RoleId role, std::vector<HeldRef>& held) {
  const auto it = thread_ends_.find(role);
  if (it == thread_ends_.end()) return;
  // Shared: two threads of one role each have an end of their own, so it excludes nothing.
  held.insert(held.begin(), {it->second, graph_.NodeOf(it->second, 0), 0, How::Of(Mode::kShared)});
}

void Evidence::RecordUsage(const ThreadState& thread, const Request& request, NodeId wanted, StackId stack,
                           Outcome outcome) {
  if (registry_.lock(request.lock).type == LockType::kLocal) return;
  UsagePoint point;
  point.mode = request.how.mode();
  point.kind = request.how.kind();
  point.lock = request.lock;
  point.site = request.site;
  point.stack = stack;
  point.thread = thread.name_id;
  point.role = thread.role;
  point.context = thread.context;
  // A sync holds nothing that an interrupt could find held.
  usage_.NoteAcquire(wanted, point, outcome == Outcome::kHeld ? OpenInterrupts(thread) : UsageTable::Open{});
}

// A chain is told once, so what was told before the first interrupt is looked at now: it may be done again.  That was
// outside of any, and nothing was switched off yet.
void Evidence::RecordUsageFromNowOn() {
  if (usage_on_) return;
  usage_on_ = true;
  const auto note = [&](const ContextRecord& context, NodeId node, LockId lock, How how, Site site) {
    const LockType type = registry_.lock(lock).type;
    const bool is_held = type != LockType::kLocal && type != LockType::kThreadEnd && type != LockType::kCompletion;
    const bool is_sync = (type == LockType::kRcu || type == LockType::kSrcu) && how.mode() == Mode::kExclusive;
    if (!is_held || is_sync || how.unchecked()) return;
    UsagePoint point;
    point.mode = how.mode();
    point.kind = how.kind();
    point.lock = lock;
    point.site = site;
    point.stack = lock == context.wanted ? context.stack : 0;
    point.thread = context.thread;
    point.role = context.role;
    usage_.NoteEnabled(node, point, {.softirq = true, .hardirq = true, .signal = true});
  };
  for (std::size_t i = 0; i < graph_.context_count(); ++i) {
    const ContextRecord& context = graph_.context(static_cast<ContextId>(i));
    for (const HeldRef& held : graph_.held(context)) note(context, held.node, held.lock, held.how, held.site);
    note(context, context.node, context.wanted, context.how, context.site);
  }
}

void Evidence::CheckNest(const ThreadState& thread, const Request& request, StackId stack,
                         std::vector<Finding>& preview) {
  if (request.nest == 0 || thread.held.Find(request.nest, true) >= 0) return;
  FindingBuilder::Misuse misuse;
  misuse.kind = FindingKind::kNestedNotTaken;
  misuse.lock = request.lock;
  misuse.how = request.how;
  misuse.site = request.site;
  misuse.stack = stack;
  misuse.action = "asks for it";
  misuse.detail = "declared to be nested in " + registry_.LockName(request.nest) + ", which is not held";
  RecordMisuse(std::move(misuse), request.how.subclass(), thread, preview);
}

void Evidence::Record(const ThreadState& thread, const Request& request, StackId stack,
                      const std::vector<bool>& ordered, Outcome outcome, std::vector<Finding>& preview) {
  const NodeId wanted = graph_.NodeOf(request.lock, request.how.subclass());
  std::vector<HeldRef> held = HeldRefs(thread, false);
  if (usage_on_) RecordUsage(thread, request, wanted, stack, outcome);
  CheckWaitContext(thread, request, held, stack, preview);
  CheckNest(thread, request, stack, preview);
  if (request.how.kind() == Kind::kTrylock) return;
  // A join may wait for what is asked for alone: in a script always, else where one is known of.
  const bool matters_alone = request.how.counts_alone() || options_.closed_world || ExpectsJoin(thread.role);
  if (held.empty() && !matters_alone) return;
  if (OverInstanceCap(request, wanted, held, thread.role)) {
    graph_.MarkIncomplete(request.lock, wanted, request.how.mode(), held);
    return;
  }

  if (thread.context == Context::kTask) HoldThreadEnd(thread.role, held);
  ContextRecord context;
  context.wanted = request.lock;
  context.node = wanted;
  context.site = request.site;
  context.stack = stack;
  context.nest = request.nest != 0 && thread.held.Find(request.nest, true) >= 0 ? request.nest : 0;
  context.role = thread.role;
  context.thread = thread.name_id;
  context.how = request.how;
  context.context = thread.context;
  const auto id = static_cast<ContextId>(graph_.context_count());
  const bool cyclic = graph_.AddContext(context, held);
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (held[i].how.unchecked() || (held[i].node != wanted && held[i].lock != request.lock)) continue;
    // `held` may begin with the end of this thread, `ordered` counts all contexts: look it up.
    const int entry = thread.held.Find(held[i].lock);
    const bool by_class = entry >= 0 && static_cast<std::size_t>(entry) < ordered.size() && ordered[entry];
    NoteNesting(request, id, i, context.nest != 0 || by_class, preview);
  }
  if (cyclic && options_.on_finding) PreviewCycles(wanted, preview);
}

void Evidence::ExpectJoin(RoleId role) { ThreadEnd(role); }

void Evidence::RecordJoin(const ThreadState& thread, RoleId joined, Site site, std::vector<Finding>& preview) {
  std::vector<HeldRef> held = HeldRefs(thread, false);
  if (held.empty() && !options_.closed_world) return;
  const LockId end = ThreadEnd(joined);
  HoldThreadEnd(thread.role, held);
  ContextRecord context;
  context.wanted = end;
  context.node = graph_.NodeOf(end, 0);
  context.site = site;
  context.role = thread.role;
  context.thread = thread.name_id;
  context.context = thread.context;
  context.how = How::Of(Mode::kExclusive);
  if (graph_.AddContext(context, held) && options_.on_finding) PreviewCycles(context.node, preview);
}

void Evidence::RecordEnabled(const ThreadState& thread, Site site) {
  const UsageTable::Open open = OpenInterrupts(thread);
  for (std::size_t i = thread.held.context_base(); i < thread.held.depth(); ++i) {
    const HeldLock& held = thread.held.entry(i);
    if (held.how.unchecked() || registry_.lock(held.lock).type == LockType::kLocal) continue;
    UsagePoint point;
    point.mode = held.how.mode();
    point.kind = held.how.kind();
    point.lock = held.lock;
    point.site = site;
    point.thread = thread.name_id;
    point.role = thread.role;
    point.context = thread.context;
    usage_.NoteEnabled(graph_.NodeOf(held.lock, held.how.subclass()), point, open);
  }
}

RoleThreads& Evidence::RolesOf(RoleId role) {
  if (role >= role_threads_.size()) role_threads_.resize(role + 1);
  return role_threads_[role];
}

void Evidence::RecordStart(const ThreadState& thread) {
  constexpr std::size_t kEndsMax = 64;  // compared with
  RoleThreads& threads = RolesOf(thread.role);
  if (thread.past && thread.past->open()) {  // nobody knows how it came to be
    threads.of_open_past = true;
    return;
  }
  ++threads.seen;
  if (threads.concurrent) return;
  for (const auto& [other, marks] : threads.ends) {
    const bool before = marks != 0 && thread.past && thread.past->MarksOf(other) >= marks;
    threads.concurrent = threads.concurrent || !before;
  }
  if (threads.ends.size() < kEndsMax) threads.ends.emplace_back(thread.number, 0);
}

void Evidence::RecordEnd(const ThreadState& thread) {
  RoleThreads& threads = RolesOf(thread.role);
  if (thread.held.depth() != 0) threads.unfinished = true;
  for (auto& [other, marks] : threads.ends) {
    if (other == thread.number) marks = thread.marks;
  }
}

void Evidence::RecordEpisode(const ThreadState& thread) {
  const HeldLocks& held = thread.held;
  // By operations alone: the thread's own hash also tells places apart.
  HeldLocks::Episode episode;
  held.ListEpisode(episode);
  if (!episode.complete) RolesOf(thread.role).unfinished = true;
  std::uint64_t key = held.role_seed() + (episode.complete ? 0 : 1);
  for (std::size_t i = 0; i < episode.length; ++i) {
    const EpisodeOp& op = episode.ops[i];
    key = ChainKey(key, op.lock, op.how, static_cast<Site>(op.op));
  }
  const auto [it, is_new] = episodes_.try_emplace(key);
  StoredEpisode& stored = it->second;
  if (is_new) {
    stored.role = thread.role;
    stored.complete = episode.complete;
    stored.begin = episode_ops_.size();
    stored.length = static_cast<std::uint8_t>(episode.length);
    episode_ops_.insert(episode_ops_.end(), episode.ops, episode.ops + episode.length);
  }
  AddSighting(thread, stored);
}

void Evidence::AddSighting(const ThreadState& thread, StoredEpisode& stored) const {
  if (stored.seen.size() >= EpisodeSighting::kMax) return;
  const auto ops = std::span(episode_ops_).subspan(stored.begin, stored.length);
  const auto failed = static_cast<std::uint32_t>(
      std::count_if(ops.begin(), ops.end(), [](const EpisodeOp& op) { return op.op == EpisodeOpKind::kTryFailed; }));
  // The first tries of the thread that failed are those of this episode: it does not rest on others.
  const bool its_own = failed != 0 && failed == thread.failed_tries && thread.has_past_before_try;
  const ThreadPast::Ref& past = its_own ? thread.past_before_try : thread.past;
  const bool again = std::any_of(stored.seen.begin(), stored.seen.end(), [&](const EpisodeSighting& each) {
    return each.name == thread.name_id && each.moment.past == past && (!past || each.moment.thread == thread.number);
  });
  if (again && options_.closed_world) return;
  stored.seen.push_back({thread.name_id, {thread.number, thread.marks, run_, past}});
}

void Evidence::CopyEpisodes(const std::vector<std::vector<NodeId>>& components, RegistryPart& names,
                            CycleEvidence& part) const {
  absl::flat_hash_set<LockId> locks;
  for (const std::vector<NodeId>& component : components) {
    for (const LockId lock : graph_.LocksWantedIn(component)) locks.insert(lock);
  }
  EpisodeEvidence& episodes = part.episodes;
  episodes.roles = role_threads_;
  episodes.closed_world = options_.closed_world;
  episodes.lost_events = lost_events_ != 0;
  episodes.states_max = options_.episode_states_max;
  for (const StoredEpisode* stored : SortedEpisodes(&locks)) {
    RecordedEpisode copy{stored->role, stored->complete, {}, stored->seen};
    for (std::size_t i = 0; i < stored->length; ++i) {
      EpisodeOp op = episode_ops_[stored->begin + i];
      op.lock = names.Lock(op.lock);
      copy.ops.push_back(op);
    }
    for (EpisodeSighting& sighting : copy.seen) sighting.name = names.Name(sighting.name);
    episodes.episodes.push_back(std::move(copy));
  }
}

std::unique_ptr<CycleEvidence> Evidence::CopyCycles() const {
  const std::vector<std::vector<NodeId>> components = graph_.CyclicComponents();
  if (components.empty()) return nullptr;
  auto copy = std::make_unique<CycleEvidence>();
  RegistryPart names(registry_, options_.sites_are_code, copy->registry);
  CopyComponents(graph_, components, names, *copy);
  if (options_.episode_states_max > 0) CopyEpisodes(components, names, *copy);
  return copy;
}

void Evidence::PreviewCycles(NodeId node, std::vector<Finding>& preview) {
  const std::vector<NodeId> component = graph_.CyclicComponentOf(node);
  if (component.empty()) return;
  // Every context in a component could be searched for; once it is large, search only after it
  // grew by an eighth, so that the total stays proportional to the last search.
  std::size_t& last = searched_at_[component.front()];
  const std::size_t size = graph_.context_count();
  if (last > 256 && size < last + last / 8) return;
  last = size;
  const CircularSearch search(graph_, registry_, builder_options(), nullptr);
  CircularFindings found = search.In(component, std::min<std::uint64_t>(kPreviewSteps, options_.search_steps_max));
  search_steps_ += found.steps;
  if (!found.note.empty()) notes_.push_back(std::move(found.note));
  for (auto& [cycle, finding] : found.findings) {
    if (finding.verdict == Verdict::kFalse) continue;
    if (shown_.insert({FindingKind::kCircular, cycle}).second) preview.push_back(std::move(finding));
  }
}

Evidence::Circular Evidence::JudgeCycles(const CycleEvidence& copy, const BuilderOptions& builder,
                                         std::uint64_t steps_max) {
  Circular result;
  const EpisodeSearch episodes(copy.graph, copy.registry, copy.episodes);
  const CircularSearch search(copy.graph, copy.registry, builder, copy.episodes.states_max > 0 ? &episodes : nullptr);
  for (const std::vector<NodeId>& component : copy.components) {
    CircularFindings found = search.In(component, steps_max);
    for (auto& [cycle, finding] : found.findings) {
      FindingBuilder::CapByDoubt(finding);
      result.findings.push_back(std::move(finding));
    }
    result.search_steps += found.steps;
    if (!found.note.empty()) result.notes.push_back(std::move(found.note));
  }
  return result;
}

std::vector<Finding> Evidence::OtherFindings() const {
  const FindingBuilder builder = Builder();
  std::vector<Finding> findings = NestingFindings();
  for (const auto& [key, misuse] : misuses_) findings.push_back(builder.OfMisuse(misuse));
  std::set<std::vector<NodeId>> paths;
  for (const UsageConflict& conflict : usage_.Conflicts(graph_)) {
    if (paths.insert(conflict.path).second) findings.push_back(builder.Usage(conflict));
  }
  return findings;
}

void Evidence::TakeNotes(Circular circular) {
  notes_ = std::move(circular.notes);
  search_steps_ += circular.search_steps;
}

void Evidence::Sort(std::vector<Finding>& findings) {
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
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
}

std::vector<std::pair<std::string, std::string>> Evidence::Dependencies() const {
  const FindingBuilder builder = Builder();
  std::vector<std::pair<std::string, std::string>> result;
  for (const Dependency& dependency : graph_.dependencies()) {
    result.emplace_back(builder.NodeName(dependency.held), builder.NodeName(dependency.wanted));
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

// By role and operations.
std::vector<const Evidence::StoredEpisode*> Evidence::SortedEpisodes(
    const absl::flat_hash_set<LockId>* of_locks) const {
  const auto asks = [&](const StoredEpisode& episode) {
    const auto ops = std::span(episode_ops_).subspan(episode.begin, episode.length);
    return of_locks == nullptr ||
           std::any_of(ops.begin(), ops.end(), [&](const EpisodeOp& op) { return of_locks->contains(op.lock); });
  };
  const auto key = [&](const StoredEpisode& episode) {
    std::vector<std::uint64_t> words{episode.role, episode.complete ? 1U : 0U};
    for (std::size_t i = 0; i < episode.length; ++i) {
      const EpisodeOp& op = episode_ops_[episode.begin + i];
      words.push_back(static_cast<std::uint64_t>(op.lock) << 32 | static_cast<std::uint64_t>(op.how.bits) << 8 |
                      static_cast<std::uint64_t>(op.op));
    }
    return words;
  };
  std::vector<std::pair<std::vector<std::uint64_t>, const StoredEpisode*>> keyed;
  for (const auto& [hash, stored] : episodes_) {
    if (asks(stored)) keyed.emplace_back(key(stored), &stored);
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<const StoredEpisode*> result;
  for (const auto& [words, stored] : keyed) result.push_back(stored);
  return result;
}

std::vector<Validator::Episode> Evidence::Episodes() const {
  std::vector<Validator::Episode> result;
  for (const StoredEpisode* stored : SortedEpisodes(nullptr)) {
    const auto begin = episode_ops_.begin() + static_cast<std::ptrdiff_t>(stored->begin);
    result.push_back({stored->role, stored->complete, {begin, begin + stored->length}});
  }
  return result;
}

std::size_t Evidence::memory_bytes() const {
  return graph_.memory_bytes() + registry_.memory_bytes() +
         episodes_.capacity() * (sizeof(std::uint64_t) + sizeof(StoredEpisode) + 1) +
         episode_ops_.capacity() * sizeof(EpisodeOp);
}

}  // namespace lockdep
