#include "hotplug/sclp.h"

#include <cerrno>
#include <utility>

#include "hotplug/memory_hotplug.h"

namespace lockdep::hotplug {
namespace {

enum class Storage : std::uint8_t { kAsItIs, kAssign, kGiveBack };

Storage ChangeAt(MemoryEvent event, bool prepares) {
  switch (event) {
    case MemoryEvent::kGoingOnline: return prepares ? Storage::kAsItIs : Storage::kAssign;
    case MemoryEvent::kPrepareOnline: return Storage::kAssign;
    case MemoryEvent::kCancelOnline:
    case MemoryEvent::kOffline: return prepares ? Storage::kAsItIs : Storage::kGiveBack;
    case MemoryEvent::kFinishOffline: return Storage::kGiveBack;
    default: return Storage::kAsItIs;
  }
}

}  // namespace

void AddSclpCallback(Machine& machine, int priority, bool refuses) {
  for (const auto& block : machine.blocks) block->standby = block->dev_offline.Read();
  MemoryCallback callback;
  callback.name = "sclp";
  callback.priority = priority;
  callback.call = [&machine, refuses](Task& task, MemoryEvent event) {
    MutexLock sclp(machine.sclp_mem_mutex);
    const Storage change = ChangeAt(event, machine.policy.prepare_events);
    if (change == Storage::kAsItIs || task.block == nullptr) return Answer::Ok();
    if (change == Storage::kAssign && refuses) return Answer{true, -EPERM};  // sclp_assign_storage: EIO, NOTIFY_BAD
    task.block->standby.WriteOnce(change == Storage::kGiveBack);
    return Answer::Ok();
  };
  machine.chain.Add(std::move(callback));
}

int SclpAttach(Machine& machine, Task& task, MemoryBlock& block) { return AddMemory(machine, task, block); }

}  // namespace lockdep::hotplug
