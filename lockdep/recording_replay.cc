#include "lockdep/recording_replay.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "lockdep/hang.h"
#include "lockdep/recorded_code.h"
#include "lockdep/recorded_doubts.h"
#include "lockdep/recorded_names.h"
#include "lockdep/recorded_roles.h"
#include "lockdep/symbolize.h"
#include "lockdep/valid_utf8.h"
#include "lockdep/validator.h"

namespace lockdep {
namespace {

using recording::HeldEntry;
using recording::RecordHead;
using recording::RecordType;

struct KnownLock {
  LockId id = 0;
  FindingLock described;
};

struct KnownRole {
  RoleId id = 0;
  std::string name;
};

struct RecordedThread {
  ThreadState* state = nullptr;  // null: it has ended
  RoleId role = 0;
  std::string name;
  std::string role_name;
  ThreadOrigin end;
  bool quiet = false;
  // The past before the thread first waited for what is no lock.
  ThreadPast::Ref past_before_open;
};

// What a validator is to find.
struct Pass {
  std::string source;
  int signal = 0;        // in whose handler locks are taken; 0: everything else
  bool classes = false;  // that the program declares
  bool sites = false;    // locks that were made at one place are a class, too
  bool threads_as_seen = false;
};

constexpr std::uint64_t SignalBit(std::uint32_t signal) {
  return signal >= 1 && signal <= 64 ? std::uint64_t{1} << (signal - 1) : 0;
}

std::string SignalName(std::uint32_t signal) {
  const char* const name = sigabbrev_np(static_cast<int>(signal));
  return name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name;
}

class Replayer {
 public:
  Replayer(const Recording& recording, Pass pass)
      : recording_(recording),
        pass_(std::move(pass)),
        code_(recording),
        validator_(Options(pass_)),
        doubts_(recording.header().futex_calls != 0) {
    LookAhead();
  }

  ~Replayer() {
    for (const auto& [number, thread] : threads_) {
      if (thread.state != nullptr) validator_.ForgetThread(thread.state);
    }
    if (declaring_ != nullptr) validator_.ForgetThread(declaring_);
    for (const auto& [signal, state] : handlers_) validator_.ForgetThread(state);
  }
  Replayer(const Replayer&) = delete;
  Replayer& operator=(const Replayer&) = delete;

  RecordedFindings Run() {
    for (const RecordHead* head : recording_.records()) Follow(head);
    for (const recording::OrderRecord* order : orders_) AddOrder(*order);
    const recording::RecordingHeader& header = recording_.header();
    if (const std::uint64_t lost = header.lost_events + header.capped; lost != 0) validator_.NoteLostEvents(lost);
    if (header.full != 0 || !recording_.damage().empty()) validator_.NoteLostEvents(1);
    for (auto& [number, thread] : threads_) MarkUnfinished(thread);

    RecordedFindings result;
    result.findings = validator_.Findings();
    for (Finding& finding : result.findings) {
      doubts_.Cap(finding);
      Symbolize(finding);
    }
    for (const RecordHead* hang : hangs_) AddHang(As<recording::HangRecord>(hang), result.findings);
    result.notes = validator_.Notes();
    AddNotes(result.notes);
    for (const RecordHead* status : statuses_) result.statuses.push_back(Describe(As<recording::HangRecord>(status)));
    return result;
  }

  // Those of handlers of one signal.
  std::vector<Finding> RunForSignal() {
    for (const RecordHead* head : recording_.records()) Follow(head);
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
      Symbolize(finding);
      findings.push_back(std::move(finding));
    }
    return findings;
  }

  // Those of classes of locks.
  std::vector<Finding> RunForClasses() {
    for (const RecordHead* head : recording_.records()) Follow(head);
    std::vector<Finding> findings = validator_.Findings();
    for (Finding& finding : findings) Symbolize(finding);
    return findings;
  }

  // Signals in whose handlers something was asked for.
  std::set<std::uint32_t> SignalsThatLock() const {
    std::set<std::uint32_t> signals;
    for (const RecordHead* head : recording_.records()) {
      if (head->type != RecordType::kChain) continue;
      const std::uint32_t signal = As<recording::ChainRecord>(head).signal;
      if (SignalBit(signal) != 0) signals.insert(signal);
    }
    return signals;
  }
  bool HasClasses() const { return pass_.sites || !class_names_.empty(); }

