#include "lockdep/recording_replay.h"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "lockdep/hang.h"
#include "lockdep/recorded_code.h"
#include "lockdep/symbolize.h"
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

class Replayer {
 public:
  Replayer(const Recording& recording, const std::string& source)
      : recording_(recording), source_(source), code_(recording), validator_(Options(source)) {}

  ~Replayer() {
    for (const auto& [number, thread] : threads_) {
      if (thread.state != nullptr) validator_.ForgetThread(thread.state);
    }
  }
  Replayer(const Replayer&) = delete;
  Replayer& operator=(const Replayer&) = delete;

  RecordedFindings Run() {
    for (const RecordHead* head : recording_.records()) {
      if (head->type != RecordType::kMisuse) continue;
      const auto& misuse = As<recording::MisuseRecord>(head);
      if (misuse.misuse == recording::Misuse::kUnbalancedUnlock) given_back_by_others_.insert(misuse.lock.lock);
    }
    for (const RecordHead* head : recording_.records()) Follow(head);
    const recording::RecordingHeader& header = recording_.header();
    if (const std::uint64_t lost = header.lost_events + header.capped; lost != 0) validator_.NoteLostEvents(lost);
    if (header.full != 0) validator_.NoteLostEvents(1);
    for (auto& [number, thread] : threads_) MarkUnfinished(thread);

    RecordedFindings result;
    result.findings = validator_.Findings();
    for (Finding& finding : result.findings) Symbolize(finding);
    for (const RecordHead* hang : hangs_) AddHang(As<recording::HangRecord>(hang), result.findings);
    result.notes = validator_.Notes();
    AddNotes(result.notes);
    return result;
  }

