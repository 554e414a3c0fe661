// The locks one thread holds, oldest first; the keys of the chains they form; the operations since
// the thread last held nothing.
//
// A *chain* is the list of held locks plus the lock wanted on top.  Its 64-bit key rolls on from
// the key of the lock below, starting from a seed of the thread's role, so a chain is known per
// role.  A per-thread direct-mapped cache of keys answers "seen before?" without a shared write;
// only an unknown chain goes to the validator.  An *episode* is the list of operations from empty
// to empty lock set.  Its hash takes in the key of each entry that is popped, which tells all pushes
// since the operation before, so a push costs no hashing of its own.
// Source of the chain idea: Linux kernel/locking/lockdep.c, lookup_chain_cache; the kernel keys on
// classes only, this keys on instances, modes, kinds and call sites, so that no evidence is lost.
//
// Depends on nothing but the language, because a preloaded recorder shares it.
//
// Thread-confined: only the owning thread may call anything here, except SomethingHeld.
// Cost: Known and Push a few instructions; Pop O(depth) but O(1) for the innermost lock.  Allocates
// only when more than kInlineDepth locks are held.
//
// Invariants, verified by CheckInvariants():
//   (1) entry(i).key == ChainKey(key below i, lock and how of i, site of i).
//   (2) entries of one context are contiguous; context_base() is the first of the current one.
#ifndef LOCKDEP_HELD_LOCKS_H_
#define LOCKDEP_HELD_LOCKS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "lockdep/acquisition.h"

namespace lockdep {

using LockId = std::uint32_t;     // an instance: address and generation; 0: none
using Site = std::uintptr_t;      // where: a code address, or a number from Validator::AddSite

// How a lock is asked for and then held, in 16 bits.
struct How {
  std::uint16_t bits = 0;

