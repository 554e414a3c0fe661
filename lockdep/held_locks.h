// The locks one thread holds, oldest first; the keys of the chains they form; the operations since
// the thread last held nothing.
//
// A *chain* is the list of held locks plus the lock wanted on top.  Its 64-bit key rolls on from
// the key of the lock below, starting from a seed of the thread's role, so a chain is known per
// role.  A per-thread direct-mapped cache of keys answers "seen before?" without a shared write;
// only an unknown chain goes to the validator.
// Source of the chain idea: Linux kernel/locking/lockdep.c, lookup_chain_cache; the kernel keys on
// classes only, this keys on instances, modes, kinds and call sites, so that no evidence is lost.
//
// An *episode* is the list of operations from empty to empty lock set.  Each is written down with the
// number of locks held before it, except the release of the innermost lock: the next operation is
// written at a lesser depth, or the episode is over, which tells it.  The hash takes in the key of each
// lock so released; a key tells all of the stack, so the keys in their order tell all that was pushed.
//
// Depends on nothing but the language, because the preloaded recorder shares it; it brings memory of its own for
// AllocateHeldEntries and FreeHeldEntries.
//
// Thread-confined: only the owning thread may call anything here, except SomethingHeld and set_track_first.
// Cost: KeyOf with Known, Push, and PopTop with EpisodeIsNew about twenty instructions each; Erase O(depth).
// Allocates only when more than kInlineDepth locks are held.
//
// Invariants, verified by CheckInvariants():
//   (1) entry(i).key == ChainKey(key below i, lock and how of i, site of i).
//   (2) entries of one context are contiguous; context_base() is the first of the current one.
#ifndef LOCKDEP_HELD_LOCKS_H_
#define LOCKDEP_HELD_LOCKS_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "lockdep/acquisition.h"

namespace lockdep {

using LockId = std::uint32_t;  // an instance: address and generation; 0: none
using Site = std::uintptr_t;   // where: a code address, or a number from Validator::AddSite

// How a lock is asked for and then held, in 16 bits.
struct How {
  std::uint16_t bits = 0;

  static constexpr How Of(Mode mode, Kind kind = Kind::kBlocking, unsigned subclass = 0) {
    return How{
        static_cast<std::uint16_t>(static_cast<unsigned>(mode) | static_cast<unsigned>(kind) << 2 | subclass << 4)};
  }
  constexpr Mode mode() const { return static_cast<Mode>(bits & 3U); }
  constexpr Kind kind() const { return static_cast<Kind>((bits >> 2) & 3U); }
  constexpr unsigned subclass() const { return (bits >> 4) & 7U; }
  // The lock's class is not validated: held for balance checks, no dependency in or out.
  constexpr bool unchecked() const { return (bits & 0x80U) != 0; }
  // The lock can be held shared, so even an acquisition that holds nothing else is evidence.
  constexpr bool tracked() const { return (bits & 0x100U) != 0; }
  // The request is evidence though nothing else is held: only a writer's is, which can queue between readers.
  constexpr bool counts_alone() const { return tracked() && mode() == Mode::kExclusive; }
  // Counts class changes of the lock, modulo 128, so that its chains are new ones after each.
  constexpr How with_class_version(unsigned version) const {
    return How{static_cast<std::uint16_t>((bits & 0x1ffU) | (version & 0x7fU) << 9)};
  }
  constexpr How with_mode(Mode mode) const {
    return How{static_cast<std::uint16_t>((bits & ~3U) | static_cast<unsigned>(mode))};
  }
  constexpr How with_unchecked() const { return How{static_cast<std::uint16_t>(bits | 0x80U)}; }
  constexpr How with_tracked() const { return How{static_cast<std::uint16_t>(bits | 0x100U)}; }
  friend constexpr bool operator==(How, How) = default;
};

struct Request {
  LockId lock = 0;
  How how;
  LockId nest = 0;  // the outer lock that serialises the class; 0: none
  Site site = 0;
  // Where the function that `site` lies in was called from (a return address); 0: not known.  If that
  // function is a guard's constructor, only this names a place in the program.
  Site caller = 0;
};

struct HeldLock {
  std::uint64_t key = 0;
  Site site = 0;
  LockId lock = 0;
  How how;
  std::uint64_t nest_or_caller = 0;  // who has a nest lock does without the caller

