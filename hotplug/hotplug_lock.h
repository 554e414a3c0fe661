// The cpu hotplug lock and the memory hotplug lock, in each form they had.
//
//   mutex     readers exclude each other, too
//   homebrew  a mutex, a count of readers and the task that writes: the reader takes the mutex only to count itself,
//             the writer keeps it.  Readers overtake a waiting writer, so they may nest, and the writer reads its own
//             lock for nothing.  Nothing keeps two writers apart: the callers must.
//             (get_online_cpus and cpu_hotplug_begin, kernel/cpu.c; get_online_mems and mem_hotplug_begin,
//             mm/memory_hotplug.c of bfc8c90139eb)
//   rwsem     a waiting writer blocks new readers
//   percpu    the same; announcing and being granted are two steps (percpu_init_rwsem)
//
// The homebrew form's dep_map is left out: its reader was annotated as a recursive one, which made no dependency
// before Linux 5.10, and its writer's hold is that of the mutex.
//
// Thread-safe.  A task calls as itself, because simulated threads have no thread-local state.
#ifndef HOTPLUG_HOTPLUG_LOCK_H_
#define HOTPLUG_HOTPLUG_LOCK_H_

#include <array>
#include <memory>

#include "hotplug/policy.h"
#include "hotplug/task.h"
#include "lockdep/explore/var.h"
#include "lockdep/lockdep.h"

namespace lockdep::hotplug {

// The names of the forms' locks, as kernel reports have them.
struct HotplugLockNames {
  const char* mutex;
  const char* homebrew;
  const char* semaphore;
};

class HotplugLock {
 public:
  // The names must stay valid.
  HotplugLock(LockForm form, const HotplugLockNames& names);
  ~HotplugLock();

  // Inlined, so that a report names the caller.
  void Read(Task& task);
  void ReadUnlock(Task& task);
  void Write(Task& task);
  void WriteUnlock(Task& task);

 private:
  struct Homebrew;

  const LockForm form_;
  std::unique_ptr<Mutex> mutex_;
  std::unique_ptr<RwSem> semaphore_;
  std::unique_ptr<PercpuRwSem> percpu_;
  std::unique_ptr<Homebrew> homebrew_;
};

// --- Details ------------------------------------------------------------------------------------------
//
// A lock is taken and released by different calls, and which one by the form: beyond clang's analysis.

struct HotplugLock::Homebrew {
  explicit Homebrew(const char* name) : lock(name) {}

  Mutex lock;
  explore::Var<int> refcount{0, "refcount of the hotplug lock"};
  explore::Var<int> active_writer{-1, "active_writer of the hotplug lock"};
  // wake_up_process wakes this one task, so each sleeps in a bed of its own.
  struct Bed {
    CondVar wake_up{"the hotplug writer"};
  };
  std::array<Bed, kTasksMax> beds;

  LOCKDEP_HOT void Read(const Task& task) {
    if (active_writer.ReadOnce() == task.number) return;
    MutexLock counting(lock);
    refcount.WriteOnce(refcount.ReadOnce() + 1);
  }
  LOCKDEP_HOT void ReadUnlock(const Task& task) {
    const int writer = active_writer.ReadOnce();
    if (writer == task.number) return;
    MutexLock counting(lock);
    refcount.WriteOnce(refcount.ReadOnce() - 1);
    if (refcount.ReadOnce() != 0) return;
    const int waiting = active_writer.ReadOnce();
    if (waiting >= 0) beds[static_cast<std::size_t>(waiting)].wake_up.notify_one();
  }
  LOCKDEP_HOT void Write(const Task& task) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    active_writer.WriteOnce(task.number);
    lock.lock();
    while (refcount.ReadOnce() != 0) beds[static_cast<std::size_t>(task.number)].wake_up.wait(lock);
  }
  LOCKDEP_HOT void WriteUnlock() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    active_writer.WriteOnce(-1);
    lock.unlock();
  }
};

LOCKDEP_HOT void HotplugLock::Read(Task& task) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  switch (form_) {
    case LockForm::kMutex: return mutex_->lock();
    case LockForm::kHomebrew: return homebrew_->Read(task);
    case LockForm::kRwSem: return semaphore_->lock_shared();
    case LockForm::kPercpu: return percpu_->lock_shared();
  }
}

LOCKDEP_HOT void HotplugLock::ReadUnlock(Task& task) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  switch (form_) {
    case LockForm::kMutex: return mutex_->unlock();
    case LockForm::kHomebrew: return homebrew_->ReadUnlock(task);
    case LockForm::kRwSem: return semaphore_->unlock_shared();
    case LockForm::kPercpu: return percpu_->unlock_shared();
  }
}

LOCKDEP_HOT void HotplugLock::Write(Task& task) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  switch (form_) {
    case LockForm::kMutex: return mutex_->lock();
    case LockForm::kHomebrew: return homebrew_->Write(task);
    case LockForm::kRwSem: return semaphore_->lock();
    case LockForm::kPercpu: return percpu_->lock();
  }
}

LOCKDEP_HOT void HotplugLock::WriteUnlock(Task&) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  switch (form_) {
    case LockForm::kMutex: return mutex_->unlock();
    case LockForm::kHomebrew: return homebrew_->WriteUnlock();
    case LockForm::kRwSem: return semaphore_->unlock();
    case LockForm::kPercpu: return percpu_->unlock();
  }
}

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_HOTPLUG_LOCK_H_