 private:
  static ValidatorOptions Options(const Pass& pass) {
    ValidatorOptions options;
    options.source = pass.source;
    options.sites_are_code = false;
    options.track_usage = pass.signal != 0;
    if (pass.signal != 0) {
      options.signal_handler = RecordedDoubts::kHandlerRole + SignalName(static_cast<std::uint32_t>(pass.signal));
    }
    return options;
  }

  // What is known only later, but counts from the start.
  void LookAhead() {
    not_single_ = RolesOfTwoAtOnce(recording_);
    for (const RecordHead* head : recording_.records()) {
      switch (head->type) {
        case RecordType::kMisuse: {
          const auto& misuse = As<recording::MisuseRecord>(head);
          if (misuse.misuse == recording::Misuse::kUnbalancedUnlock) given_back_by_others_.insert(misuse.lock.lock);
          break;
        }
        case RecordType::kNoLock: no_locks_.insert(As<recording::NoLockRecord>(head).lock); break;
        case RecordType::kName: {
          const auto& name = As<recording::NameRecord>(head);
          const bool of_class = (head->flags & recording::NameRecord::kOfClass) != 0;
          (of_class ? class_names_ : names_)[name.lock] = ValidUtf8(TextOf(name));
          break;
        }
        case RecordType::kThread: ++started_[As<recording::ThreadRecord>(head).role]; break;
        default: break;
      }
    }
  }

  void Symbolize(Finding& finding) {
    lockdep::Symbolize(finding, [this](std::uintptr_t pc) { return code_.FramesAt(pc); });
  }
  void Symbolize(Place& place) {
    lockdep::Symbolize(place, [this](std::uintptr_t pc) { return code_.FramesAt(pc); });
  }

  void Follow(const RecordHead* head) {
    switch (head->type) {
      case RecordType::kModule: code_.Follow(As<recording::ModuleRecord>(head)); break;
      case RecordType::kLock: AddLock(As<recording::LockRecord>(head)); break;
      case RecordType::kRole: AddRole(As<recording::RoleRecord>(head)); break;
      case RecordType::kThread: StartThread(As<recording::ThreadRecord>(head)); break;
      case RecordType::kThreadEnd: EndThread(As<recording::ThreadEndRecord>(head)); break;
      case RecordType::kJoin: JoinThread(As<recording::JoinRecord>(head)); break;
      case RecordType::kChain:
        if (pass_.signal != 0) {
          AddUsage(As<recording::ChainRecord>(head));
        } else {
          AddChain(As<recording::ChainRecord>(head));
        }
        break;
      case RecordType::kEpisode:
        if (pass_.signal == 0) AddEpisode(As<recording::EpisodeRecord>(head));
        break;
      case RecordType::kMisuse:
        if (IsMain()) AddMisuse(As<recording::MisuseRecord>(head));
        break;
      case RecordType::kHang: hangs_.push_back(head); break;
      case RecordType::kStatus: statuses_.push_back(head); break;
      case RecordType::kHeldLong: AddHeldLong(As<recording::HeldLongRecord>(head)); break;
      case RecordType::kOrder: orders_.push_back(&As<recording::OrderRecord>(head)); break;
      case RecordType::kName:
      case RecordType::kNoLock: break;  // LookAhead
      case RecordType::kQuiet: ThreadOf(As<recording::QuietRecord>(head).thread).quiet = true; break;
    }
  }

  bool IsMain() const { return pass_.signal == 0 && !pass_.classes; }

  // --- What exists --------------------------------------------------------------------------------

  void AddLock(const recording::LockRecord& record) {
    LockInfo info = InfoOf(record, code_);
    // Who took it may be thought to hold it though another thread has given it back.
    if (info.doubt == Doubt::kNone && given_back_by_others_.contains(record.id)) info.doubt = Doubt::kIdentity;
    if (const auto name = names_.find(record.id); name != names_.end()) info.name = name->second;
    FindingLock described = DescriptionOf(info);
    if (pass_.classes) info.lock_class = ClassOf(record.id, info.name.empty() ? described.name : "");
    const LockId id = validator_.AddLock(info);
    locks_[record.id] = {id, std::move(described)};
  }

