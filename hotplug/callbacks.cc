#include "hotplug/callbacks.h"

#include <memory>
#include <utility>

#include "hotplug/sclp.h"

namespace lockdep::hotplug {
namespace {

// What a callback that holds the mutex across events does at one of them.
class Dance {
 public:
  explicit Dance(bool remembers) : remembers_(remembers) {}

  void At(Machine& machine, MemoryEvent event) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
    if (IsGoing(event)) {
      machine.dance_mutex.lock();
      held_.WriteOnce(true);
      return;
    }
    // Only a callback with a record of its own can tell that a CANCEL is not meant for it.
    if (IsCancel(event) && remembers_ && !held_.ReadOnce()) return;
    if (IsCancel(event) && !remembers_ && machine.dance_mutex.try_lock()) {
      machine.dance_mutex.unlock();  // mutex_is_locked said no
      return;
    }
    held_.WriteOnce(false);
    machine.dance_mutex.unlock();
  }

 private:
  const bool remembers_;
  explore::Var<bool> held_{false, "held across events"};
};

}  // namespace

void AddCallback(Machine& machine, const CallbackSetup& setup) {
  if (setup.assigns_storage) return AddSclpCallback(machine, setup.priority, setup.refused);
  MemoryCallback callback;
  callback.name = setup.name;
  callback.priority = setup.priority;
  callback.tolerates_cancel = setup.remembers;
  const auto dance = std::make_shared<Dance>(setup.remembers);
  callback.call = [&machine, setup, dance](Task& task, MemoryEvent event) {
    if (setup.holds_across) dance->At(machine, event);
    if (setup.reads_memory) {
      machine.GetMems(task);
      machine.PutMems(task);
    }
    if (setup.completes && event == MemoryEvent::kOnline) machine.block_online.Complete();
    if (!setup.vetoes || event != setup.vetoed) return Answer::Ok();
    return setup.error == 0 ? Answer::Stop() : Answer{true, setup.error};
  };
  (setup.of_nodes ? machine.node_chain : machine.chain).Add(std::move(callback));
}

}  // namespace lockdep::hotplug
