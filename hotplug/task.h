// Who runs an operation: the kernel's `current`, with what it knows that it holds.
//
// Thread-confined: a task belongs to the thread that runs as it.
#ifndef HOTPLUG_TASK_H_
#define HOTPLUG_TASK_H_

namespace lockdep::hotplug {

inline constexpr int kTasksMax = 16;

struct MemoryBlock;

struct Task {
  int number = 0;  // below kTasksMax; each thread has its own
  bool holds_device_hotplug = false;
  bool holds_memory_write = false;
  int cpu_reads = 0;
  MemoryBlock* block = nullptr;  // that its memory events are about: struct memory_notify
};

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_TASK_H_
