// Which events an onlining or offlining sends, and what it counts.
#include "hotplug/pages.h"

#include <cerrno>
#include <string>
#include <vector>

#include "hotplug/memory_hotplug.h"
#include "hotplug/sclp.h"
#include "tests/catch.h"

namespace lockdep::hotplug {
namespace {

using Events = std::vector<std::string>;

// A machine with two blocks that are offline, of which all events are written down.
class Recorded {
 public:
  explicit Recorded(const Policy& policy, bool memmap = false) : machine(SetupOf(policy, memmap)) {
    for (NotifierChain* chain : {&machine.chain, &machine.node_chain}) {
      MemoryCallback callback;
      callback.name = "writes down";
      callback.priority = 100;
      callback.call = [this](Task&, MemoryEvent event) {
        events.emplace_back(ToString(event));
        return Answer{event == vetoed, event == vetoed ? -EPERM : 0};
      };
      chain->Add(std::move(callback));
    }
  }

  // What the operation sends.
  Events Of(int (*operation)(Machine&, Task&, MemoryBlock&), int id, int result = 0) {
    events.clear();
    CHECK(operation(machine, task, machine.block(id)) == result);
    return events;
  }

  Machine machine;
  Task task;
  Events events;
  MemoryEvent vetoed = MemoryEvent::kCancelRemovingLast;  // which cannot be vetoed

 private:
  static MachineSetup SetupOf(const Policy& policy, bool memmap) {
    MachineSetup setup;
    setup.policy = policy;
    setup.blocks = {{1, BlockSetup::kOffline}, {2, BlockSetup::kOffline}};
    setup.memmap_on_memory = memmap;
    return setup;
  }
};

Policy With(bool prepare, bool nodes) {
  Policy policy = *FindPolicy("v6.8");
  policy.prepare_events = prepare;
  policy.node_events = nodes;
  return policy;
}

TEST_CASE("the chain of nodes hears of the first memory and of the last, around the chain of memory",
          "[hotplug][notifier]") {
  Recorded recorded(With(false, true));
  CHECK(recorded.Of(&DeviceOnline, 1) == Events{"ADDING_FIRST_MEMORY", "GOING_ONLINE", "ADDED_FIRST_MEMORY", "ONLINE"});
  CHECK(recorded.machine.node_has_memory.Read());
  CHECK(recorded.Of(&DeviceOnline, 2) == Events{"GOING_ONLINE", "ONLINE"});
  CHECK(recorded.Of(&DeviceOffline, 1) == Events{"GOING_OFFLINE", "OFFLINE"});
  CHECK(recorded.machine.node_has_memory.Read());
  CHECK(recorded.Of(&DeviceOffline, 2) ==
        Events{"REMOVING_LAST_MEMORY", "GOING_OFFLINE", "REMOVED_LAST_MEMORY", "OFFLINE"});
  CHECK_FALSE(recorded.machine.node_has_memory.Read());
  recorded.machine.CheckAtRest();
}

TEST_CASE("what one chain vetoes is taken back on both, memory first", "[hotplug][notifier]") {
  Recorded recorded(With(false, true));
  recorded.vetoed = MemoryEvent::kGoingOnline;
  CHECK(recorded.Of(&DeviceOnline, 1, -EPERM) ==
        Events{"ADDING_FIRST_MEMORY", "GOING_ONLINE", "CANCEL_ONLINE", "CANCEL_ADDING_FIRST_MEMORY"});
  recorded.vetoed = MemoryEvent::kCancelOnline;
  recorded.Of(&DeviceOnline, 1);
  recorded.vetoed = MemoryEvent::kGoingOffline;
  CHECK(recorded.Of(&DeviceOffline, 1, -EPERM) ==
        Events{"REMOVING_LAST_MEMORY", "GOING_OFFLINE", "CANCEL_OFFLINE", "CANCEL_REMOVING_LAST_MEMORY"});
  CHECK(recorded.machine.node_has_memory.Read());
  recorded.machine.CheckAtRest();
}

TEST_CASE("memory is prepared before everything and finished after everything, also if it fails",
          "[hotplug][notifier]") {
  Recorded recorded(With(true, false));
  CHECK(recorded.Of(&DeviceOnline, 1) == Events{"PREPARE_ONLINE", "GOING_ONLINE", "ONLINE"});
  CHECK(recorded.Of(&DeviceOffline, 1) == Events{"GOING_OFFLINE", "OFFLINE", "FINISH_OFFLINE"});
  recorded.vetoed = MemoryEvent::kGoingOnline;
  CHECK(recorded.Of(&DeviceOnline, 1, -EPERM) ==
        Events{"PREPARE_ONLINE", "GOING_ONLINE", "CANCEL_ONLINE", "FINISH_OFFLINE"});
  // Who vetoes PREPARE_ONLINE has nothing to finish.
  recorded.vetoed = MemoryEvent::kPrepareOnline;
  CHECK(recorded.Of(&DeviceOnline, 1, -EPERM) == Events{"PREPARE_ONLINE"});
  recorded.vetoed = MemoryEvent::kPrepareOnline;
}

TEST_CASE("with memmap on memory a block has all its pages, and a failure leaves none", "[hotplug]") {
  for (const bool memmap : {false, true}) {
    Recorded recorded(With(true, true), memmap);
    Zone& zone = *recorded.machine.zones[0];
    recorded.Of(&DeviceOnline, 1);
    CHECK(zone.present.Read() == kPagesOfBlock);
    CHECK(zone.spanned.Read() == kPagesOfBlock);
    recorded.vetoed = MemoryEvent::kGoingOffline;
    recorded.Of(&DeviceOffline, 1, -EPERM);
    CHECK(zone.present.Read() == kPagesOfBlock);
    recorded.vetoed = MemoryEvent::kGoingOnline;
    recorded.Of(&DeviceOnline, 2, -EPERM);
    CHECK(zone.present.Read() == kPagesOfBlock);
    CHECK(zone.spanned.Read() == kPagesOfBlock);
    recorded.vetoed = MemoryEvent::kCancelOnline;
    recorded.Of(&DeviceOffline, 1);
    CHECK(zone.present.Read() == 0);
    recorded.machine.CheckAtRest();
  }
}

TEST_CASE("storage of s390 is assigned exactly while its block is online", "[hotplug][sclp]") {
  for (const bool prepare : {false, true}) {
    Recorded recorded(With(prepare, false));
    AddSclpCallback(recorded.machine, 0, false);
    const auto standby = [&](int id) { return recorded.machine.block(id).standby.Read(); };
    CHECK((standby(1) && standby(2)));
    recorded.Of(&DeviceOnline, 1);
    CHECK((!standby(1) && standby(2)));
    recorded.vetoed = MemoryEvent::kGoingOnline;
    recorded.Of(&DeviceOnline, 2, -EPERM);
    CHECK(standby(2));
    recorded.vetoed = MemoryEvent::kCancelOnline;
    recorded.Of(&DeviceOffline, 1);
    CHECK(standby(1));
  }
}

}  // namespace
}  // namespace lockdep::hotplug
