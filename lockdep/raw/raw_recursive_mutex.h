// A mutex that its owner may lock again; it is free after as many unlocks.
//
// Without thread-safety annotations: clang 14 takes a second lock by the owner for an error.
//
// Thread-safe; constant-initialised and trivially destructible.
// Cost: as RawMutex, plus one load and one store; a further lock by the owner touches no other
// thread's cache line.
#ifndef LOCKDEP_RAW_RAW_RECURSIVE_MUTEX_H_
#define LOCKDEP_RAW_RAW_RECURSIVE_MUTEX_H_

#include <atomic>
#include <cstdint>

#include "lockdep/raw/raw_mutex.h"

namespace lockdep {

class RawRecursiveMutex {
 public:
  constexpr RawRecursiveMutex() = default;
  RawRecursiveMutex(const RawRecursiveMutex&) = delete;
  RawRecursiveMutex& operator=(const RawRecursiveMutex&) = delete;

  void lock() {
    if (IsMine()) {
      LockAgain();
    } else {
      LockFirst();
    }
  }
  bool try_lock() { return IsMine() ? LockAgain() : TryLockFirst(); }
  bool try_lock_until(const Deadline& deadline) { return IsMine() ? LockAgain() : TryLockFirst(deadline); }
  // Of a mutex that the caller does not own: no effect, and false.
  bool unlock() {
    if (!IsMine()) return false;
    if (count_ > 1) {
      --count_;
    } else {
      UnlockLast();
    }
    return true;
  }

  // The caller owns it.  Relaxed is enough: only the caller itself stores its own id.
  [[gnu::always_inline]] bool IsMine() const { return owner_.load(std::memory_order_relaxed) == ThisThreadId(); }
  // How often its owner has locked it.  REQUIRES: IsMine().
  std::uint32_t count() const { return count_; }
  bool is_locked() const { return mutex_.is_locked(); }

  // The steps of the above, for a caller that has to tell the first lock from the others.
  // REQUIRES: !IsMine() for First; IsMine() for Again and Last; count() == 1 for Last.
  [[gnu::always_inline]] void LockFirst() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    mutex_.lock();
    Own();
  }
  [[gnu::always_inline]] bool TryLockFirst() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { return mutex_.try_lock() && Own(); }
  bool TryLockFirst(const Deadline& deadline) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    return mutex_.try_lock_until(deadline) && Own();
  }
  [[gnu::always_inline]] bool LockAgain() {
    ++count_;
    return true;
  }
  [[gnu::always_inline]] void UnlockLast() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    count_ = 0;
    owner_.store(0, std::memory_order_relaxed);
    mutex_.unlock();
  }

 private:
  // The address of something that each thread has: not a system call, and the same after a fork.
  static std::uintptr_t ThisThreadId() {
    static constinit thread_local char here = 0;
    return reinterpret_cast<std::uintptr_t>(&here);
  }
  [[gnu::always_inline]] bool Own() {
    owner_.store(ThisThreadId(), std::memory_order_relaxed);
    count_ = 1;
    return true;
  }

  RawMutex mutex_;
  std::uint32_t count_ = 0;  // guarded by mutex_
  std::atomic<std::uintptr_t> owner_{0};
};

}  // namespace lockdep

#endif  // LOCKDEP_RAW_RAW_RECURSIVE_MUTEX_H_