  // Both of a LockWord, by one store where the word has them in that order.
  void SetWord(std::uint64_t word) {
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(reinterpret_cast<unsigned char*>(this) + offsetof(HeldLock, lock), &word, sizeof word);
    } else {
      lock = static_cast<LockId>(word);
      how.bits = static_cast<std::uint16_t>(word >> 32);
    }
  }
  static constexpr std::uint64_t NestOrCaller(LockId nest, Site caller) { return nest == 0 ? caller : kIsNest | nest; }
  LockId nest() const { return (nest_or_caller & kIsNest) != 0 ? static_cast<LockId>(nest_or_caller) : 0; }
  Site caller() const { return (nest_or_caller & kIsNest) != 0 ? 0 : static_cast<Site>(nest_or_caller); }
  Request request() const { return {lock, how, nest(), site, caller()}; }

 private:
  static constexpr std::uint64_t kIsNest = std::uint64_t{1} << 63;  // no code has such an address
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

// Which lock and how, in one word.
constexpr std::uint64_t LockWord(LockId lock, How how) { return lock | static_cast<std::uint64_t>(how.bits) << 32; }

inline std::uint64_t ChainKey(std::uint64_t below, std::uint64_t lock_word, Site site) {
  return MixBits(below ^ lock_word, site ^ 0xe7037ed1a0b428dbULL);
}
inline std::uint64_t ChainKey(std::uint64_t below, LockId lock, How how, Site site) {
  return ChainKey(below, LockWord(lock, how), site);
}

// For more than HeldLocks::kInlineDepth locks.  In the library it is malloc's, not that of `new`, which a program may
// replace with something that locks (held_entries.cc).
void* AllocateHeldEntries(std::size_t bytes);
void FreeHeldEntries(void* entries, std::size_t bytes);

class alignas(64) HeldLocks {
 public:
  static constexpr std::size_t kInlineDepth = 16;
  static constexpr std::size_t kCacheSlots = 1024;  // 8 KiB a thread
  static constexpr std::size_t kEpisodeCacheSlots = 256;
  static constexpr std::size_t kEpisodeOpsMax = 128;  // longer episodes are marked incomplete

  explicit HeldLocks(std::uint64_t role_seed) : base_key_(BaseKey(role_seed, 0)), role_seed_(role_seed) {}
  ~HeldLocks();
  HeldLocks(const HeldLocks&) = delete;
  HeldLocks& operator=(const HeldLocks&) = delete;

  std::size_t depth() const { return depth_; }
  const HeldLock& entry(std::size_t i) const { return entries_[i]; }
  std::size_t context_base() const { return context_base_; }
  // For other threads: whether an episode is under way just now.
  bool SomethingHeld() const { return __atomic_load_n(&depth_, __ATOMIC_RELAXED) != 0; }

  // The key of the chain that `request` would make.
  std::uint64_t KeyOf(const Request& request) const {
    return KeyOf(LockWord(request.lock, request.how), request.nest, request.site);
  }
  std::uint64_t KeyOf(std::uint64_t lock_word, LockId nest, Site site) const {
    const std::uint64_t below = depth_ == context_base_ ? base_key_ : entries_[depth_ - 1].key;
    return ChainKey(below, lock_word, site ^ static_cast<Site>(nest) << 40);
  }

  // Whether the validator has nothing to learn from a chain with this key: it is in the cache, or
  // nothing else is held and the lock is a plain one.
  bool Known(std::uint64_t key, How how) const {
    if (depth_ == context_base_ && !how.tracked() && !__atomic_load_n(&track_first_, __ATOMIC_RELAXED)) return true;
    return cache_[key % kCacheSlots] == key;
  }
  void Remember(std::uint64_t key) { cache_[key % kCacheSlots] = key; }
  // Also report chains of one plain lock (context-usage rules need them, and who joins the thread).
  void set_track_first(bool on) { __atomic_store_n(&track_first_, on, __ATOMIC_RELAXED); }

  void Push(const Request& request, std::uint64_t key) {
    Push(LockWord(request.lock, request.how), request.site, HeldLock::NestOrCaller(request.nest, request.caller), key);
  }
  void Push(std::uint64_t lock_word, Site site, std::uint64_t nest_or_caller, std::uint64_t key) {
    if (__builtin_expect(depth_ == capacity_, 0)) Grow();
    HeldLock& entry = entries_[depth_];
    entry.key = key;
    entry.site = site;
    entry.SetWord(lock_word);
    entry.nest_or_caller = nest_or_caller;
    Write(lock_word, EpisodeOpKind::kAcquire);
    SetDepth(depth_ + 1);
  }

  // Forgets the innermost entry.  REQUIRES: it is `lock`, and it is of the current context.
  bool TopIs(LockId lock) const { return depth_ > context_base_ && entries_[depth_ - 1].lock == lock; }
  void PopTop() {
    SetDepth(depth_ - 1);
    const HeldLock& entry = entries_[depth_];
    if (depth_ == 0 && written_ == 1 && !entry.how.tracked()) {
      written_ = 0;  // one plain lock is no evidence
      return;
    }
    // A polynomial of keys, which are random numbers; five, because times five is one instruction.
    episode_hash_ = episode_hash_ * 5 + entry.key;
  }

