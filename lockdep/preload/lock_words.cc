#include "lockdep/preload/lock_words.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>

#include "lockdep/preload/real.h"

namespace lockdep::preload {
namespace {

// The kernel reads the new mask before it finds that it is not told what to do with it.  (Source: the way in which
// abseil's AddressIsReadable asks.)
template <class T>
bool Read(const T& word, T& value) {
  const auto address = reinterpret_cast<std::uintptr_t>(&word) & ~(sizeof(std::uint64_t) - 1);
  constexpr int kNoSuchChange = -1;
  const int before = errno;
  syscall(SYS_rt_sigprocmask, kNoSuchChange, address, nullptr, sizeof(std::uint64_t));
  const bool readable = errno != EFAULT;
  errno = before;
  if (readable) value = __atomic_load_n(&word, __ATOMIC_RELAXED);
  return readable;
}

// The owner of a mutex whose owner has died, until it is made consistent (glibc, nptl/pthreadP.h:
// PTHREAD_MUTEX_INCONSISTENT).
constexpr int kInconsistent = INT_MAX;

// The word of a spin lock that nobody has (glibc, sysdeps/x86_64/nptl/pthread_spin_unlock.S; elsewhere
// nptl/pthread_spin_unlock.c).
#if defined(__x86_64__) || defined(__i386__)
constexpr int kSpinFree = 1;
#else
constexpr int kSpinFree = 0;
#endif

// Whether a lock's words mean what they mean in the C library.  A library that stands before it may have locks of its
// own in that memory; once a lock has named the thread that has it, they mean it.
class Words {
 public:
  bool Names(int thread, int owner) {
    if (owner == thread) have_named_.store(true, std::memory_order_relaxed);
    return owner == thread;
  }
  bool AreKept(bool its_own) const { return its_own || have_named_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> have_named_{false};
};
constinit Words mutexes;
constinit Words rw_locks;

// Null: it is of another kind.
const pthread_mutex_t* MutexAt(const LockSlot& slot) {
  const bool is_mutex = slot.type == LockType::kMutex || slot.type == LockType::kRecursiveMutex;
  if (!is_mutex || (slot.flags & recording::LockRecord::kStream) != 0 || slot.IsSemaphoreOrGate()) return nullptr;
  return reinterpret_cast<const pthread_mutex_t*>(slot.address.load(std::memory_order_relaxed));
}
const pthread_rwlock_t* RwLockAt(const LockSlot& slot) {
  const bool is_rw_lock = slot.type == LockType::kRwLock || slot.type == LockType::kRwSem;
  return is_rw_lock ? reinterpret_cast<const pthread_rwlock_t*>(slot.address.load(std::memory_order_relaxed)) : nullptr;
}

}  // namespace

int OwnerOf(const LockSlot& slot) {
  int owner = 0;
  if (const pthread_mutex_t* const mutex = MutexAt(slot); mutex != nullptr) {
    return Read(mutex->__data.__owner, owner) ? owner : 0;
  }
  const pthread_rwlock_t* const rw_lock = RwLockAt(slot);
  return rw_lock != nullptr && Read(rw_lock->__data.__cur_writer, owner) ? owner : 0;
}

bool IsStillHeld(const LockSlot& slot, Mode mode, int thread) {
  const bool says_so = MutexAt(slot) != nullptr || (RwLockAt(slot) != nullptr && mode == Mode::kExclusive);
  return says_so ? OwnerOf(slot) == thread : !slot.given_by_others;
}

bool SaysItWasGivenBack(const LockSlot& slot, Mode mode, int thread) {
  const RealFunctions& real = Real();
  int owner = 0;
  if (const pthread_mutex_t* const mutex = MutexAt(slot); mutex != nullptr) {
    if (!Read(mutex->__data.__owner, owner)) return false;
    return !mutexes.Names(thread, owner) && owner != kInconsistent && mutexes.AreKept(real.mutexes_are_its_own);
  }
  if (const pthread_rwlock_t* const rw_lock = RwLockAt(slot); rw_lock != nullptr) {
    if (!Read(rw_lock->__data.__cur_writer, owner)) return false;
    if (mode != Mode::kExclusive)
      return rw_locks.AreKept(real.rw_locks_are_its_own) && (owner != 0 || SaysItIsFree(slot));
    return !rw_locks.Names(thread, owner) && rw_locks.AreKept(real.rw_locks_are_its_own);
  }
  if (slot.type != LockType::kSpinLock || !real.spin_locks_are_its_own) return false;
  int word = kSpinFree ^ 1;
  return Read(*reinterpret_cast<const int*>(slot.address.load(std::memory_order_relaxed)), word) && word == kSpinFree;
}

bool IsSpinHeld(const pthread_spinlock_t& lock) { return __atomic_load_n(&lock, __ATOMIC_RELAXED) != kSpinFree; }

bool SaysItIsFree(const LockSlot& slot) {
  // The word of one with a ceiling has other things in it, too.
  if ((slot.flags & recording::LockRecord::kPriority) != 0) return false;
  if (const pthread_mutex_t* const mutex = MutexAt(slot); mutex != nullptr) {
    int word = 0;
    return Read(mutex->__data.__lock, word) && word == 0;
  }
  const pthread_rwlock_t* const rw_lock = RwLockAt(slot);
  unsigned readers = 0;
  if (rw_lock == nullptr || !Read(rw_lock->__data.__readers, readers)) return false;
  // Neither readers nor a writer (glibc, nptl/pthread_rwlock_common.c: PTHREAD_RWLOCK_READER_SHIFT, …_WRLOCKED).
  return readers >> 3 == 0 && (readers & 2) == 0;
}

}  // namespace lockdep::preload
