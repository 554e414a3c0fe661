#include "lockdep/recording_replay.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "lockdep/new_lock_orders.h"
#include "lockdep/recorded_code.h"
#include "lockdep/recorded_doubts.h"
#include "lockdep/recorded_facts.h"
#include "lockdep/recorded_hangs.h"
#include "lockdep/recorded_world.h"
#include "lockdep/validator.h"

namespace lockdep {
namespace {

using recording::HeldEntry;
using recording::RecordHead;
using recording::RecordType;

// What one validator is to find: everything but what the others do; what handlers of one signal may find held; orders
// among classes.  And one that only has to know what threads and locks are called.
enum class PassKind { kMain, kSignal, kClasses, kNames };
struct Pass {
  PassKind kind = PassKind::kMain;
  std::uint32_t signal = 0;
};

constexpr std::uint64_t SignalBit(std::uint32_t signal) {
  return signal >= 1 && signal <= 64 ? std::uint64_t{1} << (signal - 1) : 0;
}

std::string HandlerName(std::uint32_t signal) {
  const char* const name = sigabbrev_np(static_cast<int>(signal));
  return RecordedDoubts::kHandlerRole +
         (name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name);
}

// By the recording's numbers: held and wanted.
using Order = std::pair<std::uint32_t, std::uint32_t>;
using Orders = absl::flat_hash_set<Order>;

class Replayer {
 public:
  // As if the orders of `left_out` had not been seen.
  Replayer(const Recording& recording, const RecordedFacts& facts, RecordedCode& code, const ReplayOptions& options,
           Pass pass, const Orders* left_out = nullptr)
      : recording_(recording),
        facts_(facts),
        code_(code),
        source_(options.source),
        pass_(pass),
        validator_(ValidatorOptionsOf(pass, options)),
        world_(facts, code, validator_,
               {pass.kind == PassKind::kClasses, options.classes_by_site, options.threads_as_seen}),
        doubts_({recording.header().futex_calls != 0, recording.header().imports, SomeUnseen(), options.new_locks}),
        left_out_(left_out) {}

  RecordedFindings Run() {
    FollowAll();
    for (const recording::OrderRecord* order : orders_) AddOrder(*order);
    const recording::RecordingHeader& header = recording_.header();
    if (const std::uint64_t lost = header.lost_events + header.capped; lost != 0) validator_.NoteLostEvents(lost);
    if (WasCutShort()) validator_.NoteLostEvents(1);
    for (auto& [number, thread] : world_.threads()) MarkUnfinished(thread);

    RecordedFindings result;
    result.findings = validator_.Findings();
    for (Finding& finding : result.findings) {
      doubts_.Cap(finding);
      world_.Symbolize(finding);
    }
    for (const recording::HangRecord* hang : hangs_) AddHang(*hang, world_, source_, result.findings);
    for (Finding& finding : result.findings) finding.unpublished &= finding.verdict == Verdict::kUnknown;
    result.notes = validator_.Notes();
    AddNotes(result.notes);
    return result;
  }

  // After Run: the orders that cannot be in anybody's way, as far as was seen.
  Orders UnpublishedOrders() const {
    Orders orders;
    for (const NumberedOrder& each : maybe_unpublished_) {
      if (doubts_.IsUnpublished(each.locks.first, each.locks.second)) orders.insert(each.numbers);
    }
    return orders;
  }

  // Those of handlers of one signal.
  std::vector<Finding> RunForSignal() {
    FollowAll();
    std::vector<Finding> all = validator_.Findings();
    std::set<std::string> inconsistent;
    for (const Finding& finding : all) {
      if (finding.kind == FindingKind::kInconsistentState) inconsistent.insert(finding.locks[0].name);
    }
    std::vector<Finding> findings;
    for (Finding& finding : all) {
      const bool is_order = finding.kind == FindingKind::kIrqUnsafeOrder || finding.kind == FindingKind::kIrqInversion;
      // A lock that a handler takes where it may be held is wrong by itself; the ways to it say nothing more.
      const bool is_told =
          is_order && inconsistent.contains(finding.locks[static_cast<std::size_t>(finding.cycle_length) - 1].name);
      if (is_told || (!is_order && finding.kind != FindingKind::kInconsistentState)) continue;
      world_.Symbolize(finding);
      findings.push_back(std::move(finding));
    }
    return findings;
  }

