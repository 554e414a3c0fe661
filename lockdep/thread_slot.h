// What the runtime keeps for one thread beside the validator's ThreadState, and the sections in which
// it calls the validator.  Behind this_thread.h; not for programs.
//
// Thread-confined.  What says "async-signal-safe" may be called by a handler that interrupted anything
// of the same thread.
#ifndef LOCKDEP_THREAD_SLOT_H_
#define LOCKDEP_THREAD_SLOT_H_

#include <pthread.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lockdep/finding.h"
#include "lockdep/lock_map.h"
#include "lockdep/process.h"
#include "lockdep/this_thread.h"
#include "lockdep/validator.h"

namespace lockdep {

// What a signal handler did that only the interrupted thread can tell the validator, because telling
// allocates.  Of fixed size; what does not fit is a lost event.
class HandlerLog {
 public:
  static constexpr std::size_t kEventsMax = 32;
  static constexpr std::size_t kDepthMax = 7;

  enum class What : std::uint8_t {
    kChain,      // asked for the last lock while holding the others
    kHeldAtEnd,  // the handler ended while holding the last lock
    kRelease,    // released the last lock, which was not taken in the handler
  };
  struct Event {
    What what = What::kChain;
    std::uint8_t held = 0;  // locks below the last one
    std::array<Request, kDepthMax + 1> locks;
  };

  // Async-signal-safe.  REQUIRES: inside a BusySection, or the busy mark was seen.
  void Add(What what, const HeldLocks& held, std::size_t from, std::size_t to, const Request& last);
  // All events, which are forgotten.
  std::vector<Event> Take();
  bool empty() const { return count_ == 0; }

 private:
  std::array<Event, kEventsMax> events_;
  std::size_t count_ = 0;
  bool taking_ = false;
};

// Locks that the thread took without the validator.
class UnseenLocks {
 public:
  // Async-signal-safe: a handler between two steps leaves no trace, provided that it releases what
  // it takes.
  void Add(const LockMap* lock);
  // False if it is not known to be one of them.
  bool Remove(const LockMap* lock);
  bool Contains(const LockMap* lock) const;

 private:
  static constexpr std::uint32_t kLocksMax = 16;
  std::array<const LockMap*, kLocksMax> locks_ = {};
  std::uint32_t count_ = 0;  // those past kLocksMax are only counted
};

// What comes before a thread that was started by lockdep::Thread, and before who joins it.  The thread that
// creates it writes `start`, the thread itself `end`; each is read by the other one later.
struct ThreadLife {
  ThreadOrigin start;
  ThreadOrigin end;
};

struct ThreadSlot {
  enum class Phase : std::uint8_t { kNew, kLive, kEnded };

  Phase phase = Phase::kNew;
  bool in_gate = false;
  bool delivering = false;
  bool fork_in_section = false;
  int rounds_of_destructors = 0;
  int signal_depth = 0;
  RoleId claimed_role = 0;  // a single role that this thread has to give back
  ThreadState* state = nullptr;
  HandlerLog* handler_log = nullptr;            // from the start of the thread to its end
  std::vector<Finding>* findings = nullptr;     // not yet delivered
  std::shared_ptr<ThreadLife>* life = nullptr;  // of a lockdep::Thread
  UnseenLocks unseen;
};

// Async-signal-safe.
ThreadSlot& ThisSlot();

// Starts the calling thread's state with this role.  REQUIRES: it has none, and is in no handler.
ThreadState* StartThisThread(RoleId role, const std::string& name, const ThreadOrigin& origin);

// The key whose destructor ends the state of a thread.
pthread_key_t MakeThreadEndKey();

// Inside the gate (process.h).  A thread that forks is inside until the fork is done.
class GateSection {
 public:
  explicit GateSection(ThreadSlot& slot) : slot_(slot), entered_(!slot.in_gate) {
    if (!entered_) return;
    // Before the lock: a handler that forks now must not wait for its own thread.
    slot_.in_gate = true;
    Process::Get().EnterGate();
  }
  ~GateSection() {
    if (!entered_) return;
    Process::Get().LeaveGate();
    slot_.in_gate = false;
  }
  GateSection(const GateSection&) = delete;
  GateSection& operator=(const GateSection&) = delete;

 private:
  ThreadSlot& slot_;
  const bool entered_;
};

// Hands the findings of this thread to the policy, one after the other, also those that the handling
// itself completes.
void DeliverFindings(ThreadSlot& slot);

// Calls `call(validator, state)` as the validator wants it: busy, inside the gate; delivers what was
// found.  REQUIRES: the thread has a state and is neither busy nor in a handler.
template <class Call>
void CallValidator(Call call) {
  ThreadSlot& slot = ThisSlot();
  Process& process = Process::Get();
  if (!process.usable()) return;
  current_thread.store(BusyMark(), std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  {
    const GateSection gate(slot);
    call(process.validator(), *slot.state);
  }
  std::atomic_signal_fence(std::memory_order_seq_cst);
  current_thread.store(slot.state, std::memory_order_relaxed);
  if (!slot.findings->empty()) DeliverFindings(slot);
}

}  // namespace lockdep

#endif  // LOCKDEP_THREAD_SLOT_H_
