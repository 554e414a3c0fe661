#include "lockdep/episode_search.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "lockdep/counterfactual.h"
#include "lockdep/sighting_choice.h"

namespace lockdep {
namespace {

// What is said alike of two locks of one name is two things.
struct ByTextAndLocks {
  bool operator()(const Wording& a, const Wording& b) const {
    return std::tie(a.text(), a.names()) < std::tie(b.text(), b.names());
  }
};

using Code = LockProgram::Code;
using Failures = EpisodeProgram::Failures;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

constexpr std::size_t kChoicesMax = 20'000;
constexpr std::uint64_t kStatesOfSmallSearch = 16;       // what one costs at least
constexpr std::size_t kExplainedMax = 4;                 // choices whose reasons are looked for
constexpr std::uint64_t kExplanationStatesMax = 50'000;  // of each

// The contexts of one link between two instances.
struct InstanceLink {
  LockId held = 0;
  LockId wanted = 0;
  std::vector<LinkView> links;
};

std::uint64_t HeldWord(LockId lock, How how) {
  return static_cast<std::uint64_t>(lock) << 8 | static_cast<std::uint64_t>(how.mode()) << 4 |
         static_cast<std::uint64_t>(how.kind());
}

// One call of Judge.
class Judgement {
 public:
  Judgement(const DependencyGraph& graph, const Registry& registry, const EpisodeEvidence& evidence,
            const EpisodeIndex& index, const NodeCycle& nodes)
      : graph_(graph),
        registry_(registry),
        evidence_(evidence),
        index_(index),
        nodes_(nodes),
        refuter_(graph, registry, evidence.closed_world),
        states_left_(evidence.states_max) {
    cast_.tries_are_sure = evidence.closed_world;
  }

  EpisodeVerdict Run() {
    if (!CanBeSearched()) return {};
    CollectLinks();
    if (evidence_.lost_events) Obstacle("the events that were lost");
    ChooseInstances();
    if (result_.verdict != Verdict::kPredicted) {
      if (obstacles_.empty()) {
        Explain();
      } else {
        result_.missing.assign(obstacles_.begin(), obstacles_.end());
      }
    }
    result_.scope = Scope();
    return std::move(result_);
  }

 private:
  // Annotations and locks per cpu do not say who waits for whom; nor does the end of a thread.
  static bool SaysWhoWaits(LockType type) {
    switch (type) {
      case LockType::kPseudo:
      case LockType::kLocal:
      case LockType::kThreadEnd:
      case LockType::kCompletion: return false;
      default: return true;
    }
  }
  bool CanBeSearched() const {
    return std::all_of(nodes_.begin(), nodes_.end(), [&](NodeId node) { return SaysWhoWaits(graph_.node(node).type); });
  }

  void Obstacle(const Wording& missing) { obstacles_.insert(missing); }
  bool Done() const { return result_.verdict == Verdict::kPredicted && result_.doubled.empty(); }

  // --- Instances ------------------------------------------------------------------------------------

  void CollectLinks() {
    slots_.resize(nodes_.size());
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      std::map<std::pair<LockId, LockId>, InstanceLink> pairs;
      // An instance may be wanted under another node than the one under which the next one holds it.
      for (const NodeId wanted : WantedNodes(nodes_[i])) CollectFrom(*graph_.Find(nodes_[i], wanted), pairs);
      for (auto& [key, link] : pairs) slots_[i].push_back(std::move(link));
    }
  }

  std::vector<NodeId> WantedNodes(NodeId node) const {
    std::vector<NodeId> wanted = graph_.Successors(node);
    if (graph_.Find(node, node) != nullptr) wanted.push_back(node);
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    return wanted;
  }

