#include "workloads/hotplug_operations.h"

#include <algorithm>
#include <array>
#include <string>

#include "hotplug/callers.h"
#include "hotplug/cpu.h"
#include "hotplug/dlpar.h"
#include "hotplug/memory_hotplug.h"
#include "hotplug/sclp.h"
#include "hotplug/slab.h"
#include "hotplug/sysfs.h"

namespace lockdep::workloads {
namespace {

using hotplug::Action;
using hotplug::Machine;
using hotplug::Task;

constexpr std::array<std::string_view, 13> kOperations = {"sysfs", "acpi",    "memory", "kernel",     "cpu",
                                                          "slab",  "balloon", "xen",    "virtio-mem", "memtrace",
                                                          "dax",   "sclp",    "dlpar"};

class Operations {
 public:
  explicit Operations(const hotplug::MachineSetup& machine) : machine_(machine) {}

  Action ActionOf(LineWords& line) const {
    switch (line.OneOf(kOperations)) {
      case 0: return Sysfs(line);
      case 1: return Acpi(line);
      case 2: return Memory(line);
      case 3: return Kernel(line);
      case 4: return Cpu(line);
      case 5: return Slab(line);
      case 6: return Balloon(line);
      case 7: return Xen(line);
      case 8: return OnBlock(line, "remove", &hotplug::OfflineAndRemove);
      case 9: return OnBlock(line, "offline", &hotplug::MemtraceOffline);
      case 10: return OnBlock(line, "unbind", &hotplug::DaxUnbind);
      case 11: return OnBlock(line, "attach", &hotplug::SclpAttach);
      case 12: return Dlpar(line);
      default: return {};
    }
  }

 private:
  // "block N".
  int Block(LineWords& line) const {
    if (!line.TakeIf("block")) line.Expected("'block'");
    const Position at = line.here();
    const int id = line.Integer("the number of a memory block");
    const bool known =
        std::any_of(machine_.blocks.begin(), machine_.blocks.end(), [&](const auto& each) { return each.id == id; });
    if (!line.mistake() && !known) line.Fail(at, "expected a memory block of the script, found " + std::to_string(id));
    return id;
  }

  using BlockFunction = int (*)(Machine&, Task&, hotplug::MemoryBlock&);
  static Action On(int id, BlockFunction function) {
    return [id, function](Machine& machine, Task& task) { return function(machine, task, machine.block(id)); };
  }
  Action OnBlock(LineWords& line, std::string_view verb, BlockFunction function) const {
    if (!line.TakeIf(verb)) line.Expected("'" + std::string(verb) + "'");
    return On(Block(line), function);
  }

  Action Sysfs(LineWords& line) const {
    if (line.OneOf(Of("write", "read")) == 0) return SysfsWrite(line);
    if (line.TakeIf("acpi")) {
      if (!line.TakeIf("uevent")) line.Expected("'uevent'");
      return [](Machine& machine, Task& task) { return hotplug::ReadAcpiUevent(machine, task); };
    }
    if (line.TakeIf("auto_online_blocks")) return &hotplug::ReadAutoOnlineBlocks;
    const int id = Block(line);
    switch (line.OneOf(Of("state", "online", "uevent", "valid_zones", "removable", "phys_index"))) {
      case 0: return On(id, &hotplug::ReadState);
      case 1: return On(id, &hotplug::ReadOnline);
      case 3: return On(id, &hotplug::ReadValidZones);
      case 4: return On(id, &hotplug::ReadRemovable);
      case 5: return On(id, &hotplug::ReadPhysIndex);
      default: return On(id, &hotplug::ReadUevent);
    }
  }

  // One of what `state` and `auto_online_blocks` take, or what they do not know.
  static hotplug::StateCommand Command(LineWords& line) {
    return static_cast<hotplug::StateCommand>(
        std::max(0, line.OneOf(Of("offline", "online", "online_kernel", "online_movable", "nonsense"))));
  }

  Action SysfsWrite(LineWords& line) const {
    if (line.TakeIf("probe")) return On(Block(line), &hotplug::WriteProbe);
    if (line.TakeIf("auto_online_blocks")) {
      const hotplug::StateCommand command = Command(line);
      return [command](Machine& machine, Task& task) { return hotplug::WriteAutoOnlineBlocks(machine, task, command); };
    }
    if (line.TakeIf("cpu")) {
      if (!line.TakeIf("online")) line.Expected("'online'");
      const bool online = line.OneOf(Of("0", "1")) == 1;
      return [online](Machine& machine, Task& task) { return hotplug::WriteCpuOnline(machine, task, online); };
    }
    const int id = Block(line);
    switch (line.OneOf(Of("state", "online", "remove-self"))) {
      case 0: {
        const hotplug::StateCommand command = Command(line);
        return [id, command](Machine& machine, Task& task) {
          return hotplug::WriteState(machine, task, machine.block(id), command);
        };
      }
      case 1: {
        const bool online = line.OneOf(Of("0", "1")) == 1;
        return [id, online](Machine& machine, Task& task) {
          return hotplug::WriteOnline(machine, task, machine.block(id), online);
        };
      }
      default: {
        const bool breaks = line.TakeIf("breaking-protection");
        return [id, breaks](Machine& machine, Task& task) {
          return hotplug::WriteRemoveSelf(machine, task, machine.block(id), breaks);
        };
      }
    }
  }

