#include "hotplug/notifier.h"

#include <algorithm>
#include <utility>

#include "lockdep/explore/explore.h"

namespace lockdep::hotplug {
namespace {

bool IsOutsideOfPairs(MemoryEvent event) {
  return event == MemoryEvent::kPrepareOnline || event == MemoryEvent::kFinishOffline;
}

bool CanBeVetoed(MemoryEvent event) { return IsGoing(event) || event == MemoryEvent::kPrepareOnline; }

}  // namespace

std::string_view ToString(MemoryEvent event) { return kMemoryEventNames[static_cast<std::size_t>(event)]; }

bool IsGoing(MemoryEvent event) {
  return event == MemoryEvent::kGoingOnline || event == MemoryEvent::kGoingOffline ||
         event == MemoryEvent::kAddingFirst || event == MemoryEvent::kRemovingLast;
}

bool IsCancel(MemoryEvent event) {
  return event == MemoryEvent::kCancelOnline || event == MemoryEvent::kCancelOffline ||
         event == MemoryEvent::kCancelAddingFirst || event == MemoryEvent::kCancelRemovingLast;
}

void NotifierChain::Add(MemoryCallback callback) { Insert(std::move(callback)); }

NotifierChain::Entry& NotifierChain::Insert(MemoryCallback callback) {
  const auto at = std::find_if(entries_.begin(), entries_.end(), [&](const std::unique_ptr<Entry>& each) {
    return each->callback.priority < callback.priority;
  });
  return **entries_.insert(at, std::make_unique<Entry>(std::move(callback)));
}

void NotifierChain::Register(MemoryCallback callback) {
  WriterLock<RwSem> writing(rwsem_);
  Insert(std::move(callback)).late = true;
}

void NotifierChain::CheckOrder(Entry& entry, MemoryEvent event) {
  if (entry.late || IsOutsideOfPairs(event)) return;
  if (IsGoing(event)) {
    entry.open.Update([](int open) { return open + 1; });
    return;
  }
  if (entry.open.ReadOnce() > 0) {
    entry.open.Update([](int open) { return open - 1; });
    return;
  }
  explore::Check(IsCancel(event) && entry.callback.tolerates_cancel,
                 "I5: " + entry.callback.name + " is told " + std::string(ToString(event)) + " without a GOING");
}

int NotifierChain::Notify(Task& task, MemoryEvent event) {
  ReaderLock<RwSem> reading(rwsem_);
  for (const std::unique_ptr<Entry>& entry : entries_) {
    CheckOrder(*entry, event);
    const Answer answer = entry->callback.call(task, event);
    // Of the other events the result is ignored.
    if (CanBeVetoed(event) && answer.error != 0) return answer.error;
    if (answer.stop) return 0;
  }
  return 0;
}

}  // namespace lockdep::hotplug