  void CollectFrom(const Dependency& dependency, std::map<std::pair<LockId, LockId>, InstanceLink>& pairs) {
    for (const Link& link : dependency.links) {
      const LinkView view = refuter_.View(link);
      // A wait that ends by itself does not hang.
      if (refuter_.Timed(link.context, nullptr)) continue;
      if (graph_.context(link.context).how.kind() == Kind::kTimed) {
        Obstacle(WhenTimeIsOver(view));
        continue;
      }
      // The locks of a class may be of several types.
      if (!SaysWhoWaits(registry_.lock(view.held).type) || !SaysWhoWaits(registry_.lock(view.wanted).type)) {
        Obstacle("whether locks that are only annotations, or one per cpu, keep these threads apart");
        continue;
      }
      InstanceLink& pair = pairs[{view.held, view.wanted}];
      pair.held = view.held;
      pair.wanted = view.wanted;
      pair.links.push_back(view);
    }
    const bool of_cycle = std::find(nodes_.begin(), nodes_.end(), dependency.wanted) != nodes_.end();
    if (dependency.incomplete && of_cycle) Obstacle("the instances beyond the cap on one of these dependencies");
  }

  Wording WhenTimeIsOver(const LinkView& view) const {
    return "whether '" + registry_.role(graph_.context(view.link.context).role).name + "' gives back " +
           Name(view.held) + " when its wait for " + Name(view.wanted) + " fails, and does not ask again";
  }

  void ChooseInstances() {
    const std::size_t at = instances_.size();
    if (Done()) return;
    if (at == nodes_.size()) {
      for (const InstanceLink* each : instances_) CheckCovered(*each);
      ChooseEpisodes();
      return;
    }
    for (const InstanceLink& link : slots_[at]) {
      if (at > 0 && link.held != instances_.back()->wanted) continue;
      const bool last = at + 1 == nodes_.size();
      const LockId first = at == 0 ? link.held : instances_.front()->held;
      if (last != (link.wanted == first)) continue;
      const bool again = std::any_of(instances_.begin(), instances_.end(),
                                     [&](const InstanceLink* each) { return each->held == link.held; });
      if (again) continue;
      if (!Spend()) return;
      instances_.push_back(&link);
      ChooseInstances();
      instances_.pop_back();
    }
  }

  bool Spend() {
    if (++choices_ <= kChoicesMax && states_left_ > 0) return true;
    Obstacle(states_left_ == 0 ? "the rest of the search of episodes: the limit of " +
                                     std::to_string(evidence_.states_max) + " states was reached"
                               : "the rest of the search of episodes: there are more than " +
                                     std::to_string(kChoicesMax) + " ways to choose them");
    return false;
  }

  // --- Are these all episodes? ------------------------------------------------------------------------

  void CheckRole(RoleId role) {
    if (registry_.role(role).several_stacks) {
      Obstacle("whether what '" + registry_.role(role).name +
               "' does is done one after the other: it runs on several stacks");
      return;
    }
    if (role < evidence_.roles.size() && evidence_.roles[role].unfinished) {
      Obstacle("the rest of an episode of '" + registry_.role(role).name +
               "' that did not end, or was not recorded whole");
    }
  }

  std::vector<std::uint64_t> HeldOf(const ContextRecord& context) const {
    std::vector<std::uint64_t> words;
    for (const HeldRef& held : graph_.held(context)) {
      if (registry_.lock(held.lock).type != LockType::kThreadEnd) words.push_back(HeldWord(held.lock, held.how));
    }
    std::sort(words.begin(), words.end());
    return words;
  }

  bool IsFrom(const EpisodeRequest& request, const ContextRecord& context) const {
    if (!request.whole || request.role != context.role || request.wanted() != context.wanted ||
        request.wanted_mode() != context.how.mode()) {
      return false;
    }
    std::vector<std::uint64_t> words;
    for (const EpisodeOp& held : request.held) words.push_back(HeldWord(held.lock, held.how));
    std::sort(words.begin(), words.end());
    return words == HeldOf(context);
  }

  void CheckContext(const ContextRecord& context, bool covered) {
    if (context.context != Context::kTask) Obstacle("when the interrupts come that ask for " + Name(context.wanted));
    CheckRole(context.role);
    if (!covered) {
      Obstacle("an episode in which '" + registry_.role(context.role).name + "' asks for " + Name(context.wanted) +
               " as here, to its end");
    }
  }

