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
  bool known;  // `handle` is set
  bool detached;
  bool over;
  StartedThread* next;
};

// Null: no memory.
StartedThread* NewStartedThread();
// It was not started.
void DropStartedThread(StartedThread* thread);
// Its handle is known.  `detached`: nobody will join it.
void NoteHandle(StartedThread* thread, pthread_t handle, bool detached);
// The thread itself is over.
void NoteOver(StartedThread* thread);

struct JoinedThread {
  std::uint32_t role = 0;  // 0: not known
  std::uint32_t number = 0;
  std::uint32_t process = 0;
};
JoinedThread FindStarted(pthread_t handle);
// It was joined or detached.
void ForgetStarted(pthread_t handle);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_STARTED_THREADS_H_
