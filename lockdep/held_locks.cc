#include "lockdep/held_locks.h"

#include <cstring>

#include "lockdep/check.h"

namespace lockdep {

HeldLocks::~HeldLocks() {
  if (entries_ != bottom_and_inline_ + 1) FreeHeldEntries(entries_ - 1, capacity_bytes_ + kEntryBytes);
}

void HeldLocks::Grow() {
  const std::uint32_t capacity_bytes = capacity_bytes_ * 2;
  auto* bottom = static_cast<HeldLock*>(AllocateHeldEntries(capacity_bytes + kEntryBytes));
  LOCKDEP_CHECK(bottom != nullptr);
  std::memcpy(static_cast<void*>(bottom), entries_ - 1, kEntryBytes + HeldBytes());
  if (entries_ != bottom_and_inline_ + 1) FreeHeldEntries(entries_ - 1, capacity_bytes_ + kEntryBytes);
  entries_ = bottom + 1;
  capacity_bytes_ = capacity_bytes;
}

int HeldLocks::Find(LockId lock, bool any_context) const {
  const std::size_t lowest = any_context ? 0 : context_base();
  for (std::size_t i = depth(); i > lowest; --i) {
    if (entries_[i - 1].lock == lock) return static_cast<int>(i - 1);
  }
  return -1;
}

void HeldLocks::Erase(std::size_t index) {
  LOCKDEP_CHECK(index >= context_base() && index < depth());
  NoteOperation({entries_[index].lock, entries_[index].how, EpisodeOpKind::kRelease});
  for (std::size_t i = index + 1; i < depth(); ++i) entries_[i - 1] = entries_[i];
  SetState(state_ - kEntryBytes);
  Rekey(index);
}

void HeldLocks::Replace(std::size_t index, LockId lock, How how) {
  LOCKDEP_CHECK(index >= context_base() && index < depth());
  entries_[index].lock = lock;
  entries_[index].how = how;
  NoteOperation({lock, how, EpisodeOpKind::kDowngrade});
  Rekey(index);
}

void HeldLocks::WriteMore(std::uint64_t word) {
  const std::size_t at = Written() & ~(kIncomplete >> 32);
  SetState(state_ | kIncomplete);
  if (at == kEpisodeOpsMax) return;
  episode_[at] = word;
  SetState(state_ + kOneWritten);
}

void HeldLocks::ForgetObjects() {
  for (std::size_t i = 0; i < depth(); ++i) entries_[i].nest_or_caller = 0;
}

void HeldLocks::ForgetEpisodes() {
  for (std::uint64_t& hash : episode_cache_) hash = 0;
}

void HeldLocks::Rekey(std::size_t from) {
  for (std::size_t i = from; i < depth(); ++i) {
    const HeldLock& entry = entries_[i];
    const std::uint64_t below = i == context_base() ? base_key_ : entries_[i - 1].key;
    entries_[i].key = ChainKey(below, entry.lock, entry.how, entry.site ^ static_cast<Site>(entry.nest()) << 40);
  }
}

HeldLocks::Saved HeldLocks::EnterContext(std::uint64_t context_seed) {
  const Saved saved{context_base(), base_key_};
  MarkEpisodeIncomplete();
  context_base_bytes_ = HeldBytes();
  SetBaseKey(BaseKey(role_seed_, context_seed));
  return saved;
}

void HeldLocks::LeaveContext(const Saved& saved) {
  context_base_bytes_ = saved.context_base * kEntryBytes;
  SetBaseKey(saved.base_key);
}

void HeldLocks::Reseed(std::uint64_t context_seed) {
  SetBaseKey(BaseKey(role_seed_, context_seed));
  Rekey(context_base());
}

// Plays the operations through on a list of held locks, which tells the releases that were not written.
void HeldLocks::ListEpisode(Episode& episode) const {
  episode.length = 0;
  episode.complete = (state_ & kIncomplete) == 0;
  EpisodeOp(&held)[kEpisodeOpsMax] = episode.held;
  std::size_t depth = 0;
  const auto add = [&](EpisodeOp op) {
    if (episode.length == kEpisodeOpsMax) {
      episode.complete = false;
    } else {
      episode.ops[episode.length++] = op;
    }
  };
  const auto release_down_to = [&](std::size_t lowest) {
    for (; depth > lowest; --depth) add({held[depth - 1].lock, held[depth - 1].how, EpisodeOpKind::kRelease});
  };
  const auto youngest = [&](LockId lock) {
    std::size_t i = depth;
    while (i > 0 && held[i - 1].lock != lock) --i;
    return i;  // behind it; 0: none
  };
  for (std::size_t i = 0; i < (Written() & ~(kIncomplete >> 32)); ++i) {
    const std::uint64_t word = episode_[i];
    const EpisodeOp op{static_cast<LockId>(word), How{static_cast<std::uint16_t>(word >> 32)},
                       static_cast<EpisodeOpKind>(word >> 48 & 0xffU)};
    release_down_to(word >> 56);
    add(op);
    if (op.op == EpisodeOpKind::kAcquire) held[depth++] = op;
    const std::size_t at = youngest(op.lock);
    if (op.op == EpisodeOpKind::kDowngrade && at > 0) held[at - 1].how = op.how;
    if (op.op != EpisodeOpKind::kRelease || at == 0) continue;
    for (std::size_t j = at; j < depth; ++j) held[j - 1] = held[j];
    --depth;
  }
  release_down_to(this->depth());
}

void HeldLocks::CheckInvariants() const {
  LOCKDEP_CHECK(HeldBytes() <= capacity_bytes_);
  LOCKDEP_CHECK(context_base_bytes_ <= HeldBytes());
  LOCKDEP_CHECK(entries_[-1].nest_or_caller == kNoObject);
  LOCKDEP_CHECK(context_base_bytes_ != 0 || entries_[-1].key == base_key_);
  for (std::size_t i = context_base(); i < depth(); ++i) {
    const HeldLock& entry = entries_[i];
    const std::uint64_t below = i == context_base() ? base_key_ : entries_[i - 1].key;
    LOCKDEP_CHECK(entry.key ==
                  ChainKey(below, entry.lock, entry.how, entry.site ^ static_cast<Site>(entry.nest()) << 40));
  }
}

}  // namespace lockdep
