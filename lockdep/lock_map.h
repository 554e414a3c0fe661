// The part of a wrapper that the validator sees: who the lock is, and the events around each
// operation of the raw lock.  (Kernel: struct lockdep_map.)
//
// The raw operation is passed in as a function, so that the order of things is written once:
//   acquire   ask for the lock, so that an inversion is reported before it hangs; lock; hold
//   try       lock; if it succeeded, ask and hold
//   release   unlock; no longer hold.  After the unlock only the thread's own state is touched,
//             because the next owner may free the lock.
//
// The lock is registered with the validator when it is first used, and its life ends with the
// destructor of the wrapper, or when MemoryFreed names its memory.
//
// Thread-safe, as the lock itself.  48 bytes beside the raw lock.
// Cost: for a chain of held locks seen before, some ninety instructions a pair, most of them while the raw
// lock's atomic operations are under way, and no shared write.
// With LOCKDEP_DISABLED: empty, and only calls the raw operation.
#ifndef LOCKDEP_LOCK_MAP_H_
#define LOCKDEP_LOCK_MAP_H_

#include <atomic>
#include <cstdint>
#include <type_traits>

#include "lockdep/annotations.h"
#include "lockdep/checking.h"
#include "lockdep/held_locks.h"
#include "lockdep/lock_class.h"
#include "lockdep/scheduler.h"
#include "lockdep/this_thread.h"

