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
// lock that is released next after it was pushed, and how much was written by then: a key tells all of the
// stack, and the count how much of that is new since the last such release.
//
// Depends on nothing but the language, because the preloaded recorder shares it; it brings memory of its own for
// AllocateHeldEntries and FreeHeldEntries.
//
// Thread-confined: only the owning thread may call anything here, except SomethingHeld, set_track_first and
// ForgetSteps.
// Cost: KeyOf with Known, Push, and PopTop ten to twenty instructions each; Erase O(depth).
// Allocates only when more than kInlineDepth locks are held.
//
// Invariants, verified by CheckInvariants():
//   (1) entry(i).key == ChainKey(key below i, lock and how of i, site of i).
//   (2) entries of one context are contiguous; context_base() is the first of the current one.
//   (3) below the entries lies one that is no lock's; its key is where the chains of the outermost context start.
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
  static constexpr std::uint64_t kEntryBytes = sizeof(HeldLock);

  explicit HeldLocks(std::uint64_t role_seed) : role_seed_(role_seed) {
    bottom_and_inline_[0].nest_or_caller = kNoObject;
    SetBaseKey(BaseKey(role_seed, 0));
  }
  ~HeldLocks();
  HeldLocks(const HeldLocks&) = delete;
  HeldLocks& operator=(const HeldLocks&) = delete;

  std::size_t depth() const { return HeldBytes() / kEntryBytes; }
  std::uint64_t held_bytes() const { return HeldBytes(); }  // depth() * kEntryBytes, which costs less
  const HeldLock& entry(std::size_t i) const { return entries_[i]; }
  std::size_t context_base() const { return context_base_bytes_ / kEntryBytes; }
  // For other threads: whether an episode is under way just now.
  bool SomethingHeld() const { return HeldBytes(__atomic_load_n(&state_, __ATOMIC_RELAXED)) != 0; }

  // The key of the chain that `request` would make.
  std::uint64_t KeyOf(const Request& request) const {
    return KeyOf(LockWord(request.lock, request.how), request.nest, request.site);
  }
  std::uint64_t KeyOf(std::uint64_t lock_word, LockId nest, Site site) const {
    const std::uint64_t below = HeldBytes() == context_base_bytes_ ? base_key_ : Top().key;
    return ChainKey(below, lock_word, site ^ static_cast<Site>(nest) << 40);
  }

  // Whether the validator has nothing to learn from a chain with this key: it is in the cache, or
  // nothing else is held and the lock is a plain one.
  bool Known(std::uint64_t key, How how) const {
    const bool alone = HeldBytes() == context_base_bytes_ && !how.tracked();
    if (alone && (Tracking() & kTracksFirst) == 0) return true;
    return cache_[key % kCacheSlots] == key;
  }
  void Remember(std::uint64_t key) { cache_[key % kCacheSlots] = key; }
  // Also report chains of one plain lock (context-usage rules need them, and who joins the thread).
  void set_track_first(bool on) {
    if (on) {
      __atomic_fetch_or(&tracking_, kTracksFirst, __ATOMIC_RELAXED);
    } else {
      __atomic_fetch_and(&tracking_, ~kTracksFirst, __ATOMIC_RELAXED);
    }
  }
  // No step of before is one any more.  Any thread may say so; who sees it sees what that did before.
  void ForgetSteps() { __atomic_fetch_add(&tracking_, kOneForgotten, __ATOMIC_RELEASE); }

  void Push(const Request& request, std::uint64_t key) {
    Push(LockWord(request.lock, request.how), request.site, HeldLock::NestOrCaller(request.nest, request.caller), key);
  }
  void Push(std::uint64_t lock_word, Site site, std::uint64_t nest_or_caller, std::uint64_t key) {
    if (__builtin_expect(HeldBytes() == capacity_bytes_, 0)) Grow();
    HeldLock& entry = EntryAt(HeldBytes());
    entry.key = key;
    entry.site = site;
    entry.SetWord(lock_word);
    entry.nest_or_caller = nest_or_caller;
    Write(lock_word, EpisodeOpKind::kAcquire);
    SetState(state_ + kEntryBytes);
  }

  // A push as it was done once, for who does the same again: of the same lock in the same way at the same place, when
  // the same is held.  What is held is told by the key of its chain, so a step is as certain as chains are.
  struct Step {
    HeldLock entry;
    std::uint64_t operation = 0;  // as it is written in an episode
  };
  // Where a step starts: what is held, and what else it rests on.  Never 0, and evenly distributed.
  std::uint64_t StepsFrom() const { return Top().key ^ Tracking(); }
  // Few enough locks are held for a step, and no context was entered.
  bool MayStep() const { return HeldBytes() < kInlineDepth * kEntryBytes && context_base_bytes_ == 0; }
  // Makes the step for this push, if its chain is known; `object` takes the place of the caller.  Returns the StepsFrom()
  // that it counts for; 0: there is none.  REQUIRES: MayStep().
  std::uint64_t FindStep(std::uint64_t lock_word, Site site, std::uint64_t key, std::uintptr_t object,
                         Step& step) const {
    const std::uint64_t from = StepsFrom();  // first: what another thread says from here on takes the step away again
    if (!Known(key, How{static_cast<std::uint16_t>(lock_word >> 32)})) return 0;
    step.operation = lock_word | Above48(EpisodeOpKind::kAcquire, state_);
    step.entry.key = key;
    step.entry.site = site;
    step.entry.SetWord(lock_word);
    step.entry.nest_or_caller = object;
    return from;
  }
  // The push in two halves, for who asks for the lock between them and has nothing to undo then if it does not get it:
  // what Stage writes counts from Commit on.  Returns held_bytes().  REQUIRES: HasRoom(), StepsFrom() is what the step
  // counts for, and nothing else changes this in between.
  bool HasRoom() const {
    static_assert(std::has_single_bit(kEpisodeOpsMax));
    return Written() < kEpisodeOpsMax;
  }
  std::uint64_t Stage(const Step& step) {
    const std::uint64_t state = state_;  // the compiler cannot know that it stays
    EntryAt(HeldBytes(state)) = step.entry;
    episode_[state >> 32] = step.operation;
    return HeldBytes(state);
  }
  void Commit() { SetState(state_ + kOneWritten + kEntryBytes); }

  bool TopIs(LockId lock) const { return HeldBytes() > context_base_bytes_ && Top().lock == lock; }
  // Whether the innermost entry was staged with the object.  REQUIRES: no other has a caller, no context was entered.
  bool TopIsObject(std::uintptr_t object) const { return Top().nest_or_caller == object; }
  // No entry has one any more.  REQUIRES: as before.
  void ForgetObjects();
  LockId top_lock() const { return Top().lock; }
  // Forgets the innermost entry.  Whether the lock set became empty by it, after an episode that was not seen before:
  // see EpisodeIsNew.  REQUIRES: TopIs(the lock that is released).
  bool PopTop() {
    return PopTop([](How how) { return how.tracked(); });
  }
  // For who knows whether it is held so that it is tracked.
  template <bool kTracked>
  bool PopTop() {
    return PopTop([](How) { return kTracked; });
  }

  // Whether the lock set just became empty after an episode that was not seen before.  Resets the episode when it was.
  // Until RememberEpisode it may be asked again.  REQUIRES: called after each Erase.
  bool EpisodeIsNew() {
    if (HeldBytes() != 0 || state_ == 0) return false;
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
    if (HeldBytes() == 0) return;
    const std::uint64_t word = LockWord(op.lock, op.how);
    episode_hash_ = MixBits(episode_hash_ ^ word ^ Above48(op.op, state_) ^ 0x8ebc6af09c88c6e3ULL, Top().key);
    Write(word, op.op);
  }
  // Tells episodes apart by operations and by places.  Of one that matters.
  std::uint64_t episode_hash() const { return episode_hash_; }

  // The operations are not all of it, or not all its own.
  void MarkEpisodeIncomplete() {
    if (HeldBytes() != 0) SetState(state_ | kIncomplete);
  }
  // The next time, each episode is new again.
  void ForgetEpisodes();
  // The operations so far; not complete if it was marked, or if there are more than kEpisodeOpsMax.
  struct Episode {
    std::size_t length = 0;
    bool complete = true;
    EpisodeOp ops[kEpisodeOpsMax];
    EpisodeOp held[kEpisodeOpsMax];  // for ListEpisode, whose caller may have little stack
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
    SetBaseKey(BaseKey(role_seed, 0));
  }
  void CheckInvariants() const;

 private:
  [[gnu::cold, gnu::noinline]] void Grow();
  void Rekey(std::size_t from);
  // For SomethingHeld.  The owner's own loads are plain, so that they cost nothing.
  void SetState(std::uint64_t state) { __atomic_store_n(&state_, state, __ATOMIC_RELAXED); }
  static std::uint64_t HeldBytes(std::uint64_t state) { return static_cast<std::uint32_t>(state); }
  std::uint64_t HeldBytes() const { return HeldBytes(state_); }
  // How many operations are written; more than kEpisodeOpsMax with kIncomplete.
  static std::uint32_t Written(std::uint64_t state) { return static_cast<std::uint32_t>(state >> 32); }
  std::uint32_t Written() const { return Written(state_); }
  // The hash after the release of `entry`, which leads to `state`.  A polynomial of keys, which are random numbers;
  // five, because times five is one instruction.
  std::uint64_t HashOfRelease(const HeldLock& entry, std::uint64_t state) const {
    return Written(state) == hashed_ ? episode_hash_ : (episode_hash_ + Written(state)) * 5 + entry.key;
  }

  std::uint64_t Tracking() const { return __atomic_load_n(&tracking_, __ATOMIC_RELAXED); }

  HeldLock& EntryAt(std::uint64_t offset) {
    return *reinterpret_cast<HeldLock*>(reinterpret_cast<unsigned char*>(entries_) + offset);
  }
  const HeldLock& EntryAt(std::uint64_t offset) const {
    return *reinterpret_cast<const HeldLock*>(reinterpret_cast<const unsigned char*>(entries_) + offset);
  }
  const HeldLock& Top() const { return EntryAt(HeldBytes() - kEntryBytes); }

  void SetBaseKey(std::uint64_t key) {
    base_key_ = key;
    if (context_base_bytes_ == 0) entries_[-1].key = key;
  }
  // Where the chains of a context start.
  static std::uint64_t BaseKey(std::uint64_t role_seed, std::uint64_t context_seed) {
    return MixBits(role_seed ^ context_seed ^ 0xa0761d6478bd642fULL, 0x1d8e4e27c47d124fULL);
  }
  // The kind of an operation that is done now, and how many locks are held before it.
  static std::uint64_t Above48(EpisodeOpKind op, std::uint64_t state) {
    static_assert(kEntryBytes == 32, "bytes << 51 is the depth << 56");
    return static_cast<std::uint64_t>(op) << 48 | state << 51;
  }
  void Write(std::uint64_t lock_word, EpisodeOpKind op) {
    const std::uint32_t at = Written();
    if (__builtin_expect(at < kEpisodeOpsMax, 1)) {
      // Each lock held was written, so the depth has at most 8 bits here.
      episode_[at] = lock_word | Above48(op, state_);
      SetState(state_ + kOneWritten);
    } else {
      WriteMore(lock_word | Above48(op, state_));
    }
  }
  template <class IsTracked>
  bool PopTop(IsTracked is_tracked) {
    const std::uint64_t state = state_ - kEntryBytes;
    const HeldLock& entry = EntryAt(HeldBytes(state));
    if (HeldBytes(state) != 0) {
      if (Written(state) != hashed_) {
        episode_hash_ = HashOfRelease(entry, state);
        hashed_ = Written(state);
      }
      SetState(state);
      return false;
    }
    if (state == kOneWritten) {
      // One plain lock is no evidence.  The rest of the episode is as ResetEpisode leaves it.
      const std::uint64_t hash = entry.key + 5;
      if (!is_tracked(entry.how) || episode_cache_[hash % kEpisodeCacheSlots] == hash) {
        SetState(0);
        return false;
      }
    }
    const std::uint64_t hash = HashOfRelease(entry, state);
    if (episode_cache_[hash % kEpisodeCacheSlots] == hash) {
      ResetEpisode();
      return false;
    }
    episode_hash_ = hash;
    hashed_ = Written(state);
    SetState(state);
    return true;
  }
  [[gnu::cold, gnu::noinline]] void WriteMore(std::uint64_t word);
  // REQUIRES: nothing is held.
  void ResetEpisode() {
    episode_hash_ = 0;
    SetState(0);
    hashed_ = 0;
  }

  static constexpr std::uint64_t kOneWritten = std::uint64_t{1} << 32;
  static constexpr std::uint64_t kIncomplete = std::uint64_t{1} << 63;  // there is more to the episode
  static constexpr std::uint64_t kTracksFirst = 1;
  static constexpr std::uint64_t kOneForgotten = 2;
  static constexpr std::uint64_t kNoObject = ~std::uint64_t{0};

  // Together in one cache line, as far as the fast path needs them.
  HeldLock* entries_ = bottom_and_inline_ + 1;
  std::uint64_t base_key_ = 0;
  std::uint64_t episode_hash_ = 0;
  // The bytes of entries that are held, which is what the fast path adds to `entries_`; above them, how many operations
  // are written in `episode_`.  One word, so that a push is one addition.  Changed by SetState only.
  std::uint64_t state_ = 0;
  std::uint64_t context_base_bytes_ = 0;
  std::uint32_t hashed_ = 0;  // Written() at the last release that the hash took in
  std::uint32_t capacity_bytes_ = kInlineDepth * kEntryBytes;
  std::uint64_t tracking_ = 0;  // how often steps were forgotten, and kTracksFirst or not: one word, read at once
  std::uint64_t role_seed_;
  // A lock's entry lies in one cache line: it is written and read in pieces of different sizes.
  alignas(64) HeldLock bottom_and_inline_[1 + kInlineDepth];
  std::uint64_t cache_[kCacheSlots] = {};
  std::uint64_t episode_cache_[kEpisodeCacheSlots] = {};
  // Lock words, with the kind of the operation above them and, on top, the number of locks held before.
  std::uint64_t episode_[kEpisodeOpsMax];
};

}  // namespace lockdep

#endif  // LOCKDEP_HELD_LOCKS_H_