  std::vector<Finding> RunForClasses() {
    FollowAll();
    std::vector<Finding> findings = validator_.Findings();
    for (Finding& finding : findings) world_.Symbolize(finding);
    return findings;
  }

  std::vector<std::string> RunForStatuses() {
    FollowAll();
    return std::move(statuses_);
  }

 private:
  static ValidatorOptions ValidatorOptionsOf(const Pass& pass, const ReplayOptions& replay) {
    ValidatorOptions options;
    options.source = replay.source;
    options.sites_are_code = false;
    options.track_usage = pass.kind == PassKind::kSignal;
    if (pass.kind == PassKind::kSignal) options.signal_handler = HandlerName(pass.signal);
    return options;
  }

  void FollowAll() {
    for (const RecordHead* head : recording_.records()) Follow(head);
  }

  void Follow(const RecordHead* head) {
    world_.Follow(head);
    const bool looks_for_orders = pass_.kind == PassKind::kMain || pass_.kind == PassKind::kClasses;
    switch (head->type) {
      case RecordType::kChain:
        if (looks_for_orders) AddChain(As<recording::ChainRecord>(head));
        if (pass_.kind == PassKind::kSignal) AddUsage(As<recording::ChainRecord>(head));
        break;
      case RecordType::kEpisode:
        if (looks_for_orders) AddEpisode(As<recording::EpisodeRecord>(head));
        break;
      case RecordType::kMisuse:
        if (pass_.kind == PassKind::kMain) AddMisuse(As<recording::MisuseRecord>(head));
        break;
      case RecordType::kHeldLong:
        if (pass_.kind == PassKind::kMain) AddHeldLong(As<recording::HeldLongRecord>(head));
        break;
      case RecordType::kHang: hangs_.push_back(&As<recording::HangRecord>(head)); break;
      case RecordType::kStatus:
        if (pass_.kind == PassKind::kNames) {
          statuses_.push_back(DescribeStatus(As<recording::HangRecord>(head), world_));
        }
        break;
      case RecordType::kOrder: orders_.push_back(&As<recording::OrderRecord>(head)); break;
      case RecordType::kName:
      case RecordType::kNoLock: break;  // RecordedFacts
      case RecordType::kModule:
      case RecordType::kLock:
      case RecordType::kRole:
      case RecordType::kThread:
      case RecordType::kThreadEnd:
      case RecordType::kJoin:
      case RecordType::kQuiet: break;  // RecordedWorld
    }
  }

  // --- What threads did -----------------------------------------------------------------------------

  // Whether it was in the middle of something when the recording ended.
  void MarkUnfinished(RecordedThread& thread) {
    if (thread.state == nullptr || thread.quiet) return;
    LockInfo info;
    info.name = "something held at the end";
    Push(*thread.state, validator_.AddLock(info), How::Of(Mode::kExclusive), 0);
  }

  void Push(ThreadState& state, LockId lock, How how, Site site) {
    const Request request{lock, how, 0, site};
    state.held.Push(request, state.held.KeyOf(request));
  }

  void Hold(ThreadState& state, std::span<const HeldEntry> entries) {
    for (const HeldEntry& entry : entries) {
      if (facts_.no_locks.contains(entry.lock)) continue;
      const LockId lock = world_.LockOf(entry.lock).id;
      Push(state, lock, world_.HowOf(lock, entry.how), world_.SiteOf(code_.Stack(entry.where)));
    }
  }
  static void HoldNothing(ThreadState& state) {
    while (state.held.depth() > 0) state.held.PopTop();
    state.held.RememberEpisode();
  }