  void CheckCovered(const InstanceLink& link) {
    if (!checked_.insert({link.held, link.wanted}).second) return;
    const std::span<const EpisodeLink> requests = index_.Links(link.held, link.wanted);
    for (const LinkView& view : link.links) {
      const ContextRecord& context = graph_.context(view.link.context);
      CheckContext(context, std::any_of(requests.begin(), requests.end(),
                                        [&](const EpisodeLink& each) { return IsFrom(*each.request, context); }));
    }
  }

  void CheckWriters(LockId lock) {
    if (!checked_.insert({0, lock}).second) return;
    if (!graph_.WritersComplete(lock)) Obstacle("the writers of " + Name(lock) + " beyond the cap of kept instances");
    const auto requests = index_.Writers(lock);
    for (const ContextId id : graph_.Writers(lock)) {
      const ContextRecord& context = graph_.context(id);
      if (context.how.kind() == Kind::kTimed) continue;
      CheckContext(context, std::any_of(requests.begin(), requests.end(),
                                        [&](const EpisodeRequest* each) { return IsFrom(*each, context); }));
    }
  }

  // --- Episodes -----------------------------------------------------------------------------------------

  static bool IsStrong(const EpisodeLink& in, const EpisodeLink& out) {
    return in.request->wanted_mode() != Mode::kRecursiveShared || out.held_mode == Mode::kExclusive;
  }
  static bool NeedsWriter(const EpisodeLink& in, const EpisodeLink& out) {
    return in.request->wanted_mode() == Mode::kShared && out.held_mode != Mode::kExclusive;
  }

  // All that is known of the episode is what one thread, or one coroutine, does.
  bool IsOfOneThread(const EpisodeRequest& request) const {
    return request.whole && !registry_.role(request.role).several_stacks;
  }

  void ChooseEpisodes() {
    const std::size_t at = cast_.links.size();
    if (Done()) return;
    if (at == instances_.size()) {
      ChooseWriters();
      return;
    }
    for (const EpisodeLink& link : index_.Links(instances_[at]->held, instances_[at]->wanted)) {
      if (!IsOfOneThread(*link.request)) continue;
      if (at > 0 && !IsStrong(cast_.links.back(), link)) continue;
      if (at + 1 == instances_.size() && !IsStrong(link, cast_.links.front())) continue;
      if (!Spend()) return;
      cast_.links.push_back(link);
      cast_.held.push_back(instances_[at]->held);
      ChooseEpisodes();
      cast_.links.pop_back();
      cast_.held.pop_back();
    }
  }

  std::vector<const EpisodeRequest*> Requests() const {
    std::vector<const EpisodeRequest*> requests;
    for (const EpisodeLink& link : cast_.links) requests.push_back(link.request);
    requests.insert(requests.end(), cast_.writers.begin(), cast_.writers.end());
    return requests;
  }

  // Two of the cast that only one thread can be.
  const EpisodeRequest* OneThread() const {
    const std::vector<const EpisodeRequest*> requests = Requests();
    for (std::size_t j = 0; j < requests.size(); ++j) {
      for (std::size_t i = 0; i < j; ++i) {
        if (requests[i]->role == requests[j]->role && registry_.role(requests[i]->role).single) return requests[i];
      }
    }
    return nullptr;
  }

  void ChooseWriters() {
    for (const EpisodeLink& link : cast_.links) used_.insert(link.request);
    if (const EpisodeRequest* one = OneThread()) {
      single_roles_.insert(one->role);
      return;
    }
    std::vector<LockId> locks;
    for (std::size_t i = 0; i < cast_.links.size(); ++i) {
      const EpisodeLink& next = cast_.links[(i + 1) % cast_.links.size()];
      if (NeedsWriter(cast_.links[i], next)) locks.push_back(cast_.links[i].request->wanted());
    }
    if (locks.empty()) {
      Search();
      return;
    }
    if (evidence_.closed_world) {
      for (const LockId lock : locks) CheckWriters(lock);
    } else {
      cast_.any_writer = locks;
      const bool whatever = Hangs(Failures::kFree).reach == Reach::kUnreachable;
      if (whatever) Refute();
      cast_.any_writer.clear();
      if (whatever) return;
      for (const LockId lock : locks) Obstacle("a writer of " + Name(lock) + " between its two readers");
    }
    AddWriters(locks);
  }

