#include "hotplug/notifier.h"

#include <algorithm>
#include <utility>

#include "lockdep/explore/explore.h"

namespace lockdep::hotplug {
namespace {

bool IsGoing(MemoryEvent event) { return event == MemoryEvent::kGoingOnline || event == MemoryEvent::kGoingOffline; }
bool IsCancel(MemoryEvent event) { return event == MemoryEvent::kCancelOnline || event == MemoryEvent::kCancelOffline; }

}  // namespace

std::string_view ToString(MemoryEvent event) {
  switch (event) {
    case MemoryEvent::kGoingOnline: return "GOING_ONLINE";
    case MemoryEvent::kOnline: return "ONLINE";
    case MemoryEvent::kCancelOnline: return "CANCEL_ONLINE";
    case MemoryEvent::kGoingOffline: return "GOING_OFFLINE";
    case MemoryEvent::kOffline: return "OFFLINE";
    case MemoryEvent::kCancelOffline: return "CANCEL_OFFLINE";
  }
  return "";
}

void MemoryChain::Add(MemoryCallback callback) { Insert(std::move(callback)); }

MemoryChain::Entry& MemoryChain::Insert(MemoryCallback callback) {
  const auto at = std::find_if(entries_.begin(), entries_.end(), [&](const std::unique_ptr<Entry>& each) {
    return each->callback.priority < callback.priority;
  });
  return **entries_.insert(at, std::make_unique<Entry>(std::move(callback)));
}

void MemoryChain::Register(MemoryCallback callback) {
  WriterLock<RwSem> writing(rwsem_);
  Insert(std::move(callback)).late = true;
}

void MemoryChain::CheckOrder(Entry& entry, MemoryEvent event) {
  if (entry.late) return;
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

int MemoryChain::Notify(Task& task, MemoryEvent event) {
  ReaderLock<RwSem> reading(rwsem_);
  for (const std::unique_ptr<Entry>& entry : entries_) {
    CheckOrder(*entry, event);
    const Answer answer = entry->callback.call(task, event);
    // Of the other events the result is ignored.
    if (IsGoing(event) && answer.error != 0) return answer.error;
    if (answer.stop) return 0;
  }
  return 0;
}

}  // namespace lockdep::hotplug