  RecordedThread& Prepare(std::uint32_t number, std::uint32_t marks, std::uint16_t flags) {
    RecordedThread& thread = world_.ThreadOf(number);
    if ((flags & recording::kPastOpen) != 0) world_.OpenPast(thread);
    thread.state->marks = marks;
    return thread;
  }

  // As one signal's handlers see it: they hold nothing of what they interrupted.
  void AddUsage(const recording::ChainRecord& record) {
    if ((record.head.flags & recording::kOfJoin) != 0 || facts_.no_locks.contains(record.wanted.lock)) return;
    ThreadState& state = *Prepare(record.thread, record.marks, record.head.flags).state;
    const bool in_handler = record.signal == pass_.signal;
    const std::span<const HeldEntry> held = HeldOf(record);
    const std::size_t below = record.signal == 0 ? 0 : std::min<std::size_t>(record.below, held.size());
    const Site site = world_.SiteOf(code_.Stack(FramesOf(record)));
    validator_.SetSignals(state, (record.open & SignalBit(pass_.signal)) != 0);
    if (in_handler) validator_.EnterContext(state, Context::kSignal);
    Hold(state, held.subspan(below));
    const LockId lock = world_.LockOf(record.wanted.lock).id;
    if (state.held.Find(lock) < 0) validator_.Acquire(state, {lock, world_.HowOf(lock, record.wanted.how), 0, site});
    HoldNothing(state);
    if (in_handler) validator_.LeaveContext(state, site);
  }

  // Only that nobody contradicts it is to be found: the order itself was not seen.
  void AddOrder(const recording::OrderRecord& record) {
    if (facts_.no_locks.contains(record.outer) || facts_.no_locks.contains(record.inner) ||
        record.outer == record.inner)
      return;
    const RecordedLock outer = world_.LockOf(record.outer);
    const RecordedLock inner = world_.LockOf(record.inner);
    doubts_.orders().NoteDeclared(outer.id, inner.id);
    if (doubts_.orders().Saw(outer.id, inner.id)) return;
    ThreadState& declaring = world_.AnyThread(RecordedDoubts::kDeclaringRole);
    const Site site = world_.SiteOf(code_.Stack(record.where));
    Push(declaring, outer.id, world_.HowOf(outer.id, 0), site);
    validator_.Acquire(declaring, {inner.id, world_.HowOf(inner.id, 0), 0, site});
    HoldNothing(declaring);
  }

  bool WasCutShort() const { return recording_.header().full != 0 || !recording_.damage().empty(); }
  // Not what is left out because it has the shape of what is there.
  bool SomeUnseen() const { return recording_.header().lost_events != 0 || WasCutShort(); }

  void NoteOrders(const recording::ChainRecord& record) {
    using Novelty = NewLockOrders::Novelty;
    const auto note = [&](std::uint32_t number) -> NewLockOrders::Lock {
      const RecordedLock& lock = world_.LockOf(number);
      if (lock.shared) doubts_.NoteShared(lock.id);
      if (lock.robust) doubts_.NoteRobust(lock.id, lock.described.name);
      return {lock.id, lock.kind};
    };
    const unsigned wants = record.wanted.how;
    const NewLockOrders::Lock wanted = note(record.wanted.lock);
    for (const HeldEntry& entry : HeldOf(record)) {
      if (facts_.no_locks.contains(entry.lock)) continue;
      const bool unpublished = (wants & HeldEntry::kUnpublished) != 0 || ((entry.how & HeldEntry::kUnpublished) != 0 &&
                                                                          (wants & HeldEntry::kStillUnpublished) != 0);
      const bool is_new = ((wants | entry.how) & HeldEntry::kNew) != 0;
      const NewLockOrders::Lock held = note(entry.lock);
      doubts_.orders().Note(held, wanted,
                            unpublished ? Novelty::kUnpublished
                            : is_new    ? Novelty::kUsedByMaker
                                        : Novelty::kNone);
      if (unpublished) maybe_unpublished_.push_back({{entry.lock, record.wanted.lock}, {held.id, wanted.id}});
    }
  }

