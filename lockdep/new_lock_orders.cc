#include "lockdep/new_lock_orders.h"

#include <algorithm>

namespace lockdep {

void NewLockOrders::Note(Lock held, Lock wanted, Novelty novelty) {
  const Kinds kinds{held.kind, wanted.kind};
  Least& least = least_.try_emplace({held.id, wanted.id}, Least{novelty, kinds}).first->second;
  least.novelty = std::min(least.novelty, novelty);
  Novelty& of_kinds = least_of_kinds_.try_emplace(kinds, novelty).first->second;
  of_kinds = std::min(of_kinds, novelty);
}

NewLockOrders::Novelty NewLockOrders::Of(LockId held, LockId wanted) const {
  const auto least = least_.find({held, wanted});
  if (least == least_.end()) return Novelty::kNone;
  const Novelty novelty = least->second.novelty;
  if (novelty != Novelty::kUnpublished) return novelty;
  const bool declared = declared_.contains({held, wanted});
  const bool of_all = least_of_kinds_.find(least->second.kinds)->second == Novelty::kUnpublished;
  return of_all && !declared ? novelty : Novelty::kUsedByMaker;
}

}  // namespace lockdep
