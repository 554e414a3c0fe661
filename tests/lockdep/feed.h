// Feeds a validator from short texts, one per thread: "a b -b -a" takes a, takes b, and so on.
//
//   a      lock            ra   read (recursive)      sa   read (not recursive)
//   ?a     trylock         ta   timed lock            -a   release
//   !a     trylock that fails   *   a wait for an event   @   a look at shared data
// A lock is a letter, upper case letters with a digit (X1, X2) are instances of class X.
#ifndef TESTS_LOCKDEP_FEED_H_
#define TESTS_LOCKDEP_FEED_H_

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "lockdep/validator.h"

namespace lockdep::testing {

class Feed {
 public:
  explicit Feed(ValidatorOptions options = ClosedWorld()) : validator(std::move(options)) {}
  ~Feed() {
    for (auto& [name, thread] : threads_) validator.EndThread(thread, 0);
  }

  static ValidatorOptions ClosedWorld() {
    ValidatorOptions options;
    options.closed_world = true;
    options.sites_are_code = false;
    return options;
  }

  ThreadState& Thread(const std::string& name, bool single = true) {
    auto it = threads_.find(name);
    if (it == threads_.end()) {
      RoleInfo role;
      role.name = name;
      role.single = single;
      roles_[name] = validator.AddRole(role);
      it = threads_.emplace(name, validator.StartThread(roles_[name], name)).first;
    }
    return *it->second;
  }

  // A thread of a role of its own that `creator` starts now.
  ThreadState& Start(const std::string& name, const std::string& creator, bool single = true) {
    const ThreadOrigin origin = validator.Create(Thread(creator));
    roles_[name] = validator.AddRole({name, single, false});
    return *threads_.emplace(name, validator.StartThread(roles_[name], name, origin)).first->second;
  }
  // `name` ends; who is named then has waited for it.
  void End(const std::string& name, const std::string& joined_by = "") {
    const ThreadOrigin origin = validator.EndThread(threads_.at(name), 0);
    threads_.erase(name);
    if (!joined_by.empty()) validator.Joined(Thread(joined_by), origin);
  }

  // Another thread of the role of `of`.
  ThreadState& Twin(const std::string& name, const std::string& of) {
    Thread(of);
    roles_[name] = roles_[of];
    return *threads_.emplace(name, validator.StartThread(roles_[of], name)).first->second;
  }
  RoleId Role(const std::string& name) { return roles_.at(name); }

  LockId Lock(const std::string& name) {
    auto it = locks_.find(name);
    if (it != locks_.end()) return it->second;
    LockInfo info;
    info.name = name;
    info.type = LockType::kRwSem;
    if (name == "event") {
      info.type = LockType::kCompletion;
    } else if (name.size() > 1) {
      const std::string lock_class = name.substr(0, 1);
      if (!classes_.contains(lock_class)) classes_[lock_class] = validator.AddClass({lock_class, false, {}});
      info.lock_class = classes_[lock_class];
      info.order = static_cast<std::uint64_t>(name[1]);
    }
    return locks_[name] = validator.AddLock(info);
  }

  void Add(const std::string& name, const LockInfo& info) { locks_[name] = validator.AddLock(info); }
  LockId IdOf(const std::string& name) const { return locks_.contains(name) ? locks_.at(name) : 0; }

  void Run(ThreadState& thread, const std::string& text) {
    std::istringstream words(text);
    std::string word;
    while (words >> word) Step(thread, word);
  }
  void operator()(const std::string& thread, const std::string& text) { Run(Thread(thread), text); }

  Request Ask(const std::string& name, Mode mode, Kind kind = Kind::kBlocking) {
    const LockId lock = Lock(name);
    return {lock, validator.HowFor(lock, How::Of(mode, kind)), 0, 0};
  }

  // "circular a b unknown" for each finding.
  std::vector<std::string> Found() {
    validator.CheckInvariants();
    std::vector<std::string> result;
    for (const Finding& finding : validator.Findings()) {
      std::string text(ToString(finding.kind));
      for (int i = 0; i < finding.cycle_length; ++i) {
        const FindingLock& lock = finding.locks[static_cast<std::size_t>(i)];
        text += " " + (lock.instance.empty() ? lock.name : lock.instance);
      }
      text += " " + std::string(ToString(finding.verdict));
      for (const Reason& reason : finding.reasons) text += " " + std::string(ToString(reason.kind));
      result.push_back(text);
    }
    return result;
  }

  Validator validator;

 private:
  void Step(ThreadState& thread, const std::string& word) {
    if (word == "*") {
      validator.CompletionWait(thread, Lock("event"), 0);
      return;
    }
    if (word == "@") {
      validator.Observe(thread);
      return;
    }
    if (word[0] == '!') {
      validator.AcquireFailed(thread, Ask(word.substr(1), Mode::kExclusive, Kind::kTrylock));
      return;
    }
    if (word[0] == '-') {
      validator.Release(thread, Lock(word.substr(1)), 0);
      return;
    }
    Mode mode = Mode::kExclusive;
    Kind kind = Kind::kBlocking;
    std::string name = word;
    const bool has_prefix = word.size() > 1 && word[1] >= 'A' && !(word[1] >= '0' && word[1] <= '9');
    if (has_prefix) {
      name = word.substr(1);
      if (word[0] == 'r') mode = Mode::kRecursiveShared;
      if (word[0] == 's') mode = Mode::kShared;
      if (word[0] == '?') kind = Kind::kTrylock;
      if (word[0] == 't') kind = Kind::kTimed;
    }
    const Request request = Ask(name, mode, kind);
    validator.Acquire(thread, request);
    validator.Acquired(thread, request);
  }

  std::map<std::string, ThreadState*> threads_;
  std::map<std::string, RoleId> roles_;
  std::map<std::string, LockId> locks_;
  std::map<std::string, ClassId> classes_;
};

}  // namespace lockdep::testing

#endif  // TESTS_LOCKDEP_FEED_H_