  static constexpr How Of(Mode mode, Kind kind = Kind::kBlocking, unsigned subclass = 0) {
    return How{static_cast<std::uint16_t>(static_cast<unsigned>(mode) | static_cast<unsigned>(kind) << 2 | subclass << 4)};
  }
  constexpr Mode mode() const { return static_cast<Mode>(bits & 3U); }
  constexpr Kind kind() const { return static_cast<Kind>((bits >> 2) & 3U); }
  constexpr unsigned subclass() const { return (bits >> 4) & 7U; }
  // The lock's class is not validated: held for balance checks, no dependency in or out.
  constexpr bool unchecked() const { return (bits & 0x80U) != 0; }
  // The lock can be held shared, so even an acquisition that holds nothing else is evidence.
  constexpr bool tracked() const { return (bits & 0x100U) != 0; }
  // Counts class changes of the lock, modulo 128, so that its chains are new ones after each.
  constexpr How with_class_version(unsigned version) const {
    return How{static_cast<std::uint16_t>((bits & 0x1ffU) | (version & 0x7fU) << 9)};
  }
  constexpr How with_mode(Mode mode) const { return How{static_cast<std::uint16_t>((bits & ~3U) | static_cast<unsigned>(mode))}; }
  constexpr How with_unchecked() const { return How{static_cast<std::uint16_t>(bits | 0x80U)}; }
  constexpr How with_tracked() const { return How{static_cast<std::uint16_t>(bits | 0x100U)}; }
  friend constexpr bool operator==(How, How) = default;
};

struct Request {
  LockId lock = 0;
  How how;
  LockId nest = 0;  // the outer lock that serialises the class; 0: none
  Site site = 0;
};

struct HeldLock {
  std::uint64_t key = 0;
  Site site = 0;
  LockId lock = 0;
  LockId nest = 0;
  How how;
};

enum class EpisodeOpKind : std::uint8_t { kAcquire, kTryFailed, kRelease, kDowngrade, kSync, kWait };

struct EpisodeOp {
  LockId lock = 0;
  How how;
  EpisodeOpKind op = EpisodeOpKind::kAcquire;
  friend constexpr bool operator==(const EpisodeOp&, const EpisodeOp&) = default;
};

// 64 x 64 -> 128 bit multiply, both halves folded.  (The mixing step of wyhash, public domain.)
inline std::uint64_t MixBits(std::uint64_t a, std::uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline std::uint64_t ChainKey(std::uint64_t below, LockId lock, How how, Site site) {
  const std::uint64_t what = static_cast<std::uint64_t>(lock) << 16 | how.bits;
  return MixBits(below ^ what ^ 0xa0761d6478bd642fULL, (site << 1) ^ 0xe7037ed1a0b428dbULL);
}

// A number that one thread changes and any thread may read.  Costs its owner what a plain one does.
class OwnedCount {
 public:
  operator std::size_t() const { return value_.load(std::memory_order_relaxed); }  // NOLINT: it is a number
  OwnedCount& operator=(std::size_t value) {
    value_.store(value, std::memory_order_relaxed);
    return *this;
  }
  std::size_t operator++(int) {
    const std::size_t before = *this;
    *this = before + 1;
    return before;
  }
  std::size_t operator--() { return *this = *this - 1; }

 private:
  std::atomic<std::size_t> value_{0};
};

class HeldLocks {
 public:
  static constexpr std::size_t kInlineDepth = 16;
  static constexpr std::size_t kCacheSlots = 1024;       // 8 KiB a thread
  static constexpr std::size_t kEpisodeCacheSlots = 256;
  static constexpr std::size_t kEpisodeOpsMax = 128;     // longer episodes are marked incomplete

  explicit HeldLocks(std::uint64_t role_seed) : role_seed_(role_seed), base_key_(role_seed) {}
  ~HeldLocks();
  HeldLocks(const HeldLocks&) = delete;
  HeldLocks& operator=(const HeldLocks&) = delete;

  std::size_t depth() const { return depth_; }
  const HeldLock& entry(std::size_t i) const { return entries_[i]; }
  std::size_t context_base() const { return context_base_; }
  // For other threads: whether an episode is under way just now.
  bool SomethingHeld() const { return depth_ != 0; }

  // The key of the chain that `request` would make.
  std::uint64_t KeyOf(const Request& request) const {
    const std::uint64_t below = depth_ == context_base_ ? base_key_ : entries_[depth_ - 1].key;
    return ChainKey(below, request.lock, request.how, request.site ^ static_cast<Site>(request.nest) << 40);
  }

  // Whether the validator has nothing to learn from a chain with this key: it is in the cache, or
  // nothing else is held and the lock is a plain one.
  bool Known(std::uint64_t key, How how) const {
    if (depth_ == context_base_ && !how.tracked() && !track_first_) return true;
    return cache_[key % kCacheSlots] == key;
  }
  void Remember(std::uint64_t key) { cache_[key % kCacheSlots] = key; }
  // Also report chains of one plain lock (context-usage rules need them).
  void set_track_first(bool on) { track_first_ = on; }

  void Push(const Request& request, std::uint64_t key) {
    if (__builtin_expect(depth_ == capacity_, 0)) Grow();
    HeldLock& entry = entries_[depth_++];
    entry.key = key;
    entry.site = request.site;
    entry.lock = request.lock;
    entry.nest = request.nest;
    entry.how = request.how;
    AppendOperation({request.lock, request.how, EpisodeOpKind::kAcquire});
    if (depth_ > 1 || request.how.tracked()) episode_state_.matters = true;
  }

  // Forgets the innermost entry.  REQUIRES: it is `lock`, and it is of the current context.
  bool TopIs(LockId lock) const { return depth_ > context_base_ && entries_[depth_ - 1].lock == lock; }
  void PopTop() {
    const HeldLock& entry = entries_[--depth_];
    AppendOperation({entry.lock, entry.how, EpisodeOpKind::kRelease});
    // Of an episode that does not matter nobody asks for the hash.
    if (episode_state_.matters) episode_hash_ = MixBits(episode_hash_ ^ entry.key, depth_ ^ 0x589965cc75374cc3ULL);
  }

  // Whether the lock set just became empty after an episode that was not seen before.  Resets the
  // episode when it was.  REQUIRES: called after every pop.
  bool EpisodeIsNew() {
    if (depth_ != 0) return false;
    if (!episode_state_.matters || episode_cache_[episode_hash_ % kEpisodeCacheSlots] == episode_hash_) {
      ResetEpisode();
      return false;
    }
    return true;
  }
  void RememberEpisode() {
    episode_cache_[episode_hash_ % kEpisodeCacheSlots] = episode_hash_;
    ResetEpisode();
  }

  // An operation that is no push and no pop.  While nothing is held it is of no episode.
  void NoteOperation(EpisodeOp op) {
    if (depth_ == 0) return;
    const std::uint64_t top = entries_[depth_ - 1].key;
    episode_hash_ = MixBits(episode_hash_ ^ Packed(op) ^ 0x8ebc6af09c88c6e3ULL, top ^ depth_);
    AppendOperation(op);
  }
  // Tells episodes apart by operations and by places.  Of one that matters.
  std::uint64_t episode_hash() const { return episode_hash_; }
  const EpisodeOp* episode() const { return episode_; }
  std::size_t episode_length() const { return episode_state_.length; }
  // The operations are not all of it, or not all its own.
  bool episode_incomplete() const { return episode_state_.incomplete; }
  void MarkEpisodeIncomplete() {
    if (depth_ != 0) episode_state_.incomplete = true;
  }
  // The next time, each episode is new again.
  void ForgetEpisodes();

  // Index of the youngest entry of `lock` in the current context (`any_context`: in all), or -1.
  int Find(LockId lock, bool any_context = false) const;
  // Removes entry `index` and recomputes the keys above it.  REQUIRES: of the current context.
  void Erase(std::size_t index);
  // Changes how entry `index` is held (downgrade, class change) and recomputes the keys above it.
  // REQUIRES: of the current context.
  void Replace(std::size_t index, LockId lock, How how);

  // A context on top (interrupt, signal handler): chains start anew, from `context_seed`.  The episode
  // below it is not complete, since operations do not say in which context they were done.
  // Returns what LeaveContext needs.
  struct Saved {
    std::size_t context_base = 0;
    std::uint64_t base_key = 0;
  };
  Saved EnterContext(std::uint64_t context_seed);
  void LeaveContext(const Saved& saved);
  // Chains of the present context get other keys from now on (interrupts switched on or off).
  void Reseed(std::uint64_t context_seed);

  std::uint64_t role_seed() const { return role_seed_; }
  void CheckInvariants() const;

 private:
  void Grow();
  void Rekey(std::size_t from);
  // All but the hash, in one word, so that it is reset by one store.
  struct alignas(8) EpisodeState {
    std::uint32_t length = 0;
    bool incomplete = false;
    bool matters = false;
  };

  static std::uint64_t Packed(EpisodeOp op) {
    return static_cast<std::uint64_t>(op.op) << 48 | static_cast<std::uint64_t>(op.how.bits) << 32 | op.lock;
  }
  void AppendOperation(EpisodeOp op) {
    const std::uint32_t at = episode_state_.length;
    if (__builtin_expect(at < kEpisodeOpsMax, 1)) {
      episode_[at] = op;
      episode_state_.length = at + 1;
    } else {
      episode_state_.incomplete = true;
    }
  }
  void ResetEpisode() {
    episode_hash_ = 0;
    episode_state_ = {};
  }

  const std::uint64_t role_seed_;
  std::uint64_t base_key_;
  HeldLock* entries_ = inline_;
  OwnedCount depth_;
  std::size_t capacity_ = kInlineDepth;
  std::size_t context_base_ = 0;
  std::uint64_t episode_hash_ = 0;
  EpisodeState episode_state_;
  bool track_first_ = false;
  HeldLock inline_[kInlineDepth];
  std::uint64_t cache_[kCacheSlots] = {};
  std::uint64_t episode_cache_[kEpisodeCacheSlots] = {};
  EpisodeOp episode_[kEpisodeOpsMax];
};

}  // namespace lockdep

#endif  // LOCKDEP_HELD_LOCKS_H_
