// What threads did when a try, or a wait for a time, failed: of one that was only seen to succeed nobody knows.
//
// Built from the recorded episodes, so a request that failed while nothing was held is not known.
//
// Immutable after it was filled; thread-compatible.  Cost: proportional to the operations times the locks held.
#ifndef LOCKDEP_FAILED_REQUESTS_H_
#define LOCKDEP_FAILED_REQUESTS_H_

#include <span>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "lockdep/held_locks.h"
#include "lockdep/registry.h"

namespace lockdep {

class FailedRequests {
 public:
  // Of one episode.  Not `complete`: what followed may be missing.
  void Add(RoleId role, std::span<const EpisodeOp> ops, bool complete);

  // A request of such a thread for the lock failed, so what it does then was seen, too.
  bool Seen(RoleId role, LockId lock) const { return seen_.contains({role, lock}); }
  // One failed while it held `held`, and it never asked again before it gave that back.
  bool LetsGo(RoleId role, LockId held, LockId wanted) const {
    return failed_.contains({role, held, wanted}) && !AsksAgain(role, held, wanted);
  }
  bool AsksAgain(RoleId role, LockId held, LockId wanted) const { return asks_again_.contains({role, held, wanted}); }

 private:
  absl::flat_hash_set<std::pair<RoleId, LockId>> seen_;
  absl::flat_hash_set<std::tuple<RoleId, LockId, LockId>> failed_;
  absl::flat_hash_set<std::tuple<RoleId, LockId, LockId>> asks_again_;
};

}  // namespace lockdep

#endif  // LOCKDEP_FAILED_REQUESTS_H_