  // 0: none.  `birth` is empty where the lock has a name of its own.
  ClassId ClassOf(std::uint32_t lock, const std::string& birth) {
    const auto declared = class_names_.find(lock);
    std::string name = declared != class_names_.end() ? declared->second : "";
    if (name.empty() && pass_.sites) name = birth;
    if (name.empty()) return 0;
    const auto [it, is_new] = classes_.try_emplace(name, 0);
    if (is_new) {
      ClassInfo info;
      info.name = name;
      it->second = validator_.AddClass(std::move(info));
    }
    return it->second;
  }

  // A lock that was gone before it could be described has no record.
  const KnownLock& LockOf(std::uint32_t id) {
    const auto it = locks_.find(id);
    if (it != locks_.end()) return it->second;
    LockInfo info;
    info.name = "a lock that is gone";
    info.doubt = Doubt::kIdentity;
    KnownLock known;
    known.described.name = info.name;
    known.described.doubt = info.doubt;
    known.id = validator_.AddLock(info);
    return locks_[id] = std::move(known);
  }

  void AddRole(const recording::RoleRecord& record) {
    RoleInfo info;
    if (record.id == recording::kMainRole) {
      info.name = "main";
      info.single = true;
    } else if (record.id == recording::kForeignRole) {
      info.name = "a thread of unknown origin";
    } else if (!NameOf(record).empty()) {
      info.name = ValidUtf8(NameOf(record));
      const bool declared = (record.head.flags & recording::RoleRecord::kDeclaredSingle) != 0;
      info.single = declared && !not_single_.contains(record.id);
      info.declared_single = info.single;
      if (declared && !info.single) contradicted_.push_back(info.name);
    } else {
      info.name = RoleName(record, code_);
      info.single = pass_.threads_as_seen && started_[record.id] == 1 && recording_.header().full == 0;
      info.declared_single = info.single;
    }
    // Two roles of one name are two all the same.
    const int taken = ++role_names_[info.name];
    if (taken > 1) info.name += " (" + std::to_string(taken) + ")";
    const std::string name = info.name;
    roles_[record.id] = {validator_.AddRole(std::move(info)), name};
  }

  const KnownRole& RoleOf(std::uint32_t id) {
    const auto it = roles_.find(id);
    if (it != roles_.end()) return it->second;
    KnownRole known;
    known.name = "a role that was not recorded";
    RoleInfo info;
    info.name = known.name;
    known.id = validator_.AddRole(std::move(info));
    return roles_[id] = std::move(known);
  }

  // --- Threads --------------------------------------------------------------------------------------

  void StartThread(const recording::ThreadRecord& record) {
    RecordedThread& thread = threads_[record.number];
    if (thread.state != nullptr) return;  // a number stands for one thread
    const KnownRole& role = RoleOf(record.role);
    thread.role = role.id;
    thread.role_name = role.name;
    thread.name = record.role == recording::kMainRole ? "main" : "thread " + std::to_string(record.number);
    ThreadOrigin origin = ThreadOrigin::Unknown();
    const auto creator = threads_.find(record.creator);
    if ((record.head.flags & recording::ThreadRecord::kOriginKnown) != 0) {
      if (record.creator == 0) {
        origin = {};
      } else if (creator != threads_.end() && creator->second.state != nullptr) {
        ThreadState& state = *creator->second.state;
        if ((record.head.flags & recording::ThreadRecord::kCreatorsPastOpen) != 0) OpenPast(creator->second);
        state.marks = record.creator_marks - 1;  // Create makes one more
        origin = validator_.Create(state);
        if ((record.head.flags & recording::ThreadRecord::kEntangled) != 0) {
          origin.past = ThreadPast::Entangled(origin.past);
        }
      }
    }
    thread.state = validator_.StartThread(role.id, thread.name, origin);
  }