  void AddChain(const recording::ChainRecord& record) {
    if (facts_.no_locks.contains(record.wanted.lock) && (record.head.flags & recording::kOfJoin) == 0) return;
    if ((record.head.flags & recording::kOpened) != 0) return;
    ThreadState& thread = *Prepare(record.thread, record.marks, record.head.flags).state;
    const bool in_handler = record.signal != 0 && (record.head.flags & recording::kOfJoin) == 0;
    if (!in_handler) {
      AddRequest(record, thread, HeldOf(record));
      return;
    }
    // It may run in any thread, wherever its signal can come: not only while what it interrupted here was held.
    ThreadState& handler = world_.AnyThread(HandlerName(record.signal));
    const std::span<const HeldEntry> held = HeldOf(record);
    AddRequest(record, handler, held);
    AddRequest(record, handler, held.subspan(std::min<std::size_t>(record.below, held.size())));
  }

  void AddRequest(const recording::ChainRecord& record, ThreadState& state, std::span<const HeldEntry> held) {
    for (const HeldEntry& entry : held) {
      // Who asks for it again may not have it any more.
      if (entry.lock == record.wanted.lock && facts_.given_back_by_others.contains(entry.lock)) continue;
      if (left_out_ != nullptr && left_out_->contains({entry.lock, record.wanted.lock})) continue;
      Hold(state, std::span(&entry, 1));
    }
    const Site site = world_.SiteOf(code_.Stack(FramesOf(record)));
    if ((record.head.flags & recording::kOfJoin) != 0) {
      validator_.Join(state, world_.RoleOf(record.wanted.lock), site);
    } else {
      const LockId lock = world_.LockOf(record.wanted.lock).id;
      NoteOrders(record);
      validator_.Acquire(state, {lock, world_.HowOf(lock, record.wanted.how), 0, site});
    }
    HoldNothing(state);
  }

  void AddEpisode(const recording::EpisodeRecord& record) {
    RecordedThread& thread = Prepare(record.thread, record.marks, record.head.flags);
    ThreadState& state = *thread.state;
    const bool has_own_try = (record.head.flags & recording::kTryIsOwn) != 0;
    bool complete = (record.head.flags & recording::kIncomplete) == 0;
    bool parts = false;
    std::uint32_t failed = 0;
    for (const recording::EpisodeOperation& operation : OperationsOf(record)) {
      if (facts_.no_locks.contains(operation.lock)) continue;
      const LockId lock = world_.LockOf(operation.lock).id;
      const How how = world_.HowOf(lock, operation.how);
      const auto kind = static_cast<EpisodeOpKind>(operation.op);
      if (kind == EpisodeOpKind::kAcquire) {
        Push(state, lock, how, 0);
      } else if (kind == EpisodeOpKind::kRelease) {
        const int index = state.held.Find(lock);
        if (index < 0) {
          complete = false;
        } else if (state.held.depth() == 1) {
          // The end of it; or only of a part, for what was held around the parts is no lock.
          const bool is_last = &operation == &OperationsOf(record).back();
          parts = parts || !is_last;
          EndEpisode(thread, complete, failed, !parts && has_own_try);
          failed = 0;
        } else if (static_cast<std::size_t>(index) + 1 == state.held.depth()) {
          state.held.PopTop();
        } else {
          state.held.Erase(static_cast<std::size_t>(index));
        }
      } else {
        if (kind == EpisodeOpKind::kTryFailed) ++failed;
        state.held.NoteOperation({lock, how, kind});
      }
    }
    EndEpisode(thread, complete, failed, !parts && has_own_try);
  }