  // Whether the lock set just became empty after an episode that was not seen before.  Resets the
  // episode when it was.  REQUIRES: called after every pop.
  bool EpisodeIsNew() {
    if (depth_ != 0 || written_ == 0) return false;
    if (episode_cache_[episode_hash_ % kEpisodeCacheSlots] != episode_hash_) return true;
    ResetEpisode();
    return false;
  }
  void RememberEpisode() {
    episode_cache_[episode_hash_ % kEpisodeCacheSlots] = episode_hash_;
    ResetEpisode();
  }

  // An operation that is no push and no pop.  While nothing is held it is of no episode.
  void NoteOperation(EpisodeOp op) {
    if (depth_ == 0) return;
    const std::uint64_t word = LockWord(op.lock, op.how);
    episode_hash_ =
        MixBits(episode_hash_ ^ word ^ Above48(op.op, depth_) ^ 0x8ebc6af09c88c6e3ULL, entries_[depth_ - 1].key);
    Write(word, op.op);
  }
  // Tells episodes apart by operations and by places.  Of one that matters.
  std::uint64_t episode_hash() const { return episode_hash_; }

  // The operations are not all of it, or not all its own.
  void MarkEpisodeIncomplete() {
    if (depth_ != 0) written_ |= kIncomplete;
  }
  // The next time, each episode is new again.
  void ForgetEpisodes();
  // The operations so far; not complete if it was marked, or if there are more than kEpisodeOpsMax.
  struct Episode {
    std::size_t length = 0;
    bool complete = true;
    EpisodeOp ops[kEpisodeOpsMax];
  };
  void ListEpisode(Episode& episode) const;

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
  // The thread has another role from now on.  REQUIRES: nothing is held, no context was entered.
  void set_role_seed(std::uint64_t role_seed) {
    role_seed_ = role_seed;
    base_key_ = BaseKey(role_seed, 0);
  }
  void CheckInvariants() const;

 private:
  [[gnu::cold, gnu::noinline]] void Grow();
  void Rekey(std::size_t from);
  // For SomethingHeld.  The owner's own loads are plain, so that they cost nothing.
  void SetDepth(std::uint32_t depth) { __atomic_store_n(&depth_, depth, __ATOMIC_RELAXED); }

  // Where the chains of a context start.
  static std::uint64_t BaseKey(std::uint64_t role_seed, std::uint64_t context_seed) {
    return MixBits(role_seed ^ context_seed ^ 0xa0761d6478bd642fULL, 0x1d8e4e27c47d124fULL);
  }
  static std::uint64_t Above48(EpisodeOpKind op, std::uint64_t depth) {
    return (static_cast<std::uint64_t>(op) | depth << 8) << 48;
  }
  void Write(std::uint64_t lock_word, EpisodeOpKind op) {
    const std::uint32_t at = written_;
    if (__builtin_expect(at < kEpisodeOpsMax, 1)) {
      // Each lock held was written, so `depth_` has at most 8 bits here.
      episode_[at] = lock_word | Above48(op, depth_);
      written_ = at + 1;
    } else {
      WriteMore(lock_word | Above48(op, depth_));
    }
  }
  [[gnu::cold, gnu::noinline]] void WriteMore(std::uint64_t word);
  void ResetEpisode() {
    episode_hash_ = 0;
    written_ = 0;
  }

  // Together in one cache line, as far as the fast path needs them.
  HeldLock* entries_ = inline_;
  std::uint64_t base_key_;
  std::uint64_t episode_hash_ = 0;
  std::uint32_t depth_ = 0;  // changed by SetDepth only
  std::uint32_t capacity_ = kInlineDepth;
  std::uint32_t context_base_ = 0;
  std::uint32_t written_ = 0;  // in `episode_`; with kIncomplete there is more to it
  static constexpr std::uint32_t kIncomplete = 1U << 31;
  bool track_first_ = false;
  std::uint64_t role_seed_;
  HeldLock inline_[kInlineDepth];
  std::uint64_t cache_[kCacheSlots] = {};
  std::uint64_t episode_cache_[kEpisodeCacheSlots] = {};
  // Lock words, with the kind of the operation above them and, on top, the number of locks held before.
  std::uint64_t episode_[kEpisodeOpsMax];
};

}  // namespace lockdep

#endif  // LOCKDEP_HELD_LOCKS_H_