  Action Acpi(LineWords& line) const {
    switch (line.OneOf(Of("eject", "insert", "boot-scan"))) {
      case 0: return On(Block(line), &hotplug::AcpiEject);
      case 1: return On(Block(line), &hotplug::AcpiInsert);
      default: return On(Block(line), &hotplug::AcpiBootScan);
    }
  }

  Action Memory(LineWords& line) const {
    switch (line.OneOf(Of("add", "remove", "scan", "scan-twice", "scan-then-cpus", "write", "set-callback",
                          "register-callback", "begin", "done", "get", "put", "signal"))) {
      case 0: return On(Block(line), &hotplug::AddMemory);
      case 1: return On(Block(line), &hotplug::RemoveMemory);
      case 2: return On(Block(line), &hotplug::ScanMemory);
      case 3: return &hotplug::ScanMemoryTwice;
      case 4: return &hotplug::ScanMemoryThenCpus;
      case 5: {
        const bool stops = line.TakeIf("stopping-machine");
        return [stops](Machine& machine, Task& task) { return hotplug::WriteMems(machine, task, stops); };
      }
      case 6: {
        const int callback = line.Integer("the number of a callback");
        return [callback](Machine& machine, Task& task) { return hotplug::SetPageCallback(machine, task, callback); };
      }
      case 7: return &hotplug::RegisterCallback;
      case 8: return Part(&Machine::Begin);
      case 9: return Part(&Machine::Done);
      case 10: return Part(&Machine::GetMems);
      case 12: return On(Block(line), &hotplug::SignalOfflining);
      default: return Part(&Machine::PutMems);
    }
  }

  // Half of a pair, for what the script does in between.
  static Action Part(void (Machine::*half)(Task&)) {
    return [half](Machine& machine, Task& task) {
      (machine.*half)(task);
      return 0;
    };
  }

  Action Kernel(LineWords& line) const {
    if (!line.TakeIf("online")) line.Expected("'online'");
    const int id = Block(line);
    const bool gate = line.OneOf(Of("gated", "ungated")) == 0;
    return [id, gate](Machine& machine, Task& task) {
      return hotplug::KernelOnline(machine, task, machine.block(id), gate);
    };
  }

  static Action Cpu(LineWords& line) {
    switch (line.OneOf(Of("up", "down", "read", "read-lock", "read-unlock"))) {
      case 0: return &hotplug::CpuUp;
      case 1: return &hotplug::CpuDown;
      case 3: return Part(&Machine::CpusReadLock);
      case 4: return Part(&Machine::CpusReadUnlock);
      default: return &hotplug::ReadCpus;
    }
  }

  Action Slab(LineWords& line) const {
    const int verb = line.OneOf(Of("create", "destroy", "read-objects", "write-shrink", "write-attribute"));
    switch (verb) {
      case 2: return &hotplug::ReadSlabObjects;
      case 3: return &hotplug::WriteSlabShrink;
      case 4: return &hotplug::WriteSlabAttribute;
      default: break;
    }
    const Position at = line.here();
    const std::string name = line.Any("the name of a cache");
    const auto& caches = machine_.caches;
    if (std::find(caches.begin(), caches.end(), name) == caches.end())
      line.Fail(at, "expected a cache of the script, found '" + name + "'");
    return [name, verb](Machine& machine, Task& task) {
      return verb == 0 ? hotplug::CreateCache(machine, task, machine.cache(name))
                       : hotplug::DestroyCache(machine, task, machine.cache(name));
    };
  }

  Action Balloon(LineWords& line) const {
    switch (line.OneOf(Of("add", "lock", "unlock"))) {
      case 1: return Part(&Machine::LockDance);
      case 2: return Part(&Machine::UnlockDance);
      default: break;
    }
    const int id = Block(line);
    hotplug::HotAddWait wait;
    wait.waits = line.TakeIf("waiting");
    if (wait.waits) wait.timed = !line.TakeIf("for-ever");
    wait.keeps_gate = line.TakeIf("keeping-gate");
    return [id, wait](Machine& machine, Task& task) {
      return hotplug::BalloonHotAdd(machine, task, machine.block(id), wait);
    };
  }

  Action Dlpar(LineWords& line) const {
    const bool add = line.OneOf(Of("add", "remove")) == 0;
    return On(Block(line), add ? &hotplug::DlparAdd : &hotplug::DlparRemove);
  }

  Action Xen(LineWords& line) const {
    if (!line.TakeIf("add")) line.Expected("'add'");
    const int id = Block(line);
    const bool drops = line.OneOf(Of("dropping-mutex", "keeping-mutex")) == 0;
    return [id, drops](Machine& machine, Task& task) {
      return hotplug::XenBalloonAdd(machine, task, machine.block(id), drops);
    };
  }

  const hotplug::MachineSetup& machine_;
};

}  // namespace

bool IsHotplugOperation(std::string_view word) {
  return std::find(kOperations.begin(), kOperations.end(), word) != kOperations.end();
}

Action OperationOf(LineWords& line, const hotplug::MachineSetup& machine) { return Operations(machine).ActionOf(line); }

}  // namespace lockdep::workloads
