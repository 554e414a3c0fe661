// What must have happened before a thread does something, as far as starts, joins and waits say.
//
// Every thread counts its *marks*: the starts of other threads that it makes, and its end.  A past says
// for each other thread how many of its marks come first: the vector clocks of C. Fidge, "Timestamps in
// message-passing systems that preserve the partial ordering", 1988, with starts and joins as the only
// messages.  An order of two critical sections of one lock is none: they could have swapped.
//
// Not every order is known.  After a wait for an event (who gave it is not followed) or a look at shared
// data, anything may come first: that past is *open*.  A thread that was started, or ended, while its
// creator held locks depends on locks that it does not hold itself: its past is *entangled*.
//
// Immutable; shared between threads.
// Cost: a new past is a copy, O(threads it knows); past kThreadsMax of them it is open instead.
#ifndef LOCKDEP_THREAD_PAST_H_
#define LOCKDEP_THREAD_PAST_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/container/inlined_vector.h"

namespace lockdep {

class ThreadPast {
 public:
  using Thread = std::uint32_t;  // ThreadState::number
  static constexpr std::size_t kThreadsMax = 1024;

  // Null stands for the past of a thread that is there from the start.
  using Ref = std::shared_ptr<const ThreadPast>;

  // `past`, and `marks` marks of `thread` come first too.
  static Ref After(const Ref& past, Thread thread, std::uint32_t marks);
  // Both.
  static Ref Join(const Ref& a, const Ref& b);
  static Ref Opened(const Ref& past);
  static Ref Entangled(const Ref& past);

  bool open() const { return open_; }
  bool entangled() const { return entangled_; }
  // How many marks of `thread` come first.
  std::uint32_t MarksOf(Thread thread) const;

 private:
  void Raise(Thread thread, std::uint32_t marks);

  absl::InlinedVector<std::pair<Thread, std::uint32_t>, 4> marks_;  // sorted by thread
  bool open_ = false;
  bool entangled_ = false;
};

// What a thread was doing when something was seen: its number, how many marks it had made, its past.
struct ThreadMoment {
  ThreadPast::Thread thread = 0;
  std::uint32_t marks = 0;
  std::uint32_t run = 0;  // of a source that runs the same threads several times
  ThreadPast::Ref past;
};

// Whether starts and joins put neither before the other, and nothing unknown may.
bool MayOverlap(const ThreadMoment& a, const ThreadMoment& b);

// What a new thread gets from its creator, and a joining one from the thread that has ended.
struct ThreadOrigin {
  ThreadPast::Ref past;

  // Of a thread of which nobody knows who started it, and when.
  static ThreadOrigin Unknown() { return {ThreadPast::Opened(nullptr)}; }
};

}  // namespace lockdep

#endif  // LOCKDEP_THREAD_PAST_H_
