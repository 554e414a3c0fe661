// Why a recording decides less than its chains and episodes seem to: findings that rest on what no run shows become
// `unknown`, and say on what.
//
//   * A lock that only its maker has used may be out of everybody else's reach: who makes an object often locks it
//     first.  Where that is declared, the finding is false.  Where the maker had done nothing by which others could
//     know of it, as far as was seen, the finding does not count.
//   * An order that is only declared was not seen.
//   * Locks that processes share can make threads of several processes wait for each other; a gate that is not shared,
//     and that there is one such thread in a process, exclude nothing then.  And one may be mapped at two places.
//   * A handler runs wherever its signal can come, not only where it was seen to; but after it was installed, and after
//     whatever sends the signal.
//   * A thread that asks for what it seems to hold already waits for itself only if it was seen to wait.
//   * A program that asks the kernel for futexes by itself (futures, latches, atomics that are waited for) makes orders
//     that are not seen.  Who does not have to wait does not ask: so what it imports counts, too.
//
// Locks are those of the validator.  Thread-compatible.  Cost: a look into a table for each link of a finding.
#ifndef LOCKDEP_RECORDED_DOUBTS_H_
#define LOCKDEP_RECORDED_DOUBTS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "lockdep/finding.h"
#include "lockdep/held_locks.h"
#include "lockdep/new_lock_orders.h"

namespace lockdep {

class RecordedDoubts {
 public:
  // The role of whoever takes locks as it is declared.
  static constexpr const char* kDeclaringRole = "declared order";
  // What the role of a signal's handlers begins with.
  static constexpr const char* kHandlerRole = "handler of ";

  // What a lock that only its maker has used so far is to others.
  enum class NewLocks : std::uint8_t {
    kAsSeen,   // out of reach, though that is no proof, until the maker does what they can learn of it by
    kPrivate,  // out of reach, as is declared
    kPublic,   // within reach
  };
  struct Options {
    bool asks_for_futexes = false;  // the program does, by itself
    std::uint32_t imports = 0;      // RecordingHeader::imports: it may have
    bool some_unseen = false;       // operations were lost, or not written down
    NewLocks new_locks = NewLocks::kAsSeen;
  };
  explicit RecordedDoubts(Options options) : options_(options) {}

  NewLockOrders& orders() { return orders_; }
  // Whether the order cannot be in anybody's way, as far as was seen.
  bool IsUnpublished(LockId held, LockId wanted) const;
  // A thread that cannot get the lock any more, for another one ended with it, may go on without it.
  void NoteRobust(LockId lock, const std::string& name) { robust_.try_emplace(lock, name); }
  // Processes share the lock.
  void NoteShared(LockId lock) { shared_.insert(lock); }

  // Makes the finding `unknown` where one of the above holds, or `false` by declaration.
  void Cap(Finding& finding) const;

 private:
  void CapByDeclaredOrder(Finding& finding) const;
  static void CapByHandlers(Finding& finding);
  static void CapSelfDeadlock(Finding& finding);
  void CapByFutexes(Finding& finding) const;
  void CapByShared(Finding& finding) const;
  void CapByRobust(Finding& finding) const;
  void CapByMappings(Finding& finding) const;
  void CapByNewLocks(Finding& finding) const;

  NewLockOrders orders_;
  absl::flat_hash_set<LockId> shared_;
  std::map<LockId, std::string> robust_;  // with their names
  const Options options_;
};

}  // namespace lockdep

#endif  // LOCKDEP_RECORDED_DOUBTS_H_
