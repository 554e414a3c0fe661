// Waits for conditions: the mutex is given back, and asked for again with all that is still held; and other waits for
// what is no lock, after which anything may have come before.
#include <cerrno>

#include "lockdep/preload/export.h"
#include "lockdep/preload/mutex_traits.h"
#include "lockdep/preload/real.h"
#include "lockdep/preload/recorder.h"

namespace lockdep::preload {
namespace {

struct Reacquire {
  ThreadBlock* block;
  LockSlot* slot;
  How how;
  CallPlace call;
  int result = 0;
};

// The wait is over, or is being cancelled: either way the mutex was taken again, unless it cannot be any more.
void TakeAgain(void* data) {
  const Reacquire& again = *static_cast<const Reacquire*>(data);
  if (again.result == ENOTRECOVERABLE) return;
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  if (const int index = block->held.Find(again.slot->id); index >= 0) {  // taken more than once, and given back once
    if (static_cast<std::size_t>(index) < HeldLocks::kInlineDepth) ++block->beside[index].again;
    Leave(block);
    return;
  }
  PushLock(*block, again.slot, again.how, block->held.KeyOf(LockWord(again.slot->id, again.how), 0, again.call.site),
           again.call);
  Leave(block);
}

template <class Wait>
int WaitOnCondition(pthread_mutex_t* mutex, const CallPlace& call, Wait wait) {
  ThreadBlock* const block = Enter();
  if (block == nullptr) return wait();
  LockSlot* slot = CachedLock(*block, AddressOf(mutex));
  if (slot == nullptr) slot = LookUpLock(*block, AddressOf(mutex), TraitsOf(*mutex), call);
  const int index = slot == nullptr ? -1 : block->held.Find(slot->id);
  if (index < 0) {  // it was taken unseen, or is not held at all
    Observed(*block);
    NoteRelease(*block);
    Leave(block);
    return wait();
  }
  GuardsCondition(*block);
  const How how = How::Of(Mode::kExclusive).with_mode(block->held.entry(static_cast<std::size_t>(index)).how.mode());
  ReleaseOther(*block, AddressOf(mutex), {true}, call);
  Observed(*block);
  if (block->held.depth() != 0 && block->held.Find(slot->id) < 0) {
    block->held.NoteOperation({slot->id, how, EpisodeOpKind::kWait});
    const std::uint64_t key = block->held.KeyOf(LockWord(slot->id, how), 0, call.site);
    if (!block->held.Known(key, how)) NewChain(*block, slot, how, key, call);
  }
  Reacquire again{block, slot, how, call, 0};
  Leave(block);
  int result = 0;
  pthread_cleanup_push(TakeAgain, &again);
  result = again.result = wait();
  pthread_cleanup_pop(1);
  return result;
}

}  // namespace

#if defined(__x86_64__)
// glibc has two of these functions, for conditions of two forms: a program says by a version which it was built for,
// and so do we (old_conditions.map).  Without that the loader would give ours to both.
#define LOCKDEP_YOUNGER(function) __asm__(".symver " #function "," #function "@@@GLIBC_2.3.2")
#define LOCKDEP_OLDER(ours, function) __asm__(".symver " #ours "," #function "@GLIBC_2.2.5")
#else
#define LOCKDEP_YOUNGER(function) static_assert(true)
#endif

// No noexcept here: a cancelled wait unwinds through these.

LOCKDEP_YOUNGER(pthread_cond_wait);
LOCKDEP_EXPORT int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  const RealFunctions& real = Real();
  return WaitOnCondition(mutex, LOCKDEP_CALL_PLACE(), [&] { return real.cond_wait(condition, mutex); });
}

LOCKDEP_YOUNGER(pthread_cond_timedwait);
LOCKDEP_EXPORT int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  const RealFunctions& real = Real();
  return WaitOnCondition(mutex, LOCKDEP_CALL_PLACE(), [&] { return real.cond_timedwait(condition, mutex, until); });
}

LOCKDEP_EXPORT int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                                          const timespec* until) {
  const RealFunctions& real = Real();
  return WaitOnCondition(mutex, LOCKDEP_CALL_PLACE(),
                         [&] { return real.cond_clockwait(condition, mutex, clock, until); });
}

LOCKDEP_EXPORT int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  const RealFunctions& real = Real();
  return WaitOnCondition(reinterpret_cast<pthread_mutex_t*>(mutex), LOCKDEP_CALL_PLACE(),
                         [&] { return real.cnd_wait(condition, mutex); });
}

LOCKDEP_EXPORT int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  const RealFunctions& real = Real();
  return WaitOnCondition(reinterpret_cast<pthread_mutex_t*>(mutex), LOCKDEP_CALL_PLACE(),
                         [&] { return real.cnd_timedwait(condition, mutex, until); });
}

namespace {

void Signalled() {
  if (!IsBlock(current_block)) return;
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  SignalsCondition(*block);
  Leave(block);
}

}  // namespace

LOCKDEP_YOUNGER(pthread_cond_signal);
LOCKDEP_EXPORT int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  Signalled();
  return Real().cond_signal(condition);
}

LOCKDEP_YOUNGER(pthread_cond_broadcast);
LOCKDEP_EXPORT int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  Signalled();
  return Real().cond_broadcast(condition);
}

LOCKDEP_EXPORT int cnd_signal(cnd_t* condition) {
  Signalled();
  return Real().cnd_signal(condition);
}

LOCKDEP_EXPORT int cnd_broadcast(cnd_t* condition) {
  Signalled();
  return Real().cnd_broadcast(condition);
}

#if defined(__x86_64__)

LOCKDEP_OLDER(lockdep_old_cond_wait, pthread_cond_wait);
LOCKDEP_EXPORT int lockdep_old_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  const RealFunctions& real = Real();
  return WaitOnCondition(mutex, LOCKDEP_CALL_PLACE(), [&] { return real.old_cond_wait(condition, mutex); });
}

LOCKDEP_OLDER(lockdep_old_cond_timedwait, pthread_cond_timedwait);
LOCKDEP_EXPORT int lockdep_old_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                              const timespec* until) {
  const RealFunctions& real = Real();
  return WaitOnCondition(mutex, LOCKDEP_CALL_PLACE(), [&] { return real.old_cond_timedwait(condition, mutex, until); });
}

LOCKDEP_OLDER(lockdep_old_cond_signal, pthread_cond_signal);
LOCKDEP_EXPORT int lockdep_old_cond_signal(pthread_cond_t* condition) noexcept {
  Signalled();
  return Real().old_cond_signal(condition);
}

LOCKDEP_OLDER(lockdep_old_cond_broadcast, pthread_cond_broadcast);
LOCKDEP_EXPORT int lockdep_old_cond_broadcast(pthread_cond_t* condition) noexcept {
  Signalled();
  return Real().old_cond_broadcast(condition);
}

#endif

// What is done once comes before all that its callers do next.
LOCKDEP_EXPORT int pthread_once(pthread_once_t* once, void (*routine)()) {
  const int result = Real().once(once, routine);
  ObservedSomething();
  return result;
}

LOCKDEP_EXPORT int __pthread_once(pthread_once_t* once, void (*routine)()) {
  const int result = Real().once_alias(once, routine);
  ObservedSomething();
  return result;
}

LOCKDEP_EXPORT void call_once(once_flag* once, void (*routine)()) {
  Real().call_once(once, routine);
  ObservedSomething();
}

LOCKDEP_EXPORT int pthread_barrier_wait(pthread_barrier_t* barrier) noexcept {
  const int result = Real().barrier_wait(barrier);
  ObservedSomething();
  return result;
}

}  // namespace lockdep::preload