namespace lockdep {
inline namespace LOCKDEP_CHECKING {

#ifndef LOCKDEP_DISABLED

class LockMap {
 public:
  // `lock_class` and `name` may be null; `name` must stay valid.
  constexpr LockMap(LockType type, LockClass* lock_class, const char* name, Birth birth)
      : lock_class_(lock_class), name_(name), birth_(birth), type_(type) {
    if (!std::is_constant_evaluated() && IsExplored(current_thread.load(std::memory_order_relaxed))) BornExplored();
  }
  LockMap(const LockMap&) = delete;
  LockMap& operator=(const LockMap&) = delete;

  // --- Events around raw operations -----------------------------------------------------------
  // `raw_lock` returns whether it got the lock; a blocking one returns true.
  // `nest`: the lock that serialises those who take several of this class, or null.
  template <class RawLock>
  LOCKDEP_HOT bool Acquire(How how, Site site, const LockMap* nest, RawLock raw_lock) {
    ThreadState* thread = current_thread.load(std::memory_order_relaxed);
    // Acquire pairs with the release in SetIdentity: who sees the number may use it.
    std::uint64_t identity = identity_.load(std::memory_order_acquire);
    if (__builtin_expect(!IsState(thread) || identity == 0, 0)) {
      if (IsExplored(thread)) {
        const bool got = AcquireExplored(how, site, nest);
        StayOnTheStack();
        return got;
      }
      thread = Attach();
      if (thread == nullptr) return raw_lock() && HoldUnseen();
      identity = identity_.load(std::memory_order_relaxed);
    }
    const std::uint64_t word = identity | LockWord(0, how);
    const std::uint64_t key = Ask(*thread, word, nest, site);
    const bool got = raw_lock();
    if (__builtin_expect(!got, 0)) {
      NoteFailure(*thread, LockIn(word), HowIn(word));
      return false;
    }
    Hold(*thread, word, nest, site, key);
    return true;
  }

  template <class RawLock>
  LOCKDEP_HOT bool TryAcquire(How how, Site site, RawLock raw_try_lock) {
    ThreadState* thread = current_thread.load(std::memory_order_relaxed);
    std::uint64_t identity = identity_.load(std::memory_order_acquire);  // as in Acquire
    if (__builtin_expect(!IsState(thread) || identity == 0, 0)) {
      if (IsExplored(thread)) {
        const bool got = AcquireExplored(how, site, nullptr);
        StayOnTheStack();
        return got;
      }
      thread = Attach();
      if (thread == nullptr) return raw_try_lock() && HoldUnseen();
      identity = identity_.load(std::memory_order_relaxed);
    }
    const bool got = raw_try_lock();
    const std::uint64_t word = identity | LockWord(0, how);
    if (!got) {
      NoteFailure(*thread, LockIn(word), HowIn(word));
      return false;
    }
    Hold(*thread, word, nullptr, site, Ask(*thread, word, nullptr, site));
    return true;
  }

  template <class RawUnlock>
  LOCKDEP_HOT void Release(RawUnlock raw_unlock) {
    ThreadState* thread = current_thread.load(std::memory_order_relaxed);
    if (__builtin_expect(!IsState(thread) || !thread->held.TopIs(id()), 0)) {
      if (ReleaseOther(LOCKDEP_SITE())) raw_unlock();
      return;
    }
    raw_unlock();
    bool episode_is_new;
    {
      const BusySection busy(*thread);
      episode_is_new = thread->held.PopTop();
    }
    if (__builtin_expect(episode_is_new, 0)) NewEpisode(*thread);
  }

  template <class RawDowngrade>
  LOCKDEP_HOT void Downgrade(Site site, RawDowngrade raw_downgrade) {
    if (DowngradeExplored(site)) return;
    raw_downgrade();
    Downgraded(site);
  }
  // For a map of type kCompletion: its number, and the wait for it.  Two steps, because a condition
  // may be destroyed between the unlock and the wait.
  LockId Event() { return id() != 0 || Attach() != nullptr ? id() : 0; }
  [[gnu::noinline]] static void NoteWait(LockId event, Site site);
  // The thread looks at what another one may have done.
  [[gnu::noinline]] static void NoteLook();
  // From the destructor of the wrapper; `locked`: the raw lock is held by anybody.
  LOCKDEP_HOT void Destroyed(bool locked) {
    if (identity_.load(std::memory_order_relaxed) != 0) EndLife(locked, LOCKDEP_SITE());
  }
  // REQUIRES: no other thread uses the lock meanwhile.
  void SetClass(LockClass& lock_class, unsigned subclass, Site site);

  // --- Assertions -------------------------------------------------------------------------------
  // Each prints the lock's name and what the thread holds, and aborts, if it does not hold.  They
  // pass where the validator does not see the thread's locks.
  void AssertHeld() const { AssertHold(true, true); }
  void AssertHeldShared() const { AssertHold(true, false); }
  void AssertNotHeld() const { AssertHold(false, false); }

  // The class's name, the lock's own, or null; and the place of birth.
  const char* name() const { return lock_class_ != nullptr ? lock_class_->name() : name_; }
  const char* own_name() const { return name_; }  // or null
  const Birth& birth() const { return birth_; }
  LockType type() const { return type_; }
  const LockClass* lock_class() const { return lock_class_; }
  // 0 before the first use.
  LockId id() const { return static_cast<LockId>(identity_.load(std::memory_order_relaxed)); }

  // MemoryFreed: whatever used `id` at this address is gone.
  void Forget(LockId id);

 private:
  // As LockWord: one word, because a class change replaces both.
  static LockId LockIn(std::uint64_t word) { return static_cast<LockId>(word); }
  static How HowIn(std::uint64_t word) { return How{static_cast<std::uint16_t>(word >> 32)}; }
  static LockId IdOf(const LockMap* map) { return map == nullptr ? 0 : map->id(); }

  // The key of the chain with this lock on top, which the validator then knows.
  LOCKDEP_HOT static std::uint64_t Ask(ThreadState& thread, std::uint64_t word, const LockMap* nest, Site site) {
    const std::uint64_t key = thread.held.KeyOf(word, IdOf(nest), site);
    if (__builtin_expect(!thread.held.Known(key, HowIn(word)), 0)) {
      NewChain(thread, LockIn(word), HowIn(word), IdOf(nest), site, key);
    }
    return key;
  }
  LOCKDEP_HOT static void Hold(ThreadState& thread, std::uint64_t word, const LockMap* nest, Site site,
                               std::uint64_t key) {
    const LockId nest_id = IdOf(nest);
    const BusySection busy(thread);
    thread.held.Push(word, site, HeldLock::NestOrCaller(nest_id, LOCKDEP_CALLER()), key);
  }

  void SetIdentity(LockId id, How how) { identity_.store(LockWord(id, how), std::memory_order_release); }

  // The thread's state, with the thread and the lock registered; null: do it unseen.
  [[gnu::cold, gnu::noinline]] ThreadState* Attach();
  // The parts of the request one by one: a Request whose address is taken lives in memory, and its
  // stores would have to drain before the raw lock's atomic operation.
  [[gnu::cold, gnu::noinline]] static void NewChain(ThreadState& thread, LockId lock, How how, LockId nest, Site site,
                                                    std::uint64_t key);
  [[gnu::cold, gnu::noinline]] static void NewEpisode(ThreadState& thread);
  [[gnu::cold, gnu::noinline]] static void NoteFailure(ThreadState& thread, LockId lock, How how);
  // The lock was got without the validator.  Always true.
  [[gnu::cold, gnu::noinline]] bool HoldUnseen();
  // The lock is not the innermost one that the thread is known to hold.  False: it is simulated, and
  // has no raw lock to release.
  [[gnu::cold, gnu::noinline]] bool ReleaseOther(Site site);
  [[gnu::noinline]] void Downgraded(Site site);
  // On a simulated thread: the scheduler does it.
  [[gnu::cold, gnu::noinline]] bool AcquireExplored(How how, Site site, const LockMap* nest);
  [[gnu::noinline]] bool DowngradeExplored(Site site);  // false: nobody explores
  [[gnu::cold, gnu::noinline]] void BornExplored();
  [[gnu::cold, gnu::noinline]] void EndLife(bool locked, Site site);
  [[gnu::noinline]] void AssertHold(bool held, bool exclusively) const;
  void Register();

  std::atomic<std::uint64_t> identity_{0};
  LockClass* lock_class_;
  const char* name_;
  Birth birth_;
  LockType type_;
};

#else  // LOCKDEP_DISABLED

class LockMap {
 public:
  template <class RawLock>
  LOCKDEP_HOT bool Acquire(How, Site, const LockMap*, RawLock raw_lock) {
    return raw_lock();
  }
  template <class RawLock>
  LOCKDEP_HOT bool TryAcquire(How, Site, RawLock raw_try_lock) {
    return raw_try_lock();
  }
  template <class RawUnlock>
  LOCKDEP_HOT void Release(RawUnlock raw_unlock) {
    raw_unlock();
  }
  template <class RawDowngrade>
  LOCKDEP_HOT void Downgrade(Site, RawDowngrade raw_downgrade) {
    raw_downgrade();
  }
  LockId Event() { return 0; }
  static void NoteWait(LockId, Site) {}
  static void NoteLook() {}
  void SetClass(LockClass&, unsigned, Site) {}
  void AssertHeld() const {}
  void AssertHeldShared() const {}
  void AssertNotHeld() const {}
};

#endif  // LOCKDEP_DISABLED

// A raw lock and its map: the base of every wrapper.
template <class Raw, LockType type>
class MappedLock {
 public:
  MappedLock(const MappedLock&) = delete;
  MappedLock& operator=(const MappedLock&) = delete;

  // The validator's view of the lock.
  LockMap& lock_map() { return map_; }
  const LockMap& lock_map() const { return map_; }

  void AssertNotHeld() const { map_.AssertNotHeld(); }

 protected:
#ifndef LOCKDEP_DISABLED
  constexpr explicit MappedLock(Birth birth) : map_(type, nullptr, nullptr, birth) {}
  constexpr MappedLock(const char* name, Birth birth) : map_(type, nullptr, name, birth) {}
  constexpr MappedLock(LockClass& lock_class, Birth birth) : map_(type, &lock_class, nullptr, birth) {}
  constexpr MappedLock(LockClass& lock_class, const char* name, Birth birth) : map_(type, &lock_class, name, birth) {}
  LOCKDEP_HOT ~MappedLock() { map_.Destroyed(raw_.is_locked()); }
#else
  constexpr explicit MappedLock(Birth) {}
  constexpr MappedLock(const char*, Birth) {}
  constexpr MappedLock(const LockClass&, Birth) {}
  constexpr MappedLock(const LockClass&, const char*, Birth) {}
  ~MappedLock() = default;
#endif

  Raw raw_;
  [[no_unique_address]] LockMap map_;
};

// The constructors of a wrapper: LOCKDEP_CONSTRUCTORS(Mutex, Base).  See lock_class.h for what each means.
#ifndef LOCKDEP_DISABLED
#define LOCKDEP_CONSTRUCTORS(Type, Base)                                                                              \
  constexpr Type(::lockdep::Birth birth = ::lockdep::Birth::Here()) : Base(birth) {}                                  \
  constexpr explicit Type(const char* name, ::lockdep::Birth birth = ::lockdep::Birth::Here()) : Base(name, birth) {} \
  constexpr explicit Type(::lockdep::LockClass& lock_class, ::lockdep::Birth birth = ::lockdep::Birth::Here())        \
      : Base(lock_class, birth) {}                                                                                    \
  constexpr Type(::lockdep::LockClass& lock_class, const char* name,                                                  \
                 ::lockdep::Birth birth = ::lockdep::Birth::Here())                                                   \
      : Base(lock_class, name, birth) {}
#else
#define LOCKDEP_CONSTRUCTORS(Type, Base)                        \
  constexpr Type() : Base(::lockdep::Birth{}) {}                \
  constexpr explicit Type(const char* name) : Base(name, {}) {} \
  constexpr explicit Type(const ::lockdep::LockClass& lock_class) : Base(lock_class, {}) {} \
  constexpr Type(const ::lockdep::LockClass& lock_class, const char* name) : Base(lock_class, name, {}) {}
#endif

}  // namespace LOCKDEP_CHECKING
}  // namespace lockdep

#endif  // LOCKDEP_LOCK_MAP_H_
