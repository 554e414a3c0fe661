// Threads by their handles, from their start until they are joined, or detached and over.
//
// Thread-safe: the recorder's lock.
#ifndef LOCKDEP_PRELOAD_STARTED_THREADS_H_
#define LOCKDEP_PRELOAD_STARTED_THREADS_H_

#include <pthread.h>

#include <cstdint>

#include "lockdep/preload/thread_block.h"

namespace lockdep::preload {

// What a new thread runs, and as whom.
struct StartedThread {
  void* (*routine)(void*);  // one of both
  int (*c11_routine)(void*);
  void* argument;
  ThreadStart start;
  pthread_t handle;
  pthread_t* users_handle;
  std::uint32_t serial;
  bool known;     // `handle` is set
  bool detached;  // nobody will join it
  bool over;
  StartedThread* next;
};

// Null: no memory.
StartedThread* NewStartedThread();
// It was not started.
void DropStartedThread(StartedThread* thread);
// Writes the handle where the program wants it, once: before the thread runs, as the C library does, and before its
// creator goes on, whoever of the two comes first.  `serial`: for which thread; another one may have this place by now.
void PublishHandle(StartedThread* thread, std::uint32_t serial, pthread_t handle);
// The thread itself is over.
void NoteOver(StartedThread* thread);

struct JoinedThread {
  std::uint32_t role = 0;  // 0: not known
  std::uint32_t number = 0;
  std::uint32_t process = 0;
};
JoinedThread FindStarted(pthread_t handle);
// The calling thread has another number from now on.  REQUIRES: the recorder's lock is held.
void RenumberStarted(pthread_t handle, std::uint32_t number, std::uint32_t process);
// It was joined or detached.
void ForgetStarted(pthread_t handle);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_STARTED_THREADS_H_
