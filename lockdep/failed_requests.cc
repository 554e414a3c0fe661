#include "lockdep/failed_requests.h"

#include <algorithm>
#include <vector>

namespace lockdep {

void FailedRequests::Add(RoleId role, std::span<const EpisodeOp> ops, bool complete) {
  std::vector<LockId> held;
  std::vector<std::pair<LockId, LockId>> pending;  // held since `second` was asked for in vain
  const auto ask = [&](LockId lock) {
    for (const auto& [outer, wanted] : pending) {
      if (wanted == lock) asks_again_.insert({role, outer, wanted});
    }
  };
  for (const EpisodeOp& op : ops) {
    switch (op.op) {
      case EpisodeOpKind::kAcquire:
        ask(op.lock);
        held.push_back(op.lock);
        break;
      case EpisodeOpKind::kTryFailed:
        ask(op.lock);
        seen_.insert({role, op.lock});
        for (const LockId outer : held) {
          failed_.insert({role, outer, op.lock});
          pending.emplace_back(outer, op.lock);
        }
        break;
      case EpisodeOpKind::kRelease:
        if (const auto it = std::find(held.rbegin(), held.rend(), op.lock); it != held.rend()) {
          held.erase(std::next(it).base());
        }
        if (std::find(held.begin(), held.end(), op.lock) == held.end()) {
          std::erase_if(pending, [&](const auto& each) { return each.first == op.lock; });
        }
        break;
      case EpisodeOpKind::kSync: ask(op.lock); break;
      case EpisodeOpKind::kDowngrade:
      case EpisodeOpKind::kWait: break;
    }
  }
  if (complete) return;
  for (const auto& [outer, wanted] : pending) asks_again_.insert({role, outer, wanted});
}

}  // namespace lockdep
