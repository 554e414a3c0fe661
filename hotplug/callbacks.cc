#include "hotplug/callbacks.h"

#include <memory>
#include <utility>

namespace lockdep::hotplug {
namespace {

bool IsGoing(MemoryEvent event) { return event == MemoryEvent::kGoingOnline || event == MemoryEvent::kGoingOffline; }
bool IsCancel(MemoryEvent event) { return event == MemoryEvent::kCancelOnline || event == MemoryEvent::kCancelOffline; }

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
  machine.chain.Add(std::move(callback));
}

}  // namespace lockdep::hotplug
