// The files that are only read, and those of all memory.
#include <cerrno>
#include <string>

#include "hotplug/errors.h"
#include "hotplug/sysfs.h"
#include "hotplug/sysfs_call.h"

namespace lockdep::hotplug {

int ReadState(Machine&, Task&, MemoryBlock& block) {
  return CallMethod(block.state_file, [&] {
    (void)block.state.ReadOnce();
    return 0;
  });
}

int ReadOnline(Machine&, Task&, MemoryBlock& block) {
  return CallMethod(block.online_file, [&] {
    MutexLock device(block.dev);
    (void)block.dev_offline.Read();
    return 0;
  });
}

int ReadUevent(Machine&, Task&, MemoryBlock& block) {
  return CallMethod(block.uevent_file, [] { return 0; });
}

int ReadAcpiUevent(Machine& machine, Task&) {
  return CallMethod(machine.acpi_uevent_file, [&] {
    MutexLock nodes(machine.physical_node_lock);
    return 0;
  });
}

int ReadPhysIndex(Machine&, Task&, MemoryBlock& block) {
  return Checked(Attribute::kShow, CallMethod(block.phys_index_file, [] { return 0; }));
}

int ReadValidZones(Machine& machine, Task&, MemoryBlock& block) {
  if (!machine.policy.valid_zones) return Checked(Attribute::kShow, -ENOENT);
  return Checked(Attribute::kShow, CallMethod(block.valid_zones_file, [&] {
                   if (block.state.ReadOnce() == BlockState::kOnline) return 0;
                   // default_zone_for_pfn: which zones the pages would fit into, by their spans, without a lock.
                   for (const auto& zone : machine.zones) (void)zone->spanned.Read();
                   return 0;
                 }));
}

int ReadRemovable(Machine& machine, Task&, MemoryBlock& block) {
  return Checked(Attribute::kShow, CallMethod(block.removable_file, [&] {
                   if (machine.policy.removable == Removable::kConstant) return 0;
                   if (block.state.ReadOnce() != BlockState::kOnline) return 0;
                   // is_pageblock_removable_nolock: zone_spans_pfn.
                   (void)machine.zone_of(block).spanned.Read();
                   return 0;
                 }));
}

int ReadAutoOnlineBlocks(Machine& machine, Task&) {
  if (machine.policy.auto_online == AutoOnline::kNone) return Checked(Attribute::kAutoOnlineBlocks, -ENOENT);
  return Checked(Attribute::kAutoOnlineBlocks, CallMethod(machine.auto_online_file, [&] {
                   (void)machine.auto_online.Read();
                   return 0;
                 }));
}

int WriteAutoOnlineBlocks(Machine& machine, Task&, StateCommand command) {
  if (machine.policy.auto_online == AutoOnline::kNone) return Checked(Attribute::kAutoOnlineBlocks, -ENOENT);
  const bool zones = command == StateCommand::kOnlineKernel || command == StateCommand::kOnlineMovable;
  const bool known = command != StateCommand::kUnknown && (!zones || machine.policy.auto_online_zones);
  return Checked(Attribute::kAutoOnlineBlocks, CallMethod(machine.auto_online_file, [&] {
                   if (!known) return -EINVAL;
                   machine.auto_online = OnlineTypeOf(command);
                   return 0;
                 }));
}

}  // namespace lockdep::hotplug
