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

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_HOTPLUG_LOCK_H_
