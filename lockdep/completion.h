// Something that will be done.  Wait returns once for each Complete, and at once for ever after
// CompleteAll.  (Kernel: struct completion.)
//
// To the validator a wait is no lock: who must complete is not known, so it is kept in the list of
// what the thread did and joins no cycle of its own.
//
// Thread-safe.  After Complete only the address is used, so a waiter may free the memory.
#ifndef LOCKDEP_COMPLETION_H_
#define LOCKDEP_COMPLETION_H_

#include <chrono>

#include "lockdep/lock_map.h"
#include "lockdep/raw/deadline.h"
#include "lockdep/raw/raw_completion.h"

namespace lockdep {
inline namespace LOCKDEP_CHECKING {

class Completion {
 public:
#ifndef LOCKDEP_DISABLED
  constexpr explicit Completion(const char* name = nullptr, Birth birth = Birth::Here())
      : map_(LockType::kCompletion, nullptr, name, birth) {}
  LOCKDEP_HOT ~Completion() { map_.Destroyed(false); }
#else
  constexpr explicit Completion(const char* = nullptr) {}
#endif
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;

  LOCKDEP_HOT void Wait() {
#ifndef LOCKDEP_DISABLED
    if (Scheduler* scheduler = CurrentScheduler()) {
      scheduler->WaitFor(map_, Kind::kBlocking, LOCKDEP_SITE());
      StayOnTheStack();
      return;
    }
#endif
    LockMap::NoteWait(map_.Event(), LOCKDEP_SITE());
    raw_.Wait();
  }
  // False if the time passed first.
  template <class Rep, class Period>
  LOCKDEP_HOT bool WaitFor(const std::chrono::duration<Rep, Period>& duration) {
#ifndef LOCKDEP_DISABLED
    if (Scheduler* scheduler = CurrentScheduler()) {
      const bool passed = scheduler->WaitFor(map_, Kind::kTimed, LOCKDEP_SITE());
      StayOnTheStack();
      return passed;
    }
#endif
    LockMap::NoteWait(map_.Event(), LOCKDEP_SITE());
    const Deadline deadline = Deadline::In(duration);
    return raw_.Wait(&deadline);
  }
  // Without waiting.
  LOCKDEP_HOT bool TryWait() {
#ifndef LOCKDEP_DISABLED
    if (Scheduler* scheduler = CurrentScheduler()) {
      const bool passed = scheduler->WaitFor(map_, Kind::kTrylock, LOCKDEP_SITE());
      StayOnTheStack();
      return passed;
    }
#endif
    LockMap::NoteLook();
    return raw_.TryWait();
  }
  LOCKDEP_HOT void Complete() {
#ifndef LOCKDEP_DISABLED
    if (Scheduler* scheduler = CurrentScheduler()) {
      scheduler->Complete(map_, false, LOCKDEP_SITE());
      StayOnTheStack();
      return;
    }
#endif
    raw_.Complete();
  }
  LOCKDEP_HOT void CompleteAll() {
#ifndef LOCKDEP_DISABLED
    if (Scheduler* scheduler = CurrentScheduler()) {
      scheduler->Complete(map_, true, LOCKDEP_SITE());
      StayOnTheStack();
      return;
    }
#endif
    raw_.CompleteAll();
  }

 private:
  RawCompletion raw_;
  [[no_unique_address]] LockMap map_;
};

}  // namespace LOCKDEP_CHECKING
}  // namespace lockdep

#endif  // LOCKDEP_COMPLETION_H_