  // One that was not described has the least that can be said.
  RecordedThread& ThreadOf(std::uint32_t number) {
    RecordedThread& thread = threads_[number];
    if (thread.state != nullptr) return thread;
    const KnownRole& role = RoleOf(recording::kForeignRole);
    thread.role = role.id;
    thread.role_name = role.name;
    if (thread.name.empty()) thread.name = "thread " + std::to_string(number);
    thread.state = validator_.StartThread(role.id, thread.name, ThreadOrigin::Unknown());
    return thread;
  }

  void OpenPast(RecordedThread& thread) {
    if (thread.state->past && thread.state->past->open()) return;
    thread.past_before_open = thread.state->past;
    validator_.Observe(*thread.state);
  }

  void EndThread(const recording::ThreadEndRecord& record) {
    RecordedThread& thread = ThreadOf(record.thread);
    if ((record.head.flags & recording::kPastOpen) != 0) OpenPast(thread);
    thread.state->marks = record.marks - 1;  // EndThread makes one more
    thread.end = validator_.EndThread(thread.state, 0);
    thread.state = nullptr;
    thread.quiet = true;
  }

  void JoinThread(const recording::JoinRecord& record) {
    const auto joined = threads_.find(record.joined);
    RecordedThread& thread = ThreadOf(record.thread);
    if (joined == threads_.end() || joined->second.state != nullptr) return;  // it was not seen to end
    validator_.Joined(*thread.state, joined->second.end);
    if ((record.head.flags & recording::JoinRecord::kEntangled) != 0) {
      thread.state->past = ThreadPast::Entangled(thread.state->past);
    }
  }

  // Whether it was in the middle of something when the recording ended.
  void MarkUnfinished(RecordedThread& thread) {
    if (thread.state == nullptr || thread.quiet) return;
    LockInfo info;
    info.name = "something held at the end";
    Push(*thread.state, validator_.AddLock(info), How::Of(Mode::kExclusive), 0);
  }

  // --- What threads did -----------------------------------------------------------------------------

  Site SiteOf(std::vector<std::uintptr_t> pcs) {
    if (pcs.empty()) return 0;
    Place place;
    place.pcs = std::move(pcs);
    return validator_.AddSite(std::move(place));
  }

  How HowOf(LockId lock, std::uint16_t bits) const {
    const How how{bits};
    const Mode mode = static_cast<unsigned>(how.mode()) > 2 ? Mode::kExclusive : how.mode();
    const Kind kind = static_cast<unsigned>(how.kind()) > 2 ? Kind::kBlocking : how.kind();
    return validator_.HowFor(lock, How::Of(mode, kind));
  }

  void Push(ThreadState& state, LockId lock, How how, Site site) {
    const Request request{lock, how, 0, site};
    state.held.Push(request, state.held.KeyOf(request));
  }

  void Hold(ThreadState& state, std::span<const HeldEntry> entries) {
    for (const HeldEntry& entry : entries) {
      if (no_locks_.contains(entry.lock)) continue;
      const LockId lock = LockOf(entry.lock).id;
      Push(state, lock, HowOf(lock, entry.how), SiteOf(code_.Stack(entry.where)));
    }
  }
  static void HoldNothing(ThreadState& state) {
    while (state.held.depth() > 0) state.held.PopTop();
    state.held.RememberEpisode();
  }

  RecordedThread& Prepare(std::uint32_t number, std::uint32_t marks, std::uint16_t flags) {
    RecordedThread& thread = ThreadOf(number);
    if ((flags & recording::kPastOpen) != 0) OpenPast(thread);
    thread.state->marks = marks;
    return thread;
  }

  // As one signal's handlers see it: they hold nothing of what they interrupted.
  void AddUsage(const recording::ChainRecord& record) {
    if ((record.head.flags & recording::kOfJoin) != 0 || no_locks_.contains(record.wanted.lock)) return;
    ThreadState& state = *Prepare(record.thread, record.marks, record.head.flags).state;
    const bool in_handler = record.signal == static_cast<std::uint32_t>(pass_.signal);
    const std::span<const HeldEntry> held = HeldOf(record);
    const std::size_t below = record.signal == 0 ? 0 : std::min<std::size_t>(record.below, held.size());
    const Site site = SiteOf(code_.Stack(FramesOf(record)));
    validator_.SetSignals(state, (record.open & SignalBit(static_cast<std::uint32_t>(pass_.signal))) != 0);
    if (in_handler) validator_.EnterContext(state, Context::kSignal);
    Hold(state, held.subspan(below));
    const LockId lock = LockOf(record.wanted.lock).id;
    if (state.held.Find(lock) < 0) validator_.Acquire(state, {lock, HowOf(lock, record.wanted.how), 0, site});
    HoldNothing(state);
    if (in_handler) validator_.LeaveContext(state, site);
  }

