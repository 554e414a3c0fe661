#include "lockdep/recorded_world.h"

#include <utility>

#include "lockdep/recorded_names.h"
#include "lockdep/symbolize.h"
#include "lockdep/valid_utf8.h"

namespace lockdep {

using recording::RecordType;

RecordedWorld::RecordedWorld(const RecordedFacts& facts, RecordedCode& code, Validator& validator,
                             RecordedWorldOptions options)
    : facts_(facts), code_(code), validator_(validator), options_(options) {
  code_.StartAgain();
}

RecordedWorld::~RecordedWorld() {
  for (const auto& [number, thread] : threads_) {
    if (thread.state != nullptr) validator_.ForgetThread(thread.state);
  }
  for (const auto& [role, state] : any_threads_) validator_.ForgetThread(state);
}

void RecordedWorld::Follow(const recording::RecordHead* head) {
  switch (head->type) {
    case RecordType::kModule: code_.Follow(As<recording::ModuleRecord>(head)); break;
    case RecordType::kLock: AddLock(As<recording::LockRecord>(head)); break;
    case RecordType::kRole: AddRole(As<recording::RoleRecord>(head)); break;
    case RecordType::kThread: StartThread(As<recording::ThreadRecord>(head)); break;
    case RecordType::kThreadEnd: EndThread(As<recording::ThreadEndRecord>(head)); break;
    case RecordType::kJoin: JoinThread(As<recording::JoinRecord>(head)); break;
    case RecordType::kQuiet: ThreadOf(As<recording::QuietRecord>(head).thread).quiet = true; break;
    default: break;
  }
}

// --- Locks --------------------------------------------------------------------------------------------

void RecordedWorld::AddLock(const recording::LockRecord& record) {
  LockInfo info = InfoOf(record, code_);
  if (info.doubt == Doubt::kNone && facts_.given_back_by_others.contains(record.id)) info.doubt = Doubt::kGivenBack;
  const std::uint32_t kind = KindOf(record.id, DescriptionOf(info).name);
  if (const auto name = facts_.names.find(record.id); name != facts_.names.end()) info.name = name->second;
  FindingLock described = DescriptionOf(info);
  if (options_.classes) info.lock_class = ClassOf(record.id, info.name.empty() ? described.name : "");
  const LockId id = validator_.AddLock(info);
  locks_[record.id] = {id, std::move(described), kind, (record.head.flags & recording::LockRecord::kShared) != 0,
                       (record.head.flags & recording::LockRecord::kRobust) != 0};
}

// `place`: the name that it has by the place where it was made, or by where it lies.
std::uint32_t RecordedWorld::KindOf(std::uint32_t lock, const std::string& place) {
  const auto declared = facts_.class_names.find(lock);
  const std::string& name = declared != facts_.class_names.end() ? declared->second : place;
  return kinds_.try_emplace(name, static_cast<std::uint32_t>(kinds_.size()) + 1).first->second;
}

// 0: none.  `birth` is empty where the lock has a name of its own.
ClassId RecordedWorld::ClassOf(std::uint32_t lock, const std::string& birth) {
  const auto declared = facts_.class_names.find(lock);
  std::string name = declared != facts_.class_names.end() ? declared->second : "";
  if (name.empty() && options_.classes_by_site) name = birth;
  if (name.empty()) return 0;
  const auto [it, is_new] = classes_.try_emplace(name, 0);
  if (is_new) {
    ClassInfo info;
    info.name = name;
    it->second = validator_.AddClass(std::move(info));
  }
  return it->second;
}

// One that was gone before it could be described has no record.
const RecordedLock& RecordedWorld::LockOf(std::uint32_t id) {
  const auto it = locks_.find(id);
  if (it != locks_.end()) return it->second;
  LockInfo info;
  info.name = "a lock that is gone";
  info.doubt = Doubt::kIdentity;
  RecordedLock lock;
  lock.described.name = info.name;
  lock.described.doubt = info.doubt;
  lock.id = validator_.AddLock(info);
  return locks_[id] = std::move(lock);
}

How RecordedWorld::HowOf(LockId lock, std::uint16_t bits) const { return validator_.HowFor(lock, RecordedHow(bits)); }

// --- Roles --------------------------------------------------------------------------------------------

void RecordedWorld::AddRole(const recording::RoleRecord& record) {
  RoleInfo info;
  if (record.id == recording::kMainRole) {
    info.name = "main";
    info.single = true;
  } else if (record.id == recording::kForeignRole) {
    info.name = "a thread of unknown origin";
  } else if (!NameOf(record).empty()) {
    info.name = ValidUtf8(NameOf(record));
    const bool declared = (record.head.flags & recording::RoleRecord::kDeclaredSingle) != 0;
    info.single = declared && !facts_.of_two_at_once.contains(record.id);
    info.declared_single = info.single;
    if (declared && !info.single) contradicted_.push_back(info.name);
  } else {
    info.name = RoleName(record, code_);
    const auto started = facts_.started.find(record.id);
    info.single =
        options_.threads_as_seen && facts_.all_threads_told && started != facts_.started.end() && started->second == 1;
    info.declared_single = info.single;
  }
  if ((record.head.flags & recording::RoleRecord::kSeveralStacks) != 0) {
    info.single = info.declared_single = false;
    info.several_stacks = true;
  }
  // Two roles of one name are two all the same.
  const int taken = ++role_names_[info.name];
  if (taken > 1) info.name += " (" + std::to_string(taken) + ")";
  const std::string name = info.name;
  roles_[record.id] = {validator_.AddRole(std::move(info)), name};
  if (facts_.joined_under_locks.contains(record.id)) validator_.ExpectJoin(roles_[record.id].id);
}

const RecordedWorld::Role& RecordedWorld::KnownRole(std::uint32_t id) {
  const auto it = roles_.find(id);
  if (it != roles_.end()) return it->second;
  Role role;
  role.name = "a role that was not recorded";
  RoleInfo info;
  info.name = role.name;
  role.id = validator_.AddRole(std::move(info));
  return roles_[id] = std::move(role);
}

RoleId RecordedWorld::RoleOf(std::uint32_t id) { return KnownRole(id).id; }

// --- Threads ------------------------------------------------------------------------------------------

void RecordedWorld::StartThread(const recording::ThreadRecord& record) {
  RecordedThread& thread = threads_[record.number];
  if (thread.state != nullptr) return;  // a number stands for one thread
  const Role& role = KnownRole(record.role);
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

RecordedThread& RecordedWorld::ThreadOf(std::uint32_t number) {
  RecordedThread& thread = threads_[number];
  if (thread.state != nullptr) return thread;
  const Role& role = KnownRole(recording::kForeignRole);
  thread.role_name = role.name;
  if (thread.name.empty()) thread.name = "thread " + std::to_string(number);
  thread.state = validator_.StartThread(role.id, thread.name, ThreadOrigin::Unknown());
  return thread;
}

ThreadState& RecordedWorld::AnyThread(const std::string& role) {
  ThreadState*& state = any_threads_[role];
  if (state != nullptr) return *state;
  RoleInfo info;
  info.name = role;
  state = validator_.StartThread(validator_.AddRole(std::move(info)), role, ThreadOrigin::Unknown());
  return *state;
}

void RecordedWorld::OpenPast(RecordedThread& thread) {
  if (thread.state->past && thread.state->past->open()) return;
  thread.past_before_open = thread.state->past;
  validator_.Observe(*thread.state);
}

void RecordedWorld::EndThread(const recording::ThreadEndRecord& record) {
  RecordedThread& thread = ThreadOf(record.thread);
  if ((record.head.flags & recording::kPastOpen) != 0) OpenPast(thread);
  thread.state->marks = record.marks - 1;  // EndThread makes one more
  thread.end = validator_.EndThread(thread.state, 0);
  thread.state = nullptr;
  thread.quiet = true;
}

void RecordedWorld::JoinThread(const recording::JoinRecord& record) {
  const auto joined = threads_.find(record.joined);
  RecordedThread& thread = ThreadOf(record.thread);
  if (joined == threads_.end() || joined->second.state != nullptr) return;  // it was not seen to end
  validator_.Joined(*thread.state, joined->second.end);
  if ((record.head.flags & recording::JoinRecord::kEntangled) != 0) {
    thread.state->past = ThreadPast::Entangled(thread.state->past);
  }
}

// --- Places -------------------------------------------------------------------------------------------

Site RecordedWorld::SiteOf(std::vector<std::uintptr_t> pcs) {
  if (pcs.empty()) return 0;
  Place place;
  place.pcs = std::move(pcs);
  return validator_.AddSite(std::move(place));
}

Place RecordedWorld::PlaceOf(const recording::Where& where) {
  Place place;
  place.pcs = code_.Stack(where);
  lockdep::Symbolize(place, [this](std::uintptr_t pc) { return code_.FramesAt(pc); });
  return place;
}

void RecordedWorld::Symbolize(Finding& finding) {
  lockdep::Symbolize(finding, [this](std::uintptr_t pc) { return code_.FramesAt(pc); });
}

std::string RecordedWorld::ThreadText(std::uint32_t number) {
  const RecordedThread& thread = ThreadOf(number);
  return thread.name == thread.role_name ? thread.name : thread.name + " (" + thread.role_name + ")";
}

std::string RecordedWorld::PlaceText(const recording::Where& where) {
  const Place place = PlaceOf(where);
  if (place.function.empty() && place.file.empty()) return "a place without a name";
  return NameOfPlace(place);
}

}  // namespace lockdep
