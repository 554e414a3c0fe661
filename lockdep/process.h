// What a process has one of: the validator, the registry of locks by address, the roles, the policy.
// Behind runtime.h; not for programs.
//
// Locks of ours, lowest first; each is taken only with lower ones held:
//   gate        shared around every call of the validator, exclusively around fork()
//   registry    registration of locks, classes and roles
//   handler     the finding handler
//   the validator's graph mutex (own_mutex.h), a leaf
// The gate exists so that the child of a fork finds the others free and what they guard whole.
//
// Thread-safe.
#ifndef LOCKDEP_PROCESS_H_
#define LOCKDEP_PROCESS_H_

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "lockdep/guards.h"
#include "lockdep/lock_class.h"
#include "lockdep/raw/raw_mutex.h"
#include "lockdep/raw/raw_rw_lock.h"
#include "lockdep/runtime.h"
#include "lockdep/validator.h"

namespace lockdep {
inline namespace LOCKDEP_CHECKING {
class LockMap;
}

// How a lock is called in messages.
struct LockLabel {
  const char* name = nullptr;
  Birth birth;
  std::string ToString() const;
};

class Process {
 public:
  // Made on first use, never destroyed.
  static Process& Get();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  Validator& validator() { return validator_; }
  pthread_key_t thread_end_key() const { return thread_end_key_; }

  // False after a fork by a signal handler that interrupted the validator: its data may be torn.
  bool usable() const { return usable_.load(std::memory_order_relaxed); }

  // --- The gate.  REQUIRES: entered by a thread that is not inside; see GateSection. -------------
  void EnterGate() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { gate_.lock_shared(); }
  void LeaveGate() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { gate_.unlock_shared(); }

  // --- Registration.  REQUIRES: inside the gate. ------------------------------------------------
  // Registers what is at `lock`, and publishes its number while no one else can, unless `identity`
  // shows that this was done meanwhile.
  template <class Publish>
  void AddLock(const void* lock, const std::atomic<std::uint64_t>& identity, const LockInfo& info,
               const LockLabel& label, Publish publish) {
    const MutexLock guard(registry_mutex_);
    if (identity.load(std::memory_order_relaxed) != 0) return;
    const LockId id = validator_.AddLock(info);
    locks_[reinterpret_cast<std::uintptr_t>(lock)] = {id, label};
    publish(id);
  }
  ClassId IdOf(LockClass& lock_class);
  void RemoveLock(const void* lock, LockId id);
  // Those whose address is in [begin, begin + size), which are removed.
  std::vector<std::pair<const void*, LockId>> RemoveLocksIn(const void* begin, std::size_t size);
  std::string LabelOf(LockId id);
  // The lock that is registered at the least address from this one on, and the one with this number.  Null: there is
  // none.  REQUIRES: locks end only while nobody uses the result.
  const LockMap* LockFrom(std::uintptr_t address);
  const LockMap* LockOf(LockId id);

  // --- Roles.  REQUIRES: inside the gate. --------------------------------------------------------
  RoleId main_role() const { return main_role_; }
  RoleId foreign_role() const { return foreign_role_; }
  // The role with this key, added at first with this name (or, if taken, the name and a number).
  RoleId RoleFor(const std::string& key, const std::string& name);
  // A role that the caller says is single; 0 if a live thread has it.  To be given back.
  RoleId ClaimSingleRole(const std::string& name);
  void ReturnSingleRole(RoleId role);
  std::uint32_t NextThreadNumber() { return threads_.fetch_add(1, std::memory_order_relaxed) + 1; }

  // --- Findings -----------------------------------------------------------------------------------
  void SetPolicy(Policy policy) { policy_.store(policy, std::memory_order_relaxed); }
  void SetHandler(std::function<void(const Finding&)> handler);
  // As the policy says.  REQUIRES: not inside the gate; calls the program's handler.
  void Deliver(const Finding& finding);

  // An event that the validator did not see.  Async-signal-safe.
  static void CountLostEvent() { lost_events_.fetch_add(1, std::memory_order_relaxed); }
  // Tells the validator.  REQUIRES: inside the gate.
  void FlushLostEvents();

 private:
  Process();
  RoleId AddRole(const std::string& name, bool single, bool declared_single);
  static void BeforeFork();
  static void AfterForkInParent();
  static void AfterForkInChild();
  [[gnu::constructor(101)]] static void Start();

  struct RegisteredLock {
    LockId id;
    LockLabel label;
  };
  struct SingleRole {
    RoleId role;
    bool claimed;
  };

  RawRwSem gate_;
  RawMutex registry_mutex_;
  absl::btree_map<std::uintptr_t, RegisteredLock> locks_ LOCKDEP_GUARDED_BY(registry_mutex_);
  absl::flat_hash_map<std::string, RoleId> roles_ LOCKDEP_GUARDED_BY(registry_mutex_);
  absl::flat_hash_map<std::string, int> role_names_ LOCKDEP_GUARDED_BY(registry_mutex_);
  absl::flat_hash_map<std::string, SingleRole> single_roles_ LOCKDEP_GUARDED_BY(registry_mutex_);
  RawMutex handler_mutex_;
  std::function<void(const Finding&)> handler_ LOCKDEP_GUARDED_BY(handler_mutex_);
  std::atomic<Policy> policy_;
  std::atomic<bool> usable_{true};
  std::atomic<std::uint32_t> threads_{0};
  static constinit std::atomic<std::uint64_t> lost_events_;
  pthread_key_t thread_end_key_;
  Validator validator_;
  RoleId main_role_;
  RoleId foreign_role_;
};

}  // namespace lockdep

#endif  // LOCKDEP_PROCESS_H_
