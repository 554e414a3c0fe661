#include "lockdep/explore/validator_feed.h"

#include <utility>

namespace lockdep::explore {

void ValidatorFeed::Start(Runner runner, const std::string& name) {
  const auto [it, is_new] = roles_.try_emplace(name, 0);
  if (is_new) {
    RoleInfo info;
    info.name = name;
    info.single = true;
    it->second = validator_.AddRole(std::move(info));
  }
  if (runner >= states_.size()) {
    states_.resize(runner + 1U, nullptr);
    role_of_.resize(runner + 1U, 0);
  }
  role_of_[runner] = it->second;
  states_[runner] = validator_.StartThread(it->second, name);
}

void ValidatorFeed::End(Runner runner) { validator_.EndThread(std::exchange(states_[runner], nullptr), 0); }

void ValidatorFeed::Abandon(Runner runner) {
  HeldLocks& held = states_[runner]->held;
  while (held.depth() > 0) held.PopTop();
  End(runner);
}

LockId ValidatorFeed::LockFor(ObjectUid object, const LockMap& lock) {
  const auto [it, is_new] = locks_.try_emplace(object, 0);
  if (!is_new) return it->second;
  LockInfo info;
  info.type = lock.type();
  info.order = reinterpret_cast<std::uintptr_t>(&lock);
  info.birth.file = lock.birth().file;
  info.birth.line = lock.birth().line;
  info.birth.function = lock.birth().function;
  if (const LockClass* lock_class = lock.lock_class()) {
    const auto [known, class_is_new] = classes_.try_emplace(lock_class, 0);
    if (class_is_new) {
      ClassInfo of_class;
      of_class.name = lock_class->name();
      of_class.no_validate = lock_class->options().no_validate;
      if (const auto compare = lock_class->options().compare) {
        of_class.compare = [compare](std::uint64_t held, std::uint64_t wanted) {
          return compare(reinterpret_cast<const void*>(held), reinterpret_cast<const void*>(wanted));
        };
      }
      known->second = validator_.AddClass(std::move(of_class));
    }
    info.lock_class = known->second;
  }
  if (lock.own_name() != nullptr) info.name = lock.own_name();
  return it->second = validator_.AddLock(std::move(info));
}

Request ValidatorFeed::RequestFor(ObjectUid object, const LockMap& lock, How how, ObjectUid nest_object,
                                  const LockMap* nest, Site site) {
  const LockId id = LockFor(object, lock);
  return {id, validator_.HowFor(id, how), nest == nullptr ? 0 : LockFor(nest_object, *nest), site};
}

void ValidatorFeed::Ask(Runner runner, const Request& request) { validator_.Acquire(*states_[runner], request); }

void ValidatorFeed::Answer(Runner runner, const Request& request, bool got) {
  ThreadState& state = *states_[runner];
  if (!got) return validator_.AcquireFailed(state, request);
  if (request.how.kind() == Kind::kTrylock) validator_.Acquire(state, request);
  validator_.Acquired(state, request);
}

void ValidatorFeed::Release(Runner runner, ObjectUid object, Site site) {
  validator_.Release(*states_[runner], locks_.at(object), site);
}

void ValidatorFeed::Downgrade(Runner runner, ObjectUid object, Site site) {
  validator_.Downgrade(*states_[runner], locks_.at(object), site);
}

void ValidatorFeed::WaitForEvent(Runner runner, ObjectUid object, const ObjectName& name, Site site) {
  const auto [it, is_new] = locks_.try_emplace(object, 0);
  if (is_new) {
    LockInfo info;
    info.type = LockType::kCompletion;
    info.name = name.text;
    it->second = validator_.AddLock(std::move(info));
  }
  validator_.CompletionWait(*states_[runner], it->second, site);
}

void ValidatorFeed::Join(Runner runner, Runner joined, Site site) {
  validator_.Join(*states_[runner], role_of_[joined], site);
}

}  // namespace lockdep::explore
