// The start of threads, and waits for their ends.
#include <sys/resource.h>

#include "lockdep/preload/export.h"
#include "lockdep/preload/real.h"
#include "lockdep/preload/recorder.h"
#include "lockdep/preload/roles.h"
#include "lockdep/preload/started_threads.h"
#include "lockdep/preload/thread_events.h"

namespace lockdep::preload {
namespace {

void Over(void* data) {
  RoutineEnds();
  NoteOver(static_cast<StartedThread*>(data));
}

// The outermost frame of every thread that is started here.
void* Run(void* data) {
  auto* const thread = static_cast<StartedThread*>(data);
  PublishHandle(thread, thread->serial, pthread_self());
  BeginThread(thread->start, __builtin_frame_address(0));
  void* result = nullptr;
  // The routine may leave by pthread_exit, or be cancelled.
  pthread_cleanup_push(Over, thread);
  result = thread->routine(thread->argument);
  pthread_cleanup_pop(1);
  return result;
}

int RunC11(void* data) {
  auto* const thread = static_cast<StartedThread*>(data);
  PublishHandle(thread, thread->serial, pthread_self());
  BeginThread(thread->start, __builtin_frame_address(0));
  int result = 0;
  pthread_cleanup_push(Over, thread);
  result = thread->c11_routine(thread->argument);
  pthread_cleanup_pop(1);
  return result;
}

// It was not started after all.
void DidNotStart(StartedThread* thread) {
  if (ThreadBlock* const block = Enter(); block != nullptr) {
    StartFailed(*block, thread->start);
    Leave(block);
  }
  DropStartedThread(thread);
}

// The calling thread is about to start one.  Null: that goes unseen.
StartedThread* AboutToStart(std::uintptr_t routine, const CallPlace& call) {
  ThreadBlock* const block = Enter();
  if (block == nullptr) return nullptr;
  NoteRelease(*block);
  StartedThread* const thread = NewStartedThread();
  if (thread != nullptr) thread->start = Creating(*block, RoleOf(routine, call.site), routine);
  Leave(block);
  return thread;
}

// Where the program says nothing, the C library's word of this moment counts, which the program may have changed.  Its
// copy may be allocated, as that which a start makes: so this is asked outside of the recorder.
std::size_t StackBytes(const pthread_attr_t* attributes) {
  std::size_t bytes = 0;
  if (attributes != nullptr) return pthread_attr_getstacksize(attributes, &bytes) == 0 ? bytes : 0;
  pthread_attr_t usual;
  if (pthread_getattr_default_np(&usual) != 0) return 0;
  if (pthread_attr_getstacksize(&usual, &bytes) != 0) bytes = 0;
  pthread_attr_destroy(&usual);
  return bytes;
}

bool IsDetached(const pthread_attr_t* attributes) {
  int state = PTHREAD_CREATE_JOINABLE;
  return attributes != nullptr && pthread_attr_getdetachstate(attributes, &state) == 0 &&
         state == PTHREAD_CREATE_DETACHED;
}

// The wait is over, or is being cancelled.
void EndOfJoin(void*) {
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  EndJoin(*block);
  Leave(block);
}

// `wait` joins, and returns 0 if it did.
template <class Wait>
int Join(pthread_t handle, bool lasting, const CallPlace& call, Wait wait) {
  if (pthread_equal(handle, pthread_self()) != 0) return wait();  // it is told so
  const JoinedThread joined = FindStarted(handle);
  ThreadBlock* block = Enter();
  if (block == nullptr) return wait();
  if (lasting) {
    if (joined.role != 0) NewJoin(*block, joined.role, call);
    BeginJoin(*block, joined.number, joined.process, call);
  }
  Leave(block);
  int result = 0;
  if (lasting) {
    pthread_cleanup_push(EndOfJoin, nullptr);
    result = wait();
    pthread_cleanup_pop(1);
  } else {
    result = wait();
  }
  if (result != 0) return result;
  const JoinedThread ended = FindStarted(handle);  // it may have another number than at the beginning of the wait
  block = Enter();
  if (block == nullptr) return result;
  if (joined.role != 0) {
    Joined(*block, ended.role != 0 ? ended.number : joined.number, joined.process);
    ForgetStarted(handle);
  } else {
    Observed(*block);
  }
  Leave(block);
  return result;
}

}  // namespace

LOCKDEP_EXPORT int pthread_create(pthread_t* handle, const pthread_attr_t* attributes, void* (*routine)(void*),
                                  void* argument) noexcept {
  StartedThread* const thread = AboutToStart(reinterpret_cast<std::uintptr_t>(routine), LOCKDEP_CALL_PLACE());
  if (thread == nullptr) return Real().create(handle, attributes, routine, argument);
  thread->routine = routine;
  thread->argument = argument;
  thread->start.stack_bytes = StackBytes(attributes);
  thread->detached = IsDetached(attributes);
  thread->users_handle = handle;
  const std::uint32_t serial = thread->serial;
  pthread_t made{};
  const int result = Real().create(&made, attributes, Run, thread);
  if (result == 0) {
    PublishHandle(thread, serial, made);
  } else {
    DidNotStart(thread);
  }
  return result;
}

LOCKDEP_EXPORT int thrd_create(thrd_t* handle, thrd_start_t routine, void* argument) {
  StartedThread* const thread = AboutToStart(reinterpret_cast<std::uintptr_t>(routine), LOCKDEP_CALL_PLACE());
  if (thread == nullptr) return Real().thrd_create(handle, routine, argument);
  thread->c11_routine = routine;
  thread->argument = argument;
  thread->start.stack_bytes = StackBytes(nullptr);
  thread->users_handle = handle;
  const std::uint32_t serial = thread->serial;
  thrd_t made{};
  const int result = Real().thrd_create(&made, RunC11, thread);
  if (result == thrd_success) {
    PublishHandle(thread, serial, made);
  } else {
    DidNotStart(thread);
  }
  return result;
}

// No noexcept here: a cancelled wait unwinds through these.

LOCKDEP_EXPORT int pthread_join(pthread_t handle, void** result) {
  return Join(handle, true, LOCKDEP_CALL_PLACE(), [&] { return Real().join(handle, result); });
}

LOCKDEP_EXPORT int pthread_tryjoin_np(pthread_t handle, void** result) noexcept {
  return Join(handle, false, LOCKDEP_CALL_PLACE(), [&] { return Real().tryjoin(handle, result); });
}

LOCKDEP_EXPORT int pthread_timedjoin_np(pthread_t handle, void** result, const timespec* until) {
  return Join(handle, false, LOCKDEP_CALL_PLACE(), [&] { return Real().timedjoin(handle, result, until); });
}

LOCKDEP_EXPORT int pthread_clockjoin_np(pthread_t handle, void** result, clockid_t clock, const timespec* until) {
  return Join(handle, false, LOCKDEP_CALL_PLACE(), [&] { return Real().clockjoin(handle, result, clock, until); });
}

LOCKDEP_EXPORT int thrd_join(thrd_t handle, int* result) {
  return Join(handle, true, LOCKDEP_CALL_PLACE(), [&] { return Real().thrd_join(handle, result); });
}

LOCKDEP_EXPORT int pthread_detach(pthread_t handle) noexcept {
  const int result = Real().detach(handle);
  if (result == 0) ForgetStarted(handle);
  return result;
}

LOCKDEP_EXPORT int thrd_detach(thrd_t handle) {
  const int result = Real().thrd_detach(handle);
  if (result == thrd_success) ForgetStarted(handle);
  return result;
}

}  // namespace lockdep::preload