  // Only that nobody contradicts it is to be found: the order itself was not seen.
  void AddOrder(const recording::OrderRecord& record) {
    if (no_locks_.contains(record.outer) || no_locks_.contains(record.inner) || record.outer == record.inner) return;
    const KnownLock outer = LockOf(record.outer);
    const KnownLock inner = LockOf(record.inner);
    if (doubts_.Saw(outer.id, inner.id)) return;
    if (declaring_ == nullptr) {
      RoleInfo info;
      info.name = RecordedDoubts::kDeclaringRole;
      const std::string name = info.name;
      declaring_ = validator_.StartThread(validator_.AddRole(std::move(info)), name, ThreadOrigin::Unknown());
    }
    const Site site = SiteOf(code_.Stack(record.where));
    Push(*declaring_, outer.id, HowOf(outer.id, 0), site);
    validator_.Acquire(*declaring_, {inner.id, HowOf(inner.id, 0), 0, site});
    HoldNothing(*declaring_);
  }

  void NoteOrders(const recording::ChainRecord& record) {
    const bool wants_new = (record.wanted.how & HeldEntry::kNew) != 0;
    const LockId wanted = LockOf(record.wanted.lock).id;
    for (const HeldEntry& entry : HeldOf(record)) {
      if (no_locks_.contains(entry.lock)) continue;
      doubts_.NoteOrder(LockOf(entry.lock).id, wanted, wants_new || (entry.how & HeldEntry::kNew) != 0);
    }
  }

  void AddChain(const recording::ChainRecord& record) {
    if (no_locks_.contains(record.wanted.lock) && (record.head.flags & recording::kOfJoin) == 0) return;
    if ((record.head.flags & recording::kOpened) != 0) return;
    ThreadState& thread = *Prepare(record.thread, record.marks, record.head.flags).state;
    const bool in_handler = record.signal != 0 && (record.head.flags & recording::kOfJoin) == 0;
    if (!in_handler) {
      AddRequest(record, thread, HeldOf(record));
      return;
    }
    // It may run in any thread, wherever its signal can come: not only while what it interrupted here was held.
    ThreadState& handler = HandlerState(record.signal);
    const std::span<const HeldEntry> held = HeldOf(record);
    AddRequest(record, handler, held);
    AddRequest(record, handler, held.subspan(std::min<std::size_t>(record.below, held.size())));
  }

  // Of the handlers of a signal, in whatever threads.
  ThreadState& HandlerState(std::uint32_t signal) {
    ThreadState*& state = handlers_[signal];
    if (state != nullptr) return *state;
    RoleInfo info;
    info.name = RecordedDoubts::kHandlerRole + SignalName(signal);
    const std::string name = info.name;
    state = validator_.StartThread(validator_.AddRole(std::move(info)), name, ThreadOrigin::Unknown());
    return *state;
  }

  void AddRequest(const recording::ChainRecord& record, ThreadState& state, std::span<const HeldEntry> held) {
    for (const HeldEntry& entry : held) {
      // Who asks for it again may not have it any more.
      if (entry.lock == record.wanted.lock && given_back_by_others_.contains(entry.lock)) continue;
      Hold(state, std::span(&entry, 1));
    }
    const Site site = SiteOf(code_.Stack(FramesOf(record)));
    if ((record.head.flags & recording::kOfJoin) != 0) {
      validator_.Join(state, RoleOf(record.wanted.lock).id, site);
    } else {
      const LockId lock = LockOf(record.wanted.lock).id;
      NoteOrders(record);
      validator_.Acquire(state, {lock, HowOf(lock, record.wanted.how), 0, site});
    }
    HoldNothing(state);
  }

