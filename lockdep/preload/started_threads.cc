#include "lockdep/preload/started_threads.h"

#include "lockdep/preload/arena.h"
#include "lockdep/preload/cold_section.h"

namespace lockdep::preload {
namespace {

constinit StartedThread* first = nullptr;
constinit StartedThread* unused = nullptr;
constinit std::uint32_t last_serial = 0;

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
  thread->serial = ++last_serial;
  thread->next = first;
  first = thread;
  return thread;
}

void DropStartedThread(StartedThread* thread) {
  const ColdSection section;
  Remove(thread);
}

void PublishHandle(StartedThread* thread, std::uint32_t serial, pthread_t handle) {
  const ColdSection section;
  if (thread->serial != serial || thread->known) return;
  *thread->users_handle = handle;
  thread->handle = handle;
  thread->known = true;
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

void RenumberStarted(pthread_t handle, std::uint32_t number, std::uint32_t process) {
  StartedThread* const thread = Find(handle);
  if (thread == nullptr) return;
  thread->start.number = number;
  thread->start.process = process;
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
