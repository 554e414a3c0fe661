// The memory notifier chain, and that of nodes.  (include/linux/notifier.h, mm/memory_hotplug.c;
// Documentation/core-api/memory-hotplug.rst.)
//
//   * Each event is one read section of the chain's rwsem: callbacks by falling priority, then the section ends.
//   * Only GOING_ONLINE, GOING_OFFLINE, PREPARE_ONLINE, ADDING_FIRST_MEMORY and REMOVING_LAST_MEMORY can be vetoed.
//     BAD vetoes with -EPERM, an error with that; STOP ends the round without a veto.
//   * CANCEL goes to every callback, also to those that never saw the GOING it takes back.
//
// Invariants, checked where the code runs under explore:
//   I5  each callback that saw GOING sees exactly one of DONE and CANCEL; callbacks that say that they tolerate it see
//       a CANCEL without a GOING and do nothing.  ADDING and REMOVING of nodes are GOING in this sense; PREPARE_ONLINE
//       and FINISH_OFFLINE are no pair, for memory stays prepared while it is online.
//
// Thread-safe as its rwsem; callbacks are registered before the threads start, or through Register.
#ifndef HOTPLUG_NOTIFIER_H_
#define HOTPLUG_NOTIFIER_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hotplug/task.h"
#include "lockdep/explore/var.h"
#include "lockdep/lockdep.h"

namespace lockdep::hotplug {

enum class MemoryEvent : std::uint8_t {
  kGoingOnline,
  kOnline,
  kCancelOnline,
  kGoingOffline,
  kOffline,
  kCancelOffline,
  // Storage is made accessible before anything is written to it, and given back.
  kPrepareOnline,
  kFinishOffline,
  // Of the chain of nodes.
  kAddingFirst,
  kAddedFirst,
  kCancelAddingFirst,
  kRemovingLast,
  kRemovedLast,
  kCancelRemovingLast,
};
// As scripts have them: "GOING_ONLINE", "ADDING_FIRST_MEMORY".  In the order of the enumerators.
inline constexpr std::array<std::string_view, 14> kMemoryEventNames = {"GOING_ONLINE",
                                                                       "ONLINE",
                                                                       "CANCEL_ONLINE",
                                                                       "GOING_OFFLINE",
                                                                       "OFFLINE",
                                                                       "CANCEL_OFFLINE",
                                                                       "PREPARE_ONLINE",
                                                                       "FINISH_OFFLINE",
                                                                       "ADDING_FIRST_MEMORY",
                                                                       "ADDED_FIRST_MEMORY",
                                                                       "CANCEL_ADDING_FIRST_MEMORY",
                                                                       "REMOVING_LAST_MEMORY",
                                                                       "REMOVED_LAST_MEMORY",
                                                                       "CANCEL_REMOVING_LAST_MEMORY"};
std::string_view ToString(MemoryEvent event);

// The event that opens a pair; that takes it back.
bool IsGoing(MemoryEvent event);
bool IsCancel(MemoryEvent event);

// What a callback returns.
struct Answer {
  bool stop = false;
  int error = 0;  // negative errno: a veto

  static constexpr Answer Ok() { return {}; }
  static constexpr Answer Stop() { return {true, 0}; }
};

struct MemoryCallback {
  std::string name;
  int priority = 0;
  std::function<Answer(Task& task, MemoryEvent event)> call;
  // It keeps a record of its own of what it saw, so that a CANCEL without a GOING is nothing to it.
  bool tolerates_cancel = true;
};

class NotifierChain {
 public:
  // The name of its rwsem; must stay valid.
  explicit NotifierChain(const char* name) : rwsem_(name) {}
  NotifierChain(const NotifierChain&) = delete;
  NotifierChain& operator=(const NotifierChain&) = delete;

  // register_memory_notifier: takes the chain for writing.
  void Register(MemoryCallback callback);
  // The same without the lock, before other threads exist.
  void Add(MemoryCallback callback);
  // 0, or the error of a veto, if the event can be vetoed.
  int Notify(Task& task, MemoryEvent event);

 private:
  struct Entry {
    explicit Entry(MemoryCallback from) : callback(std::move(from)) {}
    MemoryCallback callback;
    bool late = false;  // came between two events, perhaps
    // Which pair is open; marked accesses, because without the memory hotplug lock two may be.
    explore::Var<int> open{0, "open events of a callback"};
  };
  Entry& Insert(MemoryCallback callback);
  void CheckOrder(Entry& entry, MemoryEvent event);

  RwSem rwsem_;
  std::vector<std::unique_ptr<Entry>> entries_;  // by falling priority
};

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_NOTIFIER_H_
