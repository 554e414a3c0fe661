#include "lockdep/thread_past.h"

#include <algorithm>

namespace lockdep {

void ThreadPast::Raise(Thread thread, std::uint32_t marks) {
  const auto at = std::lower_bound(marks_.begin(), marks_.end(), std::make_pair(thread, std::uint32_t{0}));
  if (at != marks_.end() && at->first == thread) {
    at->second = std::max(at->second, marks);
  } else if (marks_.size() < kThreadsMax) {
    marks_.insert(at, {thread, marks});
  } else {
    open_ = true;
  }
}

ThreadPast::Ref ThreadPast::After(const Ref& past, Thread thread, std::uint32_t marks) {
  auto result = past ? std::make_shared<ThreadPast>(*past) : std::make_shared<ThreadPast>();
  result->Raise(thread, marks);
  return result;
}

ThreadPast::Ref ThreadPast::Join(const Ref& a, const Ref& b) {
  if (!a || !b || a == b) return a ? a : b;
  auto result = std::make_shared<ThreadPast>(*a);
  for (const auto& [thread, marks] : b->marks_) result->Raise(thread, marks);
  result->open_ = result->open_ || b->open_;
  result->entangled_ = result->entangled_ || b->entangled_;
  return result;
}

ThreadPast::Ref ThreadPast::Opened(const Ref& past) {
  if (past && past->open_) return past;
  auto result = past ? std::make_shared<ThreadPast>(*past) : std::make_shared<ThreadPast>();
  result->open_ = true;
  return result;
}

ThreadPast::Ref ThreadPast::Entangled(const Ref& past) {
  if (past && past->entangled_) return past;
  auto result = past ? std::make_shared<ThreadPast>(*past) : std::make_shared<ThreadPast>();
  result->entangled_ = true;
  return result;
}

std::uint32_t ThreadPast::MarksOf(Thread thread) const {
  const auto at = std::lower_bound(marks_.begin(), marks_.end(), std::make_pair(thread, std::uint32_t{0}));
  return at != marks_.end() && at->first == thread ? at->second : 0;
}

bool MayOverlap(const ThreadMoment& a, const ThreadMoment& b) {
  for (const ThreadMoment* each : {&a, &b}) {
    if (each->past && (each->past->open() || each->past->entangled())) return false;
  }
  // Threads of different runs know nothing of each other; only those without a past could be anywhere.
  if (a.run != b.run && (a.past || b.past)) return false;
  const bool b_after_a = b.past && b.past->MarksOf(a.thread) > a.marks;
  const bool a_after_b = a.past && a.past->MarksOf(b.thread) > b.marks;
  return a.thread != b.thread && !b_after_a && !a_after_b;
}

}  // namespace lockdep
