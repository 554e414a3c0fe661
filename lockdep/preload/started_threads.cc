#include "lockdep/preload/started_threads.h"

#include "lockdep/preload/arena.h"
#include "lockdep/preload/cold_section.h"

namespace lockdep::preload {
namespace {

constinit StartedThread* first = nullptr;
constinit StartedThread* unused = nullptr;

// The newest: a handle may be used again.
StartedThread* Find(pthread_t handle) {
  StartedThread* thread = first;
  while (thread != nullptr && !(thread->known && pthread_equal(thread->handle, handle) != 0)) thread = thread->next;
  return thread;
}

void Remove(StartedThread* thread) {
  StartedThread** link = &first;
  while (*link != nullptr && *link != thread) link = &(*link)->next;
  if (*link == nullptr) return;
  *link = thread->next;
  thread->next = unused;
  unused = thread;
}

}  // namespace

StartedThread* NewStartedThread() {
  const ColdSection section;
  StartedThread* thread = unused;
  if (thread != nullptr) {
    unused = thread->next;
  } else {
    thread = static_cast<StartedThread*>(ArenaAllocate(sizeof(StartedThread)));
  }
  if (thread == nullptr) return nullptr;
  *thread = StartedThread{};
  thread->next = first;
  first = thread;
  return thread;
}

void DropStartedThread(StartedThread* thread) {
  const ColdSection section;
  Remove(thread);
}

void NoteHandle(StartedThread* thread, pthread_t handle, bool detached) {
  const ColdSection section;
  thread->handle = handle;
  thread->known = true;
  thread->detached = detached;
  if (detached && thread->over) Remove(thread);
}

void NoteOver(StartedThread* thread) {
  const ColdSection section;
  thread->over = true;
  if (thread->detached) Remove(thread);
}

JoinedThread FindStarted(pthread_t handle) {
  const ColdSection section;
  const StartedThread* const thread = Find(handle);
  if (thread == nullptr) return {};
  return {thread->start.role, thread->start.number, thread->start.process};
}

void ForgetStarted(pthread_t handle) {
  const ColdSection section;
  StartedThread* const thread = Find(handle);
  if (thread == nullptr) return;
  // One that was detached is still using it.
  if (thread->over) {
    Remove(thread);
  } else {
    thread->detached = true;
  }
}

}  // namespace lockdep::preload
