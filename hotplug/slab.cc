#include "hotplug/slab.h"

#include <cerrno>

namespace lockdep::hotplug {
namespace {

// The hotplug locks of the policy around `work`, which has slab_mutex.
template <class Work>
void WithSlabLocks(Machine& machine, Task& task, Work work) {
  const SlabLocks locks = machine.policy.slab;
  if (locks == SlabLocks::kSlabThenMemory) {  // the order that nobody may use
    MutexLock slab(machine.slab_mutex);
    machine.GetMems(task);
    work();
    machine.PutMems(task);
    return;
  }
  if (locks != SlabLocks::kNone) machine.CpusReadLock(task);
  if (locks == SlabLocks::kCpuAndMemory) machine.GetMems(task);
  {
    MutexLock slab(machine.slab_mutex);
    work();
  }
  if (locks == SlabLocks::kCpuAndMemory) machine.PutMems(task);
  if (locks != SlabLocks::kNone) machine.CpusReadUnlock(task);
}

bool OwnNodeMask(const Machine& machine) { return machine.policy.slab == SlabLocks::kNone; }

}  // namespace

int CreateCache(Machine& machine, Task& task, Cache& cache) {
  WithSlabLocks(machine, task, [&] {
    cache.has_node = OwnNodeMask(machine) ? machine.slab_node.Read() : machine.node_has_memory.ReadOnce();
    cache.alive = true;
  });
  return 0;
}

int DestroyCache(Machine& machine, Task& task, Cache& cache) {
  WithSlabLocks(machine, task, [&] {
    cache.alive = false;
    machine.slab_file.Drain();
  });
  return 0;
}

int ReadSlabObjects(Machine& machine, Task& task) {
  if (!machine.slab_file.Get()) return -ENODEV;
  // Until e4f8e513c3d3 (5.4).
  if (machine.policy.slab == SlabLocks::kCpuAndMemory) {
    machine.GetMems(task);
    machine.PutMems(task);
  }
  machine.slab_file.Put();
  return 0;
}

int WriteSlabShrink(Machine& machine, Task& task) {
  if (!machine.slab_file.Get()) return -ENODEV;
  const SlabLocks locks = machine.policy.slab;
  if (locks != SlabLocks::kNone) machine.CpusReadLock(task);
  if (locks == SlabLocks::kCpuAndMemory) {
    machine.GetMems(task);
    machine.PutMems(task);
  }
  if (locks != SlabLocks::kNone) machine.CpusReadUnlock(task);
  machine.slab_file.Put();
  return 0;
}

int WriteSlabAttribute(Machine& machine, Task&) {
  if (!machine.slab_file.Get()) return -ENODEV;
  { MutexLock slab(machine.slab_mutex); }
  machine.slab_file.Put();
  return 0;
}

void AddSlabCallback(Machine& machine) {
  MemoryCallback callback;
  callback.name = "slab";
  callback.priority = 1;
  callback.call = [&machine](Task&, MemoryEvent event) {
    if (event != MemoryEvent::kGoingOnline && event != MemoryEvent::kGoingOffline) return Answer::Ok();
    MutexLock slab(machine.slab_mutex);
    if (event == MemoryEvent::kGoingOnline) {
      machine.slab_node = true;
      for (const auto& cache : machine.caches) {
        if (cache->alive) cache->has_node = true;
      }
    }
    return Answer::Ok();
  };
  machine.chain.Add(std::move(callback));
}

}  // namespace lockdep::hotplug
