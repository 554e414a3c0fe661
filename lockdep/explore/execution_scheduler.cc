// What simulated threads ask of an execution: the operations of the wrappers, and those of explore.h and var.h.
#include <algorithm>
#include <string>
#include <utility>

#include "lockdep/check.h"
#include "lockdep/explore/execution.h"
#include "lockdep/explore/validator_feed.h"

namespace lockdep::explore {
namespace {

std::string_view BaseName(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// As a validator names it (registry.cc), so that a hang and an inversion of the same locks are called alike.
ObjectName NameOf(LockType type, const char* lock_class, const char* name, const Birth& birth) {
  ObjectName result;
  result.lock.type = type;
  if (lock_class != nullptr) {
    result.lock.name = result.lock.class_name = result.text = lock_class;
    if (name != nullptr) result.lock.instance = result.text = name;
  } else if (name != nullptr) {
    result.lock.name = result.text = name;
  } else {
    result.text = std::string(BaseName(birth.file)) + ":" + std::to_string(birth.line);
    result.lock.name = std::string(birth.function) + " at " + result.text;
    result.lock.stable_name = false;
  }
  return result;
}

ObjectName NameOf(const LockMap& lock) {
  return NameOf(lock.type(), lock.lock_class() != nullptr ? lock.lock_class()->name() : nullptr, lock.own_name(),
                lock.birth());
}

// What objects that are made at different places, or are of different types, never share.
Digest KindOf(Object::Type type, LockType lock_type, const char* name, const Birth& birth) {
  Digest kind{static_cast<std::uint64_t>(type), static_cast<std::uint64_t>(lock_type)};
  kind = Extend(kind, std::string_view(name == nullptr ? "" : name));
  if (name == nullptr)
    kind = Extend(Extend(kind, std::string_view(birth.file)), static_cast<std::uint64_t>(birth.line));
  return kind;
}

Object::Type TypeFor(LockType type) {
  // Both condition variables and completions have such a map; the first operation tells them apart.
  return type == LockType::kCompletion ? Object::Type::kCondition : Object::Type::kLock;
}

bool Again(const Object& object, Runner runner) {
  return RulesOf(object.lock_type).reentrant && Holds(object.lock, runner);
}

}  // namespace

// --- Objects -------------------------------------------------------------------------------------------

Object& Execution::AddObject(Object::Type type, const void* address, ObjectUid uid, const Digest& identity) {
  if (object_count_ == objects_.size()) objects_.emplace_back();
  Object& object = objects_[object_count_++];
  object.Reset();
  object.type = type;
  object.uid = uid;
  object.identity = identity;
  object.address = address;
  if (uid >= uid_used_in_.size()) uid_used_in_.resize(uid + 1U, 0);
  uid_used_in_[uid] = number_;
  by_address_[address] = &object;
  return object;
}

template <typename Named>
Object& Execution::MakeObject(Object::Type type, const void* address, const Digest& kind, Named named) {
  SimulatedThread& maker = *running_;
  auto& made = maker.made.objects;
  auto it = std::find_if(made.begin(), made.end(), [&](const auto& each) { return each.first == kind; });
  if (it == made.end()) it = made.insert(made.end(), {kind, 0});
  for (;;) {
    const std::uint32_t number = ++it->second;
    const Digest identity = Extend(Extend(kind, maker.uid + 1ULL), number);
    const ObjectUid uid = vocabulary_.Object(identity, [&] {
      ObjectName name = named();
      const std::size_t plain = name.text.size();
      if (maker.runner != 0) name.text += "/" + vocabulary_.ThreadName(maker.uid);
      if (number > 1) name.text += "#" + std::to_string(number);
      if (name.text.size() != plain) name.lock.instance = name.text;
      return name;
    });
    // After a restart the numbers begin again, and an older object may still be there.
    if (uid < uid_used_in_.size() && uid_used_in_[uid] == number_) continue;
    return AddObject(type, address, uid, identity);
  }
}

Object& Execution::ObjectOf(const LockMap& lock) {
  const auto it = by_address_.find(&lock);
  if (it != by_address_.end()) {
    if (it->second->address != nullptr) return *it->second;
    Problem problem;
    problem.kind = FindingKind::kInvariant;
    problem.object = it->second->uid;
    problem.action = "uses it";
    problem.text = vocabulary_.NameOf(it->second->uid).text + " is used after it was destroyed";
    Fail(std::move(problem), 0, LOCKDEP_EXPLORE_CALLER(true));
  }
  // Made outside of the body: known by its address.
  const Digest identity =
      Extend(Digest{1, static_cast<std::uint64_t>(lock.type())}, reinterpret_cast<std::uintptr_t>(&lock));
  const ObjectUid uid = vocabulary_.Object(identity, [&] { return NameOf(lock); });
  Object& object = AddObject(TypeFor(lock.type()), &lock, uid, identity);
  object.lock_type = lock.type();
  return object;
}

void Execution::Born(LockMap& lock) {
  if (!MayAct("makes a lock")) return;
  Object& object = MakeObject(TypeFor(lock.type()), &lock,
                              KindOf(TypeFor(lock.type()), lock.type(),
                                     lock.own_name() != nullptr ? lock.own_name() : lock.name(), lock.birth()),
                              [&] { return NameOf(lock); });
  object.lock_type = lock.type();
}

void Execution::DropObject(Object& object) {
  sum_ -= object.contribution;
  object.contribution = {};
  uid_used_in_[object.uid] = 0;
  object.address = nullptr;  // still found by it, until something else is made there
  object.ClearLock();
}

void Execution::Destroyed(LockMap& lock, Site site) {
  const auto it = by_address_.find(&lock);
  if (it == by_address_.end() || it->second->address == nullptr) return;
  Object& object = *it->second;
  if (!object.lock.holds.empty() && !winding_up_) {
    const LockHold& hold = object.lock.holds.front();
    Problem problem;
    problem.kind = FindingKind::kHeldLockFreed;
    problem.object = object.uid;
    problem.mode = hold.mode;
    problem.action = "destroys it";
    problem.text = hold.runner == running_->runner ? "it holds the lock itself"
                                                   : vocabulary_.ThreadName(threads_[hold.runner]->uid) + " holds it";
    Fail(std::move(problem), site, LOCKDEP_EXPLORE_CALLER(true));
  }
  // Some schedule may destroy it before it is released.
  const auto unordered = [&](const Clock& clock) {
    for (std::size_t i = 0; i < thread_count_; ++i) {
      if (clock[static_cast<Runner>(i)] > running_->clock[static_cast<Runner>(i)]) return true;
    }
    return false;
  };
  if (unordered(object.exclusive_clock) || unordered(object.shared_clock)) Watch(object);
  DropObject(object);
}

void Execution::Forget(const void* memory, std::size_t size, Site) {
  const auto from = reinterpret_cast<std::uintptr_t>(memory);
  std::vector<Object*> inside;
  for (const auto& [address, object] : by_address_) {
    const bool alive = object->address != nullptr;
    if (alive && reinterpret_cast<std::uintptr_t>(address) - from < size) inside.push_back(object);
  }
  for (Object* object : inside) DropObject(*object);
}

// --- Locks ---------------------------------------------------------------------------------------------

bool Execution::Acquire(LockMap& lock, How how, const LockMap* nest, Site site) {
  if (!MayAct("takes a lock")) return false;
  Operation op;
  op.code = Code::kTake;
  op.mode = how.mode();
  op.kind = how.kind();
  op.how = how;
  op.object = &ObjectOf(lock);
  op.site = site;
  op.caller = LOCKDEP_EXPLORE_CALLER(true);
  if (op.kind != Kind::kBlocking) Watch(*op.object);
  // An owner that locks again is no event to a validator.
  if (settings_.feed == nullptr || Again(*op.object, running_->runner)) return Perform(op) != 0;
  const Runner self = running_->runner;
  const Request request =
      settings_.feed->RequestFor(op.object->uid, lock, how, nest == nullptr ? 0 : ObjectOf(*nest).uid, nest, site);
  if (op.kind != Kind::kTrylock) settings_.feed->Ask(self, request);
  const bool got = Perform(op) != 0;
  settings_.feed->Answer(self, request, got);
  return got;
}

void Execution::Release(LockMap& lock, Site site) {
  if (!MayAct("unlocks a lock")) return;
  Operation op;
  op.code = Code::kRelease;
  op.object = &ObjectOf(lock);
  op.site = site;
  op.caller = LOCKDEP_EXPLORE_CALLER(true);
  SimulatedThread& self = *running_;
  if (!Holds(op.object->lock, self.runner)) {
    if (winding_up_) return;
    Problem problem;
    problem.kind = FindingKind::kUnbalancedUnlock;
    problem.object = op.object->uid;
    problem.action = "releases it without holding it";
    Fail(std::move(problem), site, op.caller);
  }
  const bool last = HoldCount(op.object->lock, self.runner) == 1 || !RulesOf(op.object->lock_type).reentrant;
  if (IsStep(*op.object) || self.bed != nullptr) {
    Perform(op);
  } else {
    self.pending = op;
    ApplyAtOnce(self, with_places_ ? StackAt(site, op.caller) : std::vector<std::uintptr_t>());
  }
  if (settings_.feed != nullptr && last) settings_.feed->Release(self.runner, op.object->uid, site);
}

void Execution::Downgrade(LockMap& lock, Site site) {
  if (!MayAct("downgrades a lock")) return;
  Operation op;
  op.code = Code::kDowngrade;
  op.object = &ObjectOf(lock);
  op.site = site;
  op.caller = LOCKDEP_EXPLORE_CALLER(true);
  SimulatedThread& self = *running_;
  if (!HoldsIn(op.object->lock, self.runner, Mode::kExclusive)) {
    if (winding_up_) return;
    Problem problem;
    problem.kind = FindingKind::kUnbalancedUnlock;
    problem.object = op.object->uid;
    problem.action = "downgrades it without holding it exclusively";
    Fail(std::move(problem), site, op.caller);
  }
  Perform(op);
  if (settings_.feed != nullptr) settings_.feed->Downgrade(self.runner, op.object->uid, site);
}

void Execution::Assert(const LockMap& lock, bool held, bool exclusively, Site site) {
  if (running_ == nullptr) return;
  const Object& object = ObjectOf(lock);
  const SimulatedThread& self = *running_;
  const bool holds = Holds(object.lock, self.runner);
  const bool holds_exclusively = HoldsIn(object.lock, self.runner, Mode::kExclusive);
  if (held ? holds && (holds_exclusively || !exclusively) : !holds) return;
  Problem problem;
  problem.kind = FindingKind::kInvariant;
  problem.action = "asserts it";
  problem.text = vocabulary_.NameOf(object.uid).text + " is " +
                 (!held   ? "held"
                  : holds ? "held only shared"
                          : "not held") +
                 " by " + vocabulary_.ThreadName(self.uid);
  Fail(std::move(problem), site, LOCKDEP_EXPLORE_CALLER(true));
}

// --- Condition variables and completions ---------------------------------------------------------------

Scheduler::Bed Execution::PrepareSleep(LockMap& condition) {
  if (!MayAct("waits")) return nullptr;
  Object& object = ObjectOf(condition);
  running_->bed = &object;
  return &object;
}

bool Execution::Sleep(Bed bed, bool timed, Site site) {
  if (bed == nullptr) return true;
  SimulatedThread& self = *running_;
  Operation op;
  op.code = Code::kSleep;
  op.kind = timed ? Kind::kTimed : Kind::kBlocking;
  op.object = static_cast<Object*>(bed);
  op.site = site;
  op.caller = LOCKDEP_EXPLORE_CALLER(false);
  // Its lock is none of ours, so that no step was between.
  if (std::exchange(self.bed, nullptr) != nullptr) {
    lockdep::Sleep(op.object->condition, self.runner);
    Refresh(*op.object);
  }
  if (settings_.feed != nullptr)
    settings_.feed->WaitForEvent(self.runner, op.object->uid, vocabulary_.NameOf(op.object->uid), site);
  return Perform(op) != 0;
}

void Execution::Notify(LockMap& condition, bool all, Site site) {
  if (!MayAct("signals")) return;
  Operation op;
  op.code = all ? Code::kBroadcast : Code::kSignal;
  op.object = &ObjectOf(condition);
  op.site = site;
  op.caller = LOCKDEP_EXPLORE_CALLER(false);
  Perform(op);
}

bool Execution::WaitFor(LockMap& completion, Kind kind, Site site) {
  if (!MayAct("waits")) return false;
  Operation op;
  op.code = Code::kWaitFor;
  op.kind = kind;
  op.object = &ObjectOf(completion);
  op.object->type = Object::Type::kCompletion;
  op.site = site;
  op.caller = LOCKDEP_EXPLORE_CALLER(false);
  if (settings_.feed != nullptr && kind != Kind::kTrylock) {
    settings_.feed->WaitForEvent(running_->runner, op.object->uid, vocabulary_.NameOf(op.object->uid), site);
  }
  return Perform(op) != 0;
}

void Execution::Complete(LockMap& completion, bool all, Site site) {
  if (!MayAct("completes")) return;
  Operation op;
  op.code = all ? Code::kCompleteAll : Code::kComplete;
  op.object = &ObjectOf(completion);
  op.object->type = Object::Type::kCompletion;
  op.site = site;
  op.caller = LOCKDEP_EXPLORE_CALLER(false);
  Perform(op);
}

// --- Threads -------------------------------------------------------------------------------------------

// Not a step of its own: nobody can tell when, between this step and the thread's next one, it is done.
Scheduler::ThreadNumber Execution::StartThread(const char* role, std::unique_ptr<ThreadRoutine> routine, Site site) {
  if (!MayAct("starts a thread")) return 0;
  SimulatedThread& parent = *running_;
  if (thread_count_ == settings_.threads_max) {
    Problem problem;
    problem.text = "more than " + std::to_string(settings_.threads_max) + " threads were started";
    Fail(std::move(problem), site, LOCKDEP_EXPLORE_CALLER(false));
  }
  const ThreadUid uid = NameThread(&parent, role);
  SimulatedThread& child = AddThread(uid, std::move(routine));
  parent.digest = Extend(parent.digest, uid + 1ULL);
  child.digest = child.mark = Extend(parent.digest, 0x6368696c64ULL);
  child.keeps_in_variables = settings_.only_variables_shared;
  child.clock.Join(parent.clock);
  parent.clock.Tick(parent.runner);
  newborn_.push_back(child.runner);
  return number_ << 16 | (child.runner + 1U);
}

void Execution::Join(ThreadNumber thread, Site site) {
  if (!MayAct("joins")) return;
  const SimulatedThread* const target = Find(thread);
  if (target == nullptr) return;
  Operation op;
  op.code = Code::kJoin;
  op.target = target->runner;
  op.site = site;
  op.caller = LOCKDEP_EXPLORE_CALLER(false);
  if (settings_.feed != nullptr) settings_.feed->Join(running_->runner, target->runner, site);
  Perform(op);
}

void Execution::Detach(ThreadNumber thread) {
  SimulatedThread* const target = Find(thread);
  if (target == nullptr) return;
  target->detached = true;
  Refresh(*target);
}

void Execution::Orphan(ThreadNumber thread, Site site) {
  SimulatedThread* const target = Find(thread);
  if (target == nullptr || winding_up_ || running_ == nullptr) return;
  Problem problem;
  problem.text = "the handle of '" + vocabulary_.ThreadName(target->uid) +
                 "' was destroyed or overwritten before join() or detach(), which ends a real program";
  Fail(std::move(problem), site, LOCKDEP_EXPLORE_CALLER(false));
}

// --- Variables -----------------------------------------------------------------------------------------

void Execution::MakeVariable(const void* address, const char* name, const Birth& birth,
                             const std::optional<Digest>& value) {
  if (!MayAct("makes a variable")) return;
  Object& object =
      MakeObject(Object::Type::kVariable, address, KindOf(Object::Type::kVariable, LockType::kCompletion, name, birth),
                 [&] { return NameOf(LockType::kCompletion, nullptr, name, birth); });
  object.value = value.value_or(Digest{});
  object.value_says_all = value.has_value();
  Refresh(object);
}

void Execution::DropVariable(const void* address) {
  const auto it = by_address_.find(address);
  if (it != by_address_.end() && it->second->address != nullptr) DropObject(*it->second);
}

Object* Execution::VariableAt(const void* address) {
  const auto it = by_address_.find(address);
  return it == by_address_.end() || it->second->address == nullptr ? nullptr : it->second;
}

void Execution::BeforeAccess(const void* address, Code code, Site site, Caller caller) {
  if (observing_) return;
  Operation op;
  op.code = code;
  op.object = VariableAt(address);
  op.site = site;
  op.caller = caller;
  if (op.object == nullptr) {
    Problem problem;
    problem.text = "a variable that was made outside of the body, or is gone, was used; make it in the body";
    Fail(std::move(problem), site, caller);
  }
  Perform(op);
}

void Execution::AfterWrite(const void* address, const std::optional<Digest>& value) {
  if (!MayAct("writes a variable")) return;
  Object& object = *VariableAt(address);
  const SimulatedThread& self = *running_;
  object.value = value.value_or(Digest{});
  object.value_says_all = value.has_value() && self.keeps_in_variables;
  object.exclusive_history = self.digest;
}

// --- explore.h -----------------------------------------------------------------------------------------

void Execution::Yield(Site site, Caller caller) {
  if (!MayAct("yields")) return;
  Operation op;
  op.code = Code::kYield;
  op.site = site;
  op.caller = caller;
  Perform(op);
}

void Execution::Mark() {
  if (!MayAct("marks a place")) return;
  running_->mark = running_->digest;
  running_->made_at_mark = running_->made;
}

void Execution::Restart(Code code, Site site, Caller caller) {
  if (!MayAct("restarts")) return;
  SimulatedThread& self = *running_;
  declared_ = true;
  self.keeps_in_variables = true;
  self.digest = Extend(Extend(self.mark, static_cast<std::uint64_t>(code)), site);
  self.made = self.made_at_mark;
  self.spurious_wakes = 0;
  self.spins = 0;
  self.last_word = 0;
  Operation op;
  op.code = code;
  op.site = site;
  op.caller = caller;
  Perform(op);
  if (self.stopping) throw StopThread{};
}

std::uint32_t Execution::Choose(std::uint32_t count, Site site, Caller caller) {
  if (count <= 1 || !MayAct("chooses")) return 0;
  Operation op;
  op.code = Code::kChoose;
  op.count = count;
  op.site = site;
  op.caller = caller;
  return Perform(op);
}

void Execution::FailCheck(std::string text, Site site, Caller caller) {
  Problem problem;
  problem.kind = FindingKind::kInvariant;
  problem.action = "breaks it";
  problem.text = std::move(text);
  if (!observing_) Fail(std::move(problem), site, caller);
  if (!problem_) problem_ = std::move(problem);
}

}  // namespace lockdep::explore