 private:
  static ValidatorOptions Options(const std::string& source) {
    ValidatorOptions options;
    options.source = source;
    options.sites_are_code = false;
    return options;
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
      case RecordType::kChain: AddChain(As<recording::ChainRecord>(head)); break;
      case RecordType::kEpisode: AddEpisode(As<recording::EpisodeRecord>(head)); break;
      case RecordType::kMisuse: AddMisuse(As<recording::MisuseRecord>(head)); break;
      case RecordType::kHang: hangs_.push_back(head); break;
      case RecordType::kQuiet: ThreadOf(As<recording::QuietRecord>(head).thread).quiet = true; break;
    }
  }

  // --- What exists --------------------------------------------------------------------------------

  void AddLock(const recording::LockRecord& record) {
    LockInfo info;
    info.type = static_cast<LockType>(record.type);
    const std::uintptr_t object = code_.Moved(record.address);
    const bool on_stack = (record.head.flags & recording::LockRecord::kOnStack) != 0;
    if (object != 0 && !on_stack) {
      info.name = code_.ObjectAt(object);
    } else {
      info.assumed = (record.head.flags & recording::LockRecord::kInitSeen) == 0;
    }
    // Who took it may be thought to hold it though another thread has given it back.
    info.assumed = info.assumed || given_back_by_others_.contains(record.id);
    if (info.name.empty()) {
      Place birth;
      birth.pcs = code_.Stack(record.birth);
      Symbolize(birth);
      info.birth = {birth.file, birth.line, birth.function.empty() ? "a lock" : birth.function, {}, {}};
    }
    FindingLock described;
    described.type = info.type;
    described.stable_name = !info.name.empty();
    described.assumed = info.assumed;
    const LockId id = validator_.AddLock(info);
    described.name = info.name.empty() ? NameOfBirth(info.birth) : info.name;
    locks_[record.id] = {id, std::move(described)};
  }

  static std::string NameOfBirth(const Place& birth) {
    if (birth.file.empty()) return birth.function;
    return birth.function + " at " + birth.file.substr(birth.file.rfind('/') + 1) + ":" + std::to_string(birth.line);
  }

  // A lock that was gone before it could be described has no record.
  const KnownLock& LockOf(std::uint32_t id) {
    const auto it = locks_.find(id);
    if (it != locks_.end()) return it->second;
    LockInfo info;
    info.name = "a lock that is gone";
    info.assumed = true;
    KnownLock known;
    known.described.name = info.name;
    known.described.assumed = true;
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
    } else {
      info.name = RoleName(record);
    }
    // Two roles of one name are two all the same.
    const int taken = ++role_names_[info.name];
    if (taken > 1) info.name += " (" + std::to_string(taken) + ")";
    const std::string name = info.name;
    roles_[record.id] = {validator_.AddRole(std::move(info)), name};
  }

  // By the routine, where that is the program's own, else by the place that starts it.
  std::string RoleName(const recording::RoleRecord& record) {
    const std::uintptr_t routine = code_.Moved(record.start_routine);
    const std::string function = routine == 0 ? "" : code_.FramesAt(routine).back().function;
    // The C++ library's own routine, which has no symbol where that library is stripped.
    const bool of_library = function.rfind("std::", 0) == 0 || function == "execute_native_thread_routine" ||
                            function.find("+0x") != std::string::npos;
    if (!function.empty() && !of_library) return function;
    Place created;
    created.pcs = code_.Stack(FramesOf(record));
    Symbolize(created);
    for (const StackFrame& frame : created.stack) {
      if (frame.function.rfind("std::", 0) == 0 || frame.file.empty()) continue;
      return "started by " + NameOfBirth({frame.file, frame.line, frame.function, {}, {}});
    }
    return function.empty() ? "thread" : function;
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

  void AddChain(const recording::ChainRecord& record) {
    ThreadState& state = *Prepare(record.thread, record.marks, record.head.flags).state;
    for (const HeldEntry& entry : HeldOf(record)) {
      // Who asks for it again may not have it any more.
      if (entry.lock == record.wanted.lock && given_back_by_others_.contains(entry.lock)) continue;
      Hold(state, std::span(&entry, 1));
    }
    const Site site = SiteOf(code_.Stack(FramesOf(record)));
    if ((record.head.flags & recording::kOfJoin) != 0) {
      validator_.Join(state, RoleOf(record.wanted.lock).id, site);
    } else {
      const LockId lock = LockOf(record.wanted.lock).id;
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
      waiting.waits_for.push_back({static_cast<int>((i + 1) % threads.size()), "", false, threads.size() == 1, ""});
      snapshot.threads.push_back(std::move(waiting));
    }
    for (WaitingThread& waiting : snapshot.threads) waiting.stamp = ++stamp;
    std::vector<Finding> hangs = Hangs(snapshot, source_, "in this run");
    for (Finding& alone : SelfDeadlocks(snapshot, source_, "in this run")) hangs.push_back(std::move(alone));
    for (Finding& hang : hangs) {
      if (ConfirmByHang(findings, hang)) continue;
      const bool known = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
        return finding.kind == hang.kind && finding.fingerprint == hang.fingerprint;
      });
      if (!known) findings.push_back(std::move(hang));
    }
  }

  // --- Notes --------------------------------------------------------------------------------------------

  void AddNotes(std::vector<std::string>& notes) const {
    const recording::RecordingHeader& header = recording_.header();
    if (!recording_.damage().empty()) notes.push_back(recording_.damage());
    if (header.lost_events != 0) {
      notes.push_back(
          source_ + ": " + std::to_string(header.lost_events) +
          " operations were not seen (in a signal handler that interrupted the recorder, or after the end of "
          "a thread)");
    }
    if (header.capped != 0) {
      notes.push_back(source_ + ": of orders that differ in nothing but their locks, " +
                      std::to_string(recording::kInstancesPerShape) + " are kept; " + std::to_string(header.capped) +
                      " were not");
    }
    if (header.full != 0) {
      notes.push_back(source_ + (header.full == 1 ? ": the recording is full: what came later was not recorded"
                                                  : ": the disk is full: what came later was not recorded"));
    }
  }

  const Recording& recording_;
  const std::string source_;
  RecordedCode code_;
  Validator validator_;
  absl::flat_hash_map<std::uint32_t, KnownLock> locks_;
  absl::flat_hash_map<std::uint32_t, KnownRole> roles_;
  absl::flat_hash_map<std::string, int> role_names_;
  absl::flat_hash_set<std::uint32_t> given_back_by_others_;  // locks
  std::map<std::uint32_t, RecordedThread> threads_;
  std::vector<const RecordHead*> hangs_;
};

}  // namespace

RecordedFindings Replay(const Recording& recording, const std::string& source) {
  return Replayer(recording, source).Run();
}

}  // namespace lockdep