  void AddEpisode(const recording::EpisodeRecord& record) {
    RecordedThread& thread = Prepare(record.thread, record.marks, record.head.flags);
    ThreadState& state = *thread.state;
    bool complete = (record.head.flags & recording::kIncomplete) == 0;
    std::uint32_t failed = 0;
    for (const recording::EpisodeOperation& operation : OperationsOf(record)) {
      if (no_locks_.contains(operation.lock)) continue;
      const LockId lock = LockOf(operation.lock).id;
      const How how = HowOf(lock, operation.how);
      const auto kind = static_cast<EpisodeOpKind>(operation.op);
      if (kind == EpisodeOpKind::kAcquire) {
        Push(state, lock, how, 0);
      } else if (kind == EpisodeOpKind::kRelease) {
        const int index = state.held.Find(lock);
        if (index < 0) {
          complete = false;
        } else if (static_cast<std::size_t>(index) + 1 == state.held.depth()) {
          if (state.held.depth() == 1) break;  // the end of it
          state.held.PopTop();
        } else {
          state.held.Erase(static_cast<std::size_t>(index));
        }
      } else {
        if (kind == EpisodeOpKind::kTryFailed) ++failed;
        state.held.NoteOperation({lock, how, kind});
      }
    }
    if (!complete) state.held.MarkEpisodeIncomplete();
    while (state.held.depth() > 0) state.held.PopTop();
    if (state.held.EpisodeIsNew()) {
      const bool own = (record.head.flags & recording::kTryIsOwn) != 0;
      state.has_past_before_try = own;
      state.past_before_try = own ? thread.past_before_open : nullptr;
      state.failed_tries = own ? failed : failed + 1;
      validator_.NewEpisode(state);
    }
    state.held.RememberEpisode();
  }

  void AddMisuse(const recording::MisuseRecord& record) {
    ThreadState& state = *ThreadOf(record.thread).state;
    const LockId lock = LockOf(record.lock.lock).id;
    std::vector<std::uintptr_t> pcs =
        record.frames != 0 ? code_.Stack(FramesOf(record)) : code_.Stack(record.lock.where);
    const Site site = SiteOf(std::move(pcs));
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
        Push(state, lock, HowOf(lock, record.lock.how), SiteOf(code_.Stack(record.lock.where)));
        return;
    }
    HoldNothing(state);
  }

  // --- Hangs ------------------------------------------------------------------------------------------

  int ObjectOf(Snapshot& snapshot, std::map<LockId, int>& objects, std::uint32_t lock) {
    const KnownLock& known = LockOf(lock);
    const auto [it, is_new] = objects.try_emplace(known.id, static_cast<int>(snapshot.objects.size()));
    if (is_new) snapshot.objects.push_back(known.described);
    return it->second;
  }

  Place PlaceOf(const recording::Where& where) {
    Place place;
    place.pcs = code_.Stack(where);
    Symbolize(place);
    return place;
  }