  // Each choice of recorded writers, one for each lock.
  void AddWriters(const std::vector<LockId>& locks) {
    const std::size_t at = cast_.writers.size();
    if (Done()) return;
    if (at == locks.size()) {
      Search();
      return;
    }
    const auto requests = index_.Writers(locks[at]);
    bool any = false;
    for (const EpisodeRequest* request : requests) {
      if (!IsOfOneThread(*request) || !Spend()) continue;
      cast_.writers.push_back(request);
      used_.insert(request);
      if (OneThread() == nullptr) {
        any = true;
        AddWriters(locks);
      }
      cast_.writers.pop_back();
    }
    if (any) return;
    const bool none = graph_.Writers(locks[at]).empty();
    NoteReason({none ? ReasonKind::kNoWriter : ReasonKind::kReadRead,
                {locks[at]},
                none ? Name(locks[at]) + " is held and wanted for reading; a reader waits for a reader only behind a "
                                         "waiting writer, and there is none"
                     : "no writer of " + Name(locks[at]) + " can queue between its two readers"});
  }

  // --- One cast --------------------------------------------------------------------------------------------

  CycleReach Hangs(Failures failures) {
    const EpisodeProgram program(registry_, cast_, failures);
    CycleReach gave_up;
    if (const std::string wrong = Validate(program.program()); !wrong.empty()) {
      gave_up.gave_up = wrong;
      return gave_up;
    }
    const auto [known, is_new] = searched_.try_emplace(program.Key());
    if (is_new) {
      ExploreOptions options;
      options.states_max = states_left_;
      known->second = ReachesCycle(program.program(), program.target(), options);
      const std::uint64_t states = known->second.statistics.states;
      states_ += states;
      states_left_ -= std::min(states_left_, std::max(states, kStatesOfSmallSearch));
    }
    return known->second;
  }

  // No schedule brings the sides together; nor does one if locks in doubt may each time be others, and tries of which
  // it is not known fail; or it is open.
  void Refute() {
    if (!HasDoubt()) return NoteRefuted();
    cast_.without_doubt = true;
    const CycleReach sure = Hangs(Failures::kFree);
    if (sure.reach == Reach::kUnreachable) {
      NoteRefuted();
    } else if (sure.reach == Reach::kGaveUp) {
      Obstacle("the rest of the search of episodes: " + sure.gave_up);
    } else {
      for (const EpisodeRequest* request : Requests()) {
        for (const EpisodeOp& op : request->ops) {
          const Doubt doubt = registry_.lock(op.lock).doubt;
          if (doubt != Doubt::kNone) Obstacle(MissingOf(doubt, Name(op.lock)));
          if (IsUncertain(op)) {
            Obstacle("whether '" + registry_.role(request->role).name + "' goes on where it does not get " +
                     Name(op.lock) + ", which it only tries");
          }
        }
      }
    }
    cast_.without_doubt = false;
  }

  bool HasDoubt() const {
    const std::vector<const EpisodeRequest*> requests = Requests();
    return std::any_of(requests.begin(), requests.end(), [&](const EpisodeRequest* request) {
      return std::any_of(request->ops.begin(), request->ops.end(), [&](const EpisodeOp& op) {
        return registry_.lock(op.lock).doubt != Doubt::kNone || IsUncertain(op);
      });
    });
  }

  bool IsUncertain(const EpisodeOp& op) const { return EpisodeProgram::IsUncertain(cast_, op); }

  void Search() {
    const CycleReach free = Hangs(Failures::kFree);
    switch (free.reach) {
      case Reach::kUnreachable: Refute(); return;
      case Reach::kGaveUp: Obstacle("the rest of the search of episodes: " + free.gave_up); return;
      case Reach::kReached: break;
    }
    const std::vector<const EpisodeRequest*> requests = Requests();
    const auto any = [&](bool EpisodeRequest::*what) {
      return std::any_of(requests.begin(), requests.end(), [&](const EpisodeRequest* each) { return each->*what; });
    };
    if (any(&EpisodeRequest::waits)) {
      Obstacle("whether the events come that these threads wait for on the way");
      return;
    }
    if (any(&EpisodeRequest::tries) && Hangs(Failures::kByState).reach != Reach::kReached) {
      Obstacle("who holds the locks that these threads try on the way and do not get");
      return;
    }
    if (EpisodeProgram(registry_, cast_, Failures::kFree).left_aside()) {
      Obstacle("whether locks that are only annotations, or one per cpu, keep these threads apart");
      return;
    }
    const SightingChoice seen = ChooseSightings(requests, evidence_.roles, registry_, evidence_.closed_world);
    if (!seen.found) {
      Obstacle(seen.missing);
      return;
    }
    Predict(seen);
  }