  void EndEpisode(RecordedThread& thread, bool complete, std::uint32_t failed_tries, bool has_own_try) {
    ThreadState& state = *thread.state;
    if (!complete) state.held.MarkEpisodeIncomplete();
    while (state.held.depth() > 0) state.held.PopTop();
    if (state.held.EpisodeIsNew()) {
      state.has_past_before_try = has_own_try;
      state.past_before_try = has_own_try ? thread.past_before_open : nullptr;
      state.failed_tries = has_own_try ? failed_tries : failed_tries + 1;
      validator_.NewEpisode(state);
    }
    state.held.RememberEpisode();
  }

  void AddMisuse(const recording::MisuseRecord& record) {
    ThreadState& state = *world_.ThreadOf(record.thread).state;
    const LockId lock = world_.LockOf(record.lock.lock).id;
    std::vector<std::uintptr_t> pcs =
        record.frames != 0 ? code_.Stack(FramesOf(record)) : code_.Stack(record.lock.where);
    const Site site = world_.SiteOf(std::move(pcs));
    switch (record.misuse) {
      case recording::Misuse::kUnbalancedUnlock:
        if ((record.head.flags & recording::MisuseRecord::kUncertain) != 0) return;
        Hold(state, HeldOf(record));
        if (state.held.Find(lock) < 0) validator_.Release(state, lock, site);
        break;
      case recording::Misuse::kDestroyedWhileHeld:
      case recording::Misuse::kFreedWhileHeld:
        Hold(state, HeldOf(record));
        validator_.Destroy(state, lock, site, (record.head.flags & recording::MisuseRecord::kHeldElsewhere) != 0);
        break;
      case recording::Misuse::kHeldAtExit:
        // Told by the end of the thread, which follows.
        Push(state, lock, world_.HowOf(lock, record.lock.how), world_.SiteOf(code_.Stack(record.lock.where)));
        return;
    }
    HoldNothing(state);
  }

  // Of one lock, by one thread, with the same places, the longest one.
  void AddHeldLong(const recording::HeldLongRecord& record) {
    std::uint64_t& longest =
        held_long_[{world_.LockOf(record.lock.lock).described.name, world_.ThreadText(record.thread),
                    world_.PlaceText(record.lock.where), world_.PlaceText(record.released)}];
    longest = std::max(longest, record.ns);
  }

  void AddNotes(std::vector<std::string>& notes) const {
    const recording::RecordingHeader& header = recording_.header();
    if (!recording_.damage().empty()) notes.push_back(recording_.damage());
    for (const auto& [hold, ns] : held_long_) {
      const auto& [lock, thread, from, to] = hold;
      const std::string time =
          ns >= 10'000'000 ? std::to_string(ns / 1'000'000) + " ms" : std::to_string(ns / 1'000) + " us";
      notes.push_back(source_ + ": " + lock + " was held for " + time + ", by " + thread + ": from " + from + " to " +
                      to);
    }
    for (const std::string& role : world_.contradicted()) {
      notes.push_back(source_ + ": two threads at a time have the role '" + role +
                      "', which is declared to be of one: the declaration is not used");
    }
    if (header.lost_events != 0) {
      notes.push_back(
          source_ + ": " + std::to_string(header.lost_events) +
          " operations were not seen (in a signal handler that interrupted the recorder, after the end of a "
          "thread, before the C library was ready, or by a way past the recorder)");
    }
    if (header.capped != 0) {
      notes.push_back(source_ + ": of orders that differ in nothing but their locks, " +
                      std::to_string(recording::kInstancesPerShape) + " are kept; " + std::to_string(header.capped) +
                      " were not");
    }
    if (header.full != 0) {
      notes.push_back(source_ + (header.full == 1 ? ": the recording is full: what came later was not recorded"
                                 : header.full == recording::kDamaged
                                     ? ": the recording is damaged: what came later is not known"
                                     : ": the disk is full: what came later was not recorded"));
    }
  }

  const Recording& recording_;
  const RecordedFacts& facts_;
  RecordedCode& code_;
  const std::string source_;
  const Pass pass_;
  Validator validator_;
  RecordedWorld world_;
  RecordedDoubts doubts_;
  const Orders* const left_out_;
  struct NumberedOrder {
    Order numbers;  // of the recording
    std::pair<LockId, LockId> locks;
  };
  std::vector<NumberedOrder> maybe_unpublished_;
  std::vector<const recording::HangRecord*> hangs_;
  std::vector<const recording::OrderRecord*> orders_;
  std::vector<std::string> statuses_;
  // Nanoseconds, by lock, thread, and the places where it was taken and given back.
  std::map<std::tuple<std::string, std::string, std::string, std::string>, std::uint64_t> held_long_;
};

// Signals in whose handlers something was asked for.
std::set<std::uint32_t> SignalsThatLock(const Recording& recording) {
  std::set<std::uint32_t> signals;
  for (const RecordHead* head : recording.records()) {
    if (head->type != RecordType::kChain) continue;
    const std::uint32_t signal = As<recording::ChainRecord>(head).signal;
    if (SignalBit(signal) != 0) signals.insert(signal);
  }
  return signals;
}

bool AreSame(const Finding& a, const Finding& b) { return a.kind == b.kind && a.fingerprint == b.fingerprint; }

bool IsAmong(const std::vector<Finding>& findings, const Finding& finding) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& each) { return AreSame(each, finding); });
}

