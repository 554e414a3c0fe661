#include "lockdep/held_locks.h"

#include <cstdlib>
#include <cstring>

#include "lockdep/check.h"

namespace lockdep {

HeldLocks::~HeldLocks() {
  if (entries_ != inline_) std::free(entries_);
}

void HeldLocks::Grow() {
  // malloc, not new: a preloaded recorder may have replaced the latter with something that locks.
  const std::size_t capacity = capacity_ * 2;
  auto* entries = static_cast<HeldLock*>(std::malloc(capacity * sizeof(HeldLock)));
  LOCKDEP_CHECK(entries != nullptr);
  std::memcpy(static_cast<void*>(entries), entries_, depth_ * sizeof(HeldLock));
  if (entries_ != inline_) std::free(entries_);
  entries_ = entries;
  capacity_ = capacity;
}

int HeldLocks::Find(LockId lock, bool any_context) const {
  const std::size_t lowest = any_context ? 0 : context_base_;
  for (std::size_t i = depth_; i > lowest; --i) {
    if (entries_[i - 1].lock == lock) return static_cast<int>(i - 1);
  }
  return -1;
}

void HeldLocks::Erase(std::size_t index) {
  LOCKDEP_CHECK(index >= context_base_ && index < depth_);
  NoteOperation({entries_[index].lock, entries_[index].how, EpisodeOpKind::kRelease});
  for (std::size_t i = index + 1; i < depth_; ++i) entries_[i - 1] = entries_[i];
  --depth_;
  Rekey(index);
}

void HeldLocks::Replace(std::size_t index, LockId lock, How how) {
  LOCKDEP_CHECK(index >= context_base_ && index < depth_);
  entries_[index].lock = lock;
  entries_[index].how = how;
  NoteOperation({lock, how, EpisodeOpKind::kDowngrade});
  Rekey(index);
}

void HeldLocks::ForgetEpisodes() {
  for (std::uint64_t& hash : episode_cache_) hash = 0;
}

void HeldLocks::Rekey(std::size_t from) {
  for (std::size_t i = from; i < depth_; ++i) {
    const HeldLock& entry = entries_[i];
    const std::uint64_t below = i == context_base_ ? base_key_ : entries_[i - 1].key;
    entries_[i].key = ChainKey(below, entry.lock, entry.how, entry.site ^ static_cast<Site>(entry.nest) << 40);
  }
}

HeldLocks::Saved HeldLocks::EnterContext(std::uint64_t context_seed) {
  const Saved saved{context_base_, base_key_};
  MarkEpisodeIncomplete();
  context_base_ = depth_;
  base_key_ = MixBits(role_seed_ ^ context_seed, 0x1d8e4e27c47d124fULL);
  return saved;
}

void HeldLocks::LeaveContext(const Saved& saved) {
  context_base_ = saved.context_base;
  base_key_ = saved.base_key;
}

void HeldLocks::Reseed(std::uint64_t context_seed) {
  base_key_ = context_seed == 0 ? role_seed_ : MixBits(role_seed_ ^ context_seed, 0x1d8e4e27c47d124fULL);
  Rekey(context_base_);
}

void HeldLocks::CheckInvariants() const {
  LOCKDEP_CHECK(depth_ <= capacity_);
  LOCKDEP_CHECK(context_base_ <= depth_);
  for (std::size_t i = context_base_; i < depth_; ++i) {
    const HeldLock& entry = entries_[i];
    const std::uint64_t below = i == context_base_ ? base_key_ : entries_[i - 1].key;
    LOCKDEP_CHECK(entry.key ==
                  ChainKey(below, entry.lock, entry.how, entry.site ^ static_cast<Site>(entry.nest) << 40));
  }
}

}  // namespace lockdep