  void AddHang(const recording::HangRecord& record, std::vector<Finding>& findings) {
    Snapshot snapshot;
    std::map<LockId, int> objects;
    const std::vector<const recording::HangThread*> threads = ThreadsOf(record);
    std::uint64_t stamp = 0;
    for (std::size_t i = 0; i < threads.size(); ++i) {
      const recording::HangThread& each = *threads[i];
      const RecordedThread& thread = ThreadOf(each.thread);
      WaitingThread waiting;
      waiting.thread = thread.name;
      waiting.role = thread.role_name;
      waiting.at = PlaceOf(each.wanted.where);
      if (each.joins != 0) {
        const RecordedThread& joined = ThreadOf(each.joins);
        FindingLock end;
        end.name = "end of " + joined.role_name;  // as the validator calls it
        end.type = LockType::kThreadEnd;
        waiting.wants = static_cast<int>(snapshot.objects.size());
        snapshot.objects.push_back(std::move(end));
        waiting.wants_text = "the end of " + joined.name;
        waiting.step = "join " + joined.name;
      } else {
        waiting.wants = ObjectOf(snapshot, objects, each.wanted.lock);
        waiting.wants_text = snapshot.objects[static_cast<std::size_t>(waiting.wants)].name;
        const How how = HowOf(LockOf(each.wanted.lock).id, each.wanted.how);
        waiting.mode = how.mode();
        waiting.kind = how.kind();
        waiting.step = "lock " + waiting.wants_text;
      }
      for (const HeldEntry& entry : HeldOf(each)) {
        HeldObject held;
        held.object = ObjectOf(snapshot, objects, entry.lock);
        const How held_how = HowOf(LockOf(entry.lock).id, entry.how);
        held.mode = held_how.mode();
        held.kind = held_how.kind();
        held.at = PlaceOf(entry.where);
        held.stamp = ++stamp;
        held.step = "lock " + snapshot.objects[static_cast<std::size_t>(held.object)].name;
        waiting.held.push_back(std::move(held));
      }
      if ((record.head.flags & recording::HangRecord::kLeftByFork) != 0) {
        waiting.waits_for.push_back({-1, "a thread of the parent process", false, false,
                                     "held it when this process was forked, and is not in it"});
      } else {
        const std::size_t next = (i + 1) % threads.size();
        const bool queued = threads[next]->blocks == recording::HangThread::kQueued;
        waiting.waits_for.push_back({static_cast<int>(next), "", queued, threads.size() == 1, ""});
      }
      snapshot.threads.push_back(std::move(waiting));
    }
    for (WaitingThread& waiting : snapshot.threads) waiting.stamp = ++stamp;
    std::vector<Finding> hangs = Hangs(snapshot, source(), "in this run");
    for (Finding& alone : SelfDeadlocks(snapshot, source(), "in this run")) hangs.push_back(std::move(alone));
    for (Finding& hang : hangs) {
      if (ConfirmByHang(findings, hang)) continue;
      const bool known = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
        return finding.kind == hang.kind && finding.fingerprint == hang.fingerprint;
      });
      if (!known) findings.push_back(std::move(hang));
    }
  }

  // --- What the user asked for ------------------------------------------------------------------------

  // Of one lock, with the same places, the longest one.
  void AddHeldLong(const recording::HeldLongRecord& record) {
    if (!IsMain()) return;
    const std::string text = LockOf(record.lock.lock).described.name + " was held for %, by " +
                             ThreadText(record.thread) + ": from " + PlaceText(record.lock.where) + " to " +
                             PlaceText(record.released);
    std::uint64_t& longest = held_long_[text];
    longest = std::max(longest, record.ns);
  }

  std::string ThreadText(std::uint32_t number) {
    const RecordedThread& thread = ThreadOf(number);
    return thread.name == thread.role_name ? thread.name : thread.name + " (" + thread.role_name + ")";
  }
  std::string PlaceText(const recording::Where& where) {
    const Place place = PlaceOf(where);
    if (place.function.empty() && place.file.empty()) return "a place without a name";
    return place.file.empty() ? place.function : NameOfPlace(place);
  }

  std::string Describe(const recording::HangRecord& status) {
    const std::vector<const recording::HangThread*> threads = ThreadsOf(status);
    std::string text = std::to_string(threads.size()) + (threads.size() == 1 ? " thread\n" : " threads\n");
    for (const recording::HangThread* each : threads) {
      text += "  " + ThreadText(each->thread);
      if (each->joins != 0 || each->wanted.lock != 0) {
        text +=
            " waits for " +
            (each->joins != 0 ? "the end of " + ThreadText(each->joins) : LockOf(each->wanted.lock).described.name) +
            ", in " + PlaceText(each->wanted.where) + ", and";
      }
      if (each->blocks == recording::kChanging) {
        text += " takes and gives back locks\n";
        continue;
      }
      text += each->held == 0 ? " holds nothing\n" : " holds\n";
      for (const HeldEntry& entry : HeldOf(*each)) {
        const KnownLock& lock = LockOf(entry.lock);
        text += "    " + lock.described.name + ", " + std::string(ToString(HowOf(lock.id, entry.how).mode())) +
                ", taken in " + PlaceText(entry.where) + '\n';
      }
    }
    return text;
  }

  // --- Notes --------------------------------------------------------------------------------------------

  void AddNotes(std::vector<std::string>& notes) const {
    const recording::RecordingHeader& header = recording_.header();
    if (!recording_.damage().empty()) notes.push_back(recording_.damage());
    for (const auto& [text, ns] : held_long_) {
      std::string note = text;
      const std::string time =
          ns >= 10'000'000 ? std::to_string(ns / 1'000'000) + " ms" : std::to_string(ns / 1'000) + " us";
      notes.push_back(source() + ": " + note.replace(note.find('%'), 1, time));
    }
    for (const std::string& role : contradicted_) {
      notes.push_back(source() + ": two threads at a time have the role '" + role +
                      "', which is declared to be of one: the declaration is not used");
    }
    if (header.lost_events != 0) {
      notes.push_back(
          source() + ": " + std::to_string(header.lost_events) +
          " operations were not seen (in a signal handler that interrupted the recorder, or after the end of "
          "a thread)");
    }
    if (header.capped != 0) {
      notes.push_back(source() + ": of orders that differ in nothing but their locks, " +
                      std::to_string(recording::kInstancesPerShape) + " are kept; " + std::to_string(header.capped) +
                      " were not");
    }
    if (header.full != 0) {
      notes.push_back(source() + (header.full == 1 ? ": the recording is full: what came later was not recorded"
                                  : header.full == recording::kDamaged
                                      ? ": the recording is damaged: what came later is not known"
                                      : ": the disk is full: what came later was not recorded"));
    }
  }

  const std::string& source() const { return pass_.source; }

  const Recording& recording_;
  const Pass pass_;
  RecordedCode code_;
  Validator validator_;
  RecordedDoubts doubts_;
  absl::flat_hash_map<std::uint32_t, KnownLock> locks_;
  absl::flat_hash_map<std::uint32_t, KnownRole> roles_;
  absl::flat_hash_map<std::string, int> role_names_;
  absl::flat_hash_set<std::uint32_t> given_back_by_others_;  // locks
  std::map<std::uint32_t, RecordedThread> threads_;
  std::vector<const RecordHead*> hangs_;
  std::vector<const RecordHead*> statuses_;
  std::map<std::string, std::uint64_t> held_long_;  // nanoseconds, by what is said of it

  // What the program declares.
  absl::flat_hash_map<std::uint32_t, std::string> names_;  // of locks
  absl::flat_hash_map<std::uint32_t, std::string> class_names_;
  absl::flat_hash_map<std::string, ClassId> classes_;
  absl::flat_hash_set<std::uint32_t> no_locks_;
  absl::flat_hash_set<std::uint32_t> not_single_;    // roles
  absl::flat_hash_map<std::uint32_t, int> started_;  // threads, by roles
  std::vector<std::string> contradicted_;
  std::vector<const recording::OrderRecord*> orders_;
  ThreadState* declaring_ = nullptr;
  std::map<std::uint32_t, ThreadState*> handlers_;  // by signals
};