// A short cycle that does not count may have kept a longer one from being told that does: it goes by other orders.
void AddWithoutUnpublished(std::vector<Finding> others, std::vector<Finding>& findings) {
  for (Finding& other : others) {
    if (other.kind != FindingKind::kCircular) continue;
    const bool known = std::any_of(findings.begin(), findings.end(),
                                   [&](const Finding& each) { return AreSame(each, other) && !each.unpublished; });
    if (!known) findings.push_back(std::move(other));
  }
}

std::string ClassNote(const Finding& finding, const std::string& source) {
  std::string names;
  for (int i = 0; i < finding.cycle_length; ++i) {
    names += finding.locks[static_cast<std::size_t>(i)].name + " -> ";
  }
  names += finding.locks[0].name;
  return source + ": by classes of locks: " + std::string(ToString(finding.kind)) + ": " + names;
}

}  // namespace

RecordedFindings Replay(const Recording& recording, const ReplayOptions& options) {
  const RecordedFacts facts(recording);
  RecordedCode code(recording);
  Replayer replayer(recording, facts, code, options, {});
  RecordedFindings result = replayer.Run();
  if (const Orders unpublished = replayer.UnpublishedOrders();
      !unpublished.empty() && std::any_of(result.findings.begin(), result.findings.end(),
                                          [](const Finding& finding) { return finding.unpublished; })) {
    AddWithoutUnpublished(Replayer(recording, facts, code, options, {}, &unpublished).Run().findings, result.findings);
  }
  for (const std::uint32_t signal : SignalsThatLock(recording)) {
    Replayer of_signal(recording, facts, code, options, {PassKind::kSignal, signal});
    for (Finding& finding : of_signal.RunForSignal()) {
      if (!IsAmong(result.findings, finding)) result.findings.push_back(std::move(finding));
    }
  }
  if (!options.classes_by_site && facts.class_names.empty()) return result;
  for (const Finding& finding : Replayer(recording, facts, code, options, {PassKind::kClasses, 0}).RunForClasses()) {
    // That no instance was on both sides is no reason against it: that is why it is but a note.
    const bool is_refuted = finding.verdict == Verdict::kFalse &&
                            std::any_of(finding.reasons.begin(), finding.reasons.end(),
                                        [](const Reason& reason) { return reason.kind != ReasonKind::kClassAliasing; });
    const bool is_new = !is_refuted && !IsAmong(result.findings, finding);
    if (is_new && finding.cycle_length > 0) result.notes.push_back(ClassNote(finding, options.source));
  }
  return result;
}

std::vector<std::string> Statuses(const Recording& recording) {
  const RecordedFacts facts(recording);
  RecordedCode code(recording);
  return Replayer(recording, facts, code, {}, {PassKind::kNames, 0}).RunForStatuses();
}

}  // namespace lockdep
