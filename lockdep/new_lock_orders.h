// In which orders locks were taken, and how new one of the two was then.
//
// A lock that only its maker has used may be out of everybody else's reach.  How far that goes is known of each order
// by the request with which least of it can be said.  Of locks of one kind not all orders are written down, so that one
// is taken for unpublished only where no other lock of its kind was seen published in that order.
//
// Locks are those of the validator.  Thread-compatible.  Cost: two looks into a table for each order.
#ifndef LOCKDEP_NEW_LOCK_ORDERS_H_
#define LOCKDEP_NEW_LOCK_ORDERS_H_

#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "lockdep/held_locks.h"

namespace lockdep {

class NewLockOrders {
 public:
  enum class Novelty : std::uint8_t {
    kNone,
    kUsedByMaker,  // only its maker had made use of one of the two so far
    kUnpublished,  // and had done nothing since it made it, as far as was seen, by which others could know of it
  };
  struct Lock {
    LockId id = 0;
    std::uint32_t kind = 0;  // of the same class, or made at the same place
  };

  // `wanted` was asked for with `held` held.
  void Note(Lock held, Lock wanted, Novelty novelty);
  // That it is to be so is declared, so others are to know of both.
  void NoteDeclared(LockId held, LockId wanted) { declared_.insert({held, wanted}); }

  bool Saw(LockId held, LockId wanted) const { return least_.contains({held, wanted}); }
  Novelty Of(LockId held, LockId wanted) const;

 private:
  using Kinds = std::pair<std::uint32_t, std::uint32_t>;
  struct Least {
    Novelty novelty;
    Kinds kinds;
  };
  absl::flat_hash_map<std::pair<LockId, LockId>, Least> least_;
  absl::flat_hash_map<Kinds, Novelty> least_of_kinds_;
  absl::flat_hash_set<std::pair<LockId, LockId>> declared_;
};

}  // namespace lockdep

#endif  // LOCKDEP_NEW_LOCK_ORDERS_H_