  void Predict(const SightingChoice& seen) {
    if (result_.verdict == Verdict::kPredicted && !seen.doubled.empty()) return;  // no better
    result_ = {};
    result_.verdict = Verdict::kPredicted;
    result_.doubled = seen.doubled;
    for (std::size_t i = 0; i < cast_.links.size(); ++i) result_.links.push_back(LinkOf(i));
    for (const EpisodeRequest* writer : cast_.writers) {
      for (const ContextId id : graph_.Writers(writer->wanted())) {
        if (!IsFrom(*writer, graph_.context(id))) continue;
        result_.writers.push_back(id);
        break;
      }
    }
    for (std::size_t i = 0; i < seen.names.size(); ++i) {
      std::string name = registry_.name(seen.names[i]);
      for (std::size_t j = 0; j < i; ++j) name += seen.names[j] == seen.names[i] ? " (another)" : "";
      cast_.names.push_back(std::move(name));
    }
    const bool tries = std::any_of(cast_.links.begin(), cast_.links.end(),
                                   [](const EpisodeLink& link) { return link.request->tries; });
    Tell(tries ? Failures::kByState : Failures::kFree);
    cast_.names.clear();
  }

  // The link as it was first seen.
  LinkView LinkOf(std::size_t i) const {
    const EpisodeLink& link = cast_.links[i];
    const std::vector<LinkView>& views = instances_[i]->links;
    const auto found = std::find_if(views.begin(), views.end(), [&](const LinkView& view) {
      return view.held_mode == link.held_mode && IsFrom(*link.request, graph_.context(view.link.context));
    });
    return found != views.end() ? *found : views.front();
  }

  // The schedule, one line for each step that takes a lock or begins to wait for one.
  void Tell(Failures failures) {
    const EpisodeProgram program(registry_, cast_, failures);
    const CycleReach reach = Hangs(failures);
    for (const ProgramStep& step : reach.schedule) {
      const LockProgram::Thread& thread = program.program().threads[Index(step.runner.thread)];
      const LockProgram::Op& op = thread.ops[Index(step.op)];
      const Wording text = Text(program, op);
      if (text.text().empty() || step.result == StepResult::kAnnounced) continue;
      result_.witness.push_back(thread.name + ": " + text + (step.result == StepResult::kNotGot ? " fails" : ""));
    }
    for (const RunnerState& runner : reach.at_end) {
      if (runner.ended) continue;
      const LockProgram::Thread& thread = program.program().threads[Index(runner.name.thread)];
      result_.witness.push_back(thread.name + ": " + Text(program, thread.ops[Index(runner.op)]) + " waits");
    }
  }

  Wording Text(const EpisodeProgram& program, const LockProgram::Op& op) const {
    const Wording lock = op.lock == LockProgram::kNone ? "" : Name(program.lock(op.lock));
    const bool shared = IsShared(op.mode);
    switch (op.code) {
      case Code::kTake:
        if (op.kind == Kind::kTrylock) return (shared ? "tryread " : "trylock ") + lock;
        return (shared ? "read " : "lock ") + lock;
      case Code::kUnlock: return "unlock " + lock;
      case Code::kDowngrade: return "downgrade " + lock;
      case Code::kSync: return "sync " + lock;
      default: return "";
    }
  }

  // --- Why not -----------------------------------------------------------------------------------------------