bool IsAmong(const std::vector<Finding>& findings, const Finding& finding) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& each) {
    return each.kind == finding.kind && each.fingerprint == finding.fingerprint;
  });
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
  Pass pass;
  pass.source = options.source;
  pass.sites = options.classes_by_site;
  pass.threads_as_seen = options.threads_as_seen;
  Replayer main(recording, pass);
  RecordedFindings result = main.Run();
  for (const std::uint32_t signal : main.SignalsThatLock()) {
    Pass of_signal = pass;
    of_signal.signal = static_cast<int>(signal);
    for (Finding& finding : Replayer(recording, of_signal).RunForSignal()) {
      if (!IsAmong(result.findings, finding)) result.findings.push_back(std::move(finding));
    }
  }
  if (main.HasClasses()) {
    Pass of_classes = pass;
    of_classes.classes = true;
    for (const Finding& finding : Replayer(recording, of_classes).RunForClasses()) {
      // That no instance was on both sides is no reason against it: that is why it is but a note.
      const bool is_refuted = finding.verdict == Verdict::kFalse &&
                              std::any_of(finding.reasons.begin(), finding.reasons.end(), [](const Reason& reason) {
                                return reason.kind != ReasonKind::kClassAliasing;
                              });
      const bool is_new = !is_refuted && !IsAmong(result.findings, finding);
      if (is_new && finding.cycle_length > 0) result.notes.push_back(ClassNote(finding, options.source));
    }
  }
  return result;
}

}  // namespace lockdep
