// Semaphores.  Each wait is one for an event, after which anything may have come before.
//
// One that starts at 1 is taken for a lock as well, as long as only threads that waited for it post it; when another
// one does, it turns out to be none, and nothing rests on what was seen of it.  What does rest on a semaphore is never
// more than `unknown`: who may post it, no run can show.
#include <fcntl.h>
#include <semaphore.h>

#include <cstdarg>

#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/export.h"
#include "lockdep/preload/mutex_traits.h"
#include "lockdep/preload/real.h"
#include "lockdep/preload/recorder.h"

namespace lockdep::preload {
namespace {

void Born(sem_t* semaphore, bool shared, bool is_lock, const CallPlace& call) {
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  if (is_lock) {
    LockTraits traits;
    traits.flags = recording::LockRecord::kSemaphore;
    if (shared) traits.flags |= recording::LockRecord::kShared;
    LockBorn(*block, AddressOf(semaphore), traits, call);
  } else {
    LockGone(*block, AddressOf(semaphore));
  }
  Leave(block);
}

void Gone(const sem_t* semaphore) {
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  LockGone(*block, AddressOf(semaphore));
  Leave(block);
}

// The lock that it is used as; null: none.
LockSlot* UsedAsLock(ThreadBlock& block, const sem_t* semaphore) {
  LockSlot* slot = CachedLock(block, AddressOf(semaphore));
  if (slot == nullptr) slot = FindLock(AddressOf(semaphore));
  return slot != nullptr && (slot->flags & recording::LockRecord::kSemaphore) != 0 ? slot : nullptr;
}

void NoLock(const ThreadBlock& block, LockSlot* slot) {
  LookAtLoader(block, slot);
  const ColdSection section;
  if (slot->address.load(std::memory_order_relaxed) != 0) TurnsOutNoLock(slot);
}

// `wait` waits, or tries to.
template <class Wait>
int WaitFor(sem_t* semaphore, Kind kind, const CallPlace& call, Wait wait) {
  ThreadBlock* block = Enter();
  if (block == nullptr) return wait();
  LockSlot* slot = UsedAsLock(*block, semaphore);
  if (slot != nullptr && block->held.Find(slot->id) >= 0) {  // it waits for a post by another thread
    NoLock(*block, slot);
    slot = nullptr;
  }
  const How how = How::Of(Mode::kExclusive, kind);
  std::uint64_t key = 0;
  LockId id = 0;
  if (slot != nullptr) {
    id = slot->id;
    key = block->held.KeyOf(LockWord(id, how), 0, call.site);
    if (kind != Kind::kTrylock && !block->held.Known(key, how)) key = NewChain(*block, slot, how, key, call);
  }
  Leave(block);
  const int result = wait();
  const int saved = errno;
  block = Enter();
  if (block == nullptr) return result;
  Observed(*block);
  // Meanwhile it may have ended.
  if (result == 0 && slot != nullptr && slot->address.load(std::memory_order_relaxed) == AddressOf(semaphore) &&
      slot->id == id) {
    PushLock(*block, slot, how, block->held.KeyOf(LockWord(id, how), 0, call.site), call);
  }
  Leave(block);
  errno = saved;
  return result;
}

void Post(sem_t* semaphore, const CallPlace& call) {
  if (current_block != nullptr && !IsBlock(current_block)) return;  // never more than it seems: see WaitFor
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  NoteRelease(*block);
  if (LockSlot* const slot = UsedAsLock(*block, semaphore); slot != nullptr) {
    if (block->held.Find(slot->id) >= 0) {
      ReleaseOther(*block, AddressOf(semaphore), {true}, call);
    } else {
      NoLock(*block, slot);
    }
  }
  Leave(block);
}

}  // namespace

LOCKDEP_EXPORT int sem_init(sem_t* semaphore, int shared, unsigned value) noexcept {
  const int result = Real().sem_init(semaphore, shared, value);
  if (result == 0) Born(semaphore, shared != 0, value == 1, LOCKDEP_CALL_PLACE());
  return result;
}

LOCKDEP_EXPORT sem_t* sem_open(const char* name, int flags, ...) noexcept {
  if ((flags & O_CREAT) == 0) return Real().sem_open(name, flags, 0, 0);
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = va_arg(arguments, mode_t);
  const unsigned value = va_arg(arguments, unsigned);
  va_end(arguments);
  sem_t* const semaphore = Real().sem_open(name, flags, mode, value);
  if (semaphore != SEM_FAILED && FindLock(AddressOf(semaphore)) == nullptr) {
    Born(semaphore, true, value == 1, LOCKDEP_CALL_PLACE());
  }
  return semaphore;
}

LOCKDEP_EXPORT int sem_destroy(sem_t* semaphore) noexcept {
  const int result = Real().sem_destroy(semaphore);
  if (result == 0) Gone(semaphore);
  return result;
}

LOCKDEP_EXPORT int sem_close(sem_t* semaphore) noexcept {
  const int result = Real().sem_close(semaphore);
  if (result == 0) Gone(semaphore);
  return result;
}

LOCKDEP_EXPORT int sem_post(sem_t* semaphore) noexcept {
  Post(semaphore, LOCKDEP_CALL_PLACE());
  return Real().sem_post(semaphore);
}

// Who looks at it learns what others posted.
LOCKDEP_EXPORT int sem_getvalue(sem_t* semaphore, int* value) noexcept {
  const int result = Real().sem_getvalue(semaphore, value);
  ObservedSomething();
  return result;
}

// No noexcept here: a cancelled wait unwinds through these.

LOCKDEP_EXPORT int sem_wait(sem_t* semaphore) {
  return WaitFor(semaphore, Kind::kBlocking, LOCKDEP_CALL_PLACE(), [&] { return Real().sem_wait(semaphore); });
}

LOCKDEP_EXPORT int sem_trywait(sem_t* semaphore) noexcept {
  return WaitFor(semaphore, Kind::kTrylock, LOCKDEP_CALL_PLACE(), [&] { return Real().sem_trywait(semaphore); });
}

LOCKDEP_EXPORT int sem_timedwait(sem_t* semaphore, const timespec* until) {
  return WaitFor(semaphore, Kind::kTimed, LOCKDEP_CALL_PLACE(), [&] { return Real().sem_timedwait(semaphore, until); });
}

LOCKDEP_EXPORT int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
  return WaitFor(semaphore, Kind::kTimed, LOCKDEP_CALL_PLACE(),
                 [&] { return Real().sem_clockwait(semaphore, clock, until); });
}

}  // namespace lockdep::preload
