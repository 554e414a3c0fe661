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
    LockMap::NoteWait(map_.Event(), LOCKDEP_SITE());
    raw_.Wait();
  }
  // False if the time passed first.
  template <class Rep, class Period>
  LOCKDEP_HOT bool WaitFor(const std::chrono::duration<Rep, Period>& duration) {
    LockMap::NoteWait(map_.Event(), LOCKDEP_SITE());
    const Deadline deadline = Deadline::In(duration);
    return raw_.Wait(&deadline);
  }
  // Without waiting.
  bool TryWait() {
    LockMap::NoteLook();
    return raw_.TryWait();
  }
  void Complete() { raw_.Complete(); }
  void CompleteAll() { raw_.CompleteAll(); }

 private:
  RawCompletion raw_;
  [[no_unique_address]] LockMap map_;
};

}  // namespace LOCKDEP_CHECKING
}  // namespace lockdep

#endif  // LOCKDEP_COMPLETION_H_