  void NoteRefuted() {
    EpisodeCast cast = cast_;
    for (const EpisodeRequest* request : Requests()) {
      cast.names.push_back(request->seen.empty() ? registry_.role(request->role).name
                                                 : registry_.name(request->seen.front().name));
    }
    const bool first = refuted_keys_.insert(EpisodeProgram(registry_, cast, Failures::kFree).Key()).second;
    if (first && refuted_.size() < kExplainedMax) refuted_.push_back(std::move(cast));
  }

  void NoteReason(EpisodeReason reason) {
    const bool known = std::any_of(result_.reasons.begin(), result_.reasons.end(), [&](const EpisodeReason& each) {
      return each.kind == reason.kind && each.locks == reason.locks;
    });
    if (!known) result_.reasons.push_back(std::move(reason));
  }

  void Explain() {
    result_.verdict = Verdict::kFalse;
    for (const RoleId role : single_roles_) {
      const RoleInfo& info = registry_.role(role);
      result_.declared = result_.declared || info.declared_single;
      NoteReason({ReasonKind::kSameThread,
                  {},
                  "two of the sides are '" + info.name + "', of which only one " +
                      (info.declared_single ? "is declared to exist" : "can exist")});
    }
    result_.declared = result_.declared || MeetsDeclaredLock();
    for (const EpisodeCast& cast : refuted_) {
      const EpisodeProgram program(registry_, cast, Failures::kFree);
      ExploreOptions options;
      options.states_max = kExplanationStatesMax;
      const Explanation explanation = ExplainByRemoval(program.program(), program.target(), options);
      for (const std::vector<Protection>& set : explanation.sets) {
        for (const Protection& protection : set) NoteReason(WithLockIds(program, protection));
      }
    }
    if (!result_.reasons.empty()) return;
    NoteReason({ReasonKind::kCannotRunConcurrently, {}, "no schedule of " + Scope() + " brings all sides together"});
  }

  // Whether it may be that the sides only do not meet because a gate is said to exclude them.
  bool MeetsDeclaredLock() const {
    return std::any_of(used_.begin(), used_.end(), [&](const EpisodeRequest* request) {
      return std::any_of(request->ops.begin(), request->ops.end(),
                         [&](const EpisodeOp& op) { return registry_.lock(op.lock).declared; });
    });
  }

  static EpisodeReason WithLockIds(const EpisodeProgram& program, const Protection& protection) {
    EpisodeReason reason{protection.kind, {}, protection.evidence};
    for (const int lock : protection.locks) reason.locks.push_back(program.lock(lock));
    return reason;
  }

  std::string Scope() const {
    std::set<RoleId> roles;
    for (const EpisodeRequest* request : used_) roles.insert(request->role);
    const auto count = [](std::size_t n, const std::string& what) {
      return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
    };
    return count(used_.size(), "episode") + " of " + count(roles.size(), "role") + " (" + count(states_, "state") + ")";
  }

  Wording Name(LockId lock) const { return registry_.Named(lock); }

  const DependencyGraph& graph_;
  const Registry& registry_;
  const EpisodeEvidence& evidence_;
  const EpisodeIndex& index_;
  const NodeCycle& nodes_;
  const Refuter refuter_;
  std::uint64_t states_left_;
  std::uint64_t states_ = 0;
  std::size_t choices_ = 0;

  std::vector<std::vector<InstanceLink>> slots_;
  std::vector<const InstanceLink*> instances_;  // chosen
  EpisodeCast cast_;                            // chosen
  std::set<std::pair<LockId, LockId>> checked_;
  absl::flat_hash_map<std::string, CycleReach> searched_;
  std::set<Wording, ByTextAndLocks> obstacles_;
  std::set<RoleId> single_roles_;
  absl::flat_hash_set<const EpisodeRequest*> used_;
  std::set<std::string> refuted_keys_;
  std::vector<EpisodeCast> refuted_;
  EpisodeVerdict result_;
};

}  // namespace

EpisodeSearch::EpisodeSearch(const DependencyGraph& graph, const Registry& registry, const EpisodeEvidence& evidence)
    : graph_(graph), registry_(registry), evidence_(evidence), index_(evidence.episodes) {}

EpisodeVerdict EpisodeSearch::Judge(const NodeCycle& nodes) const {
  return Judgement(graph_, registry_, evidence_, index_, nodes).Run();
}

}  // namespace lockdep
