#include "hotplug/hotplug_lock.h"

namespace lockdep::hotplug {

// The locks of one object are taken and released by different calls, and by the form: beyond clang's analysis.
#define HOTPLUG_UNCHECKED LOCKDEP_NO_THREAD_SAFETY_ANALYSIS

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

  void Read(const Task& task) {
    if (active_writer.ReadOnce() == task.number) return;
    MutexLock counting(lock);
    refcount.WriteOnce(refcount.ReadOnce() + 1);
  }
  void ReadUnlock(const Task& task) {
    const int writer = active_writer.ReadOnce();
    if (writer == task.number) return;
    MutexLock counting(lock);
    refcount.WriteOnce(refcount.ReadOnce() - 1);
    if (refcount.ReadOnce() != 0) return;
    const int waiting = active_writer.ReadOnce();
    if (waiting >= 0) beds[static_cast<std::size_t>(waiting)].wake_up.notify_one();
  }
  void Write(const Task& task) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    active_writer.WriteOnce(task.number);
    lock.lock();
    while (refcount.ReadOnce() != 0) beds[static_cast<std::size_t>(task.number)].wake_up.wait(lock);
  }
  void WriteUnlock() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    active_writer.WriteOnce(-1);
    lock.unlock();
  }
};

HotplugLock::HotplugLock(LockForm form, const HotplugLockNames& names) : form_(form) {
  switch (form) {
    case LockForm::kMutex: mutex_ = std::make_unique<Mutex>(names.mutex); break;
    case LockForm::kHomebrew: homebrew_ = std::make_unique<Homebrew>(names.homebrew); break;
    case LockForm::kRwSem: semaphore_ = std::make_unique<RwSem>(names.semaphore); break;
    case LockForm::kPercpu: percpu_ = std::make_unique<PercpuRwSem>(names.semaphore); break;
  }
}

HotplugLock::~HotplugLock() = default;

void HotplugLock::Read(Task& task) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  switch (form_) {
    case LockForm::kMutex: return mutex_->lock();
    case LockForm::kHomebrew: return homebrew_->Read(task);
    case LockForm::kRwSem: return semaphore_->lock_shared();
    case LockForm::kPercpu: return percpu_->lock_shared();
  }
}

void HotplugLock::ReadUnlock(Task& task) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  switch (form_) {
    case LockForm::kMutex: return mutex_->unlock();
    case LockForm::kHomebrew: return homebrew_->ReadUnlock(task);
    case LockForm::kRwSem: return semaphore_->unlock_shared();
    case LockForm::kPercpu: return percpu_->unlock_shared();
  }
}

void HotplugLock::Write(Task& task) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  switch (form_) {
    case LockForm::kMutex: return mutex_->lock();
    case LockForm::kHomebrew: return homebrew_->Write(task);
    case LockForm::kRwSem: return semaphore_->lock();
    case LockForm::kPercpu: return percpu_->lock();
  }
}

void HotplugLock::WriteUnlock(Task&) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  switch (form_) {
    case LockForm::kMutex: return mutex_->unlock();
    case LockForm::kHomebrew: return homebrew_->WriteUnlock();
    case LockForm::kRwSem: return semaphore_->unlock();
    case LockForm::kPercpu: return percpu_->unlock();
  }
}

}  // namespace lockdep::hotplug
