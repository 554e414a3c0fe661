// A stack of its own on the calling thread: it runs when it is resumed, until it suspends itself.
//
// AddressSanitizer and ThreadSanitizer are told of every switch, so code on fibers runs under both.  To
// ThreadSanitizer a switch orders what is before it and after it, as if a lock had been handed over.
// Exceptions in flight belong to the fiber that threw them.
//
// A fiber that did not end can be abandoned: it never runs again, and what it owned is leaked.  Stacks have
// a guard page below and are used again by later fibers of the same thread.
//
// Thread-confined.  Cost: a resume and a suspend together are some 20 ns without a sanitizer.
#ifndef LOCKDEP_EXPLORE_FIBER_H_
#define LOCKDEP_EXPLORE_FIBER_H_

#include <cstddef>

namespace lockdep::explore {

struct FiberStack;

class Fiber {
 public:
  Fiber() = default;
  ~Fiber() { Abandon(); }
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // The first Resume will call `entry(argument)`.  REQUIRES: not alive.
  void Start(void (*entry)(void*), void* argument, std::size_t stack_bytes);
  // Runs it until it suspends itself or ends.  REQUIRES: alive, and called from outside of it.
  void Resume();
  // Back to the caller of Resume.  REQUIRES: called on this fiber.
  void Suspend();
  // No effect on one that has ended.
  void Abandon();

  bool alive() const { return stack_ != nullptr; }

 private:
  struct Exceptions {
    void* caught = nullptr;
    unsigned int uncaught = 0;
  };
  friend struct FiberEntry;

  void SwitchOut();
  void ExchangeExceptions();

  FiberStack* stack_ = nullptr;
  void* context_ = nullptr;  // of the fiber, while it is suspended
  void* home_ = nullptr;     // of the caller of Resume, while it runs
  void (*entry_)(void*) = nullptr;
  void* argument_ = nullptr;
  bool ended_ = false;
  Exceptions exceptions_;  // of the side that does not run
  void* home_fake_stack_ = nullptr;
  const void* home_bottom_ = nullptr;
  std::size_t home_size_ = 0;
  void* home_tsan_fiber_ = nullptr;
};

}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_FIBER_H_
