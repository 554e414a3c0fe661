#include "lockdep/explore/watchdog.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "lockdep/own_mutex.h"  // LOCKDEP_TSAN
#include "lockdep/raw/deadline.h"
#include "lockdep/symbolize.h"

#ifdef LOCKDEP_TSAN
extern "C" void AnnotateIgnoreReadsBegin(const char* file, int line);
#endif

namespace lockdep::explore {

Watchdog::Watchdog(const Execution& execution, std::chrono::milliseconds limit) : execution_(execution), limit_(limit) {
  if (limit_.count() > 0) thread_ = std::thread([this] { Watch(); });
}

Watchdog::~Watchdog() {
  if (!thread_.joinable()) return;
  over_.CompleteAll();
  thread_.join();
}

void Watchdog::Watch() {
  const Pulse& pulse = execution_.pulse();
  std::uint64_t beats = 0;
  auto since = std::chrono::steady_clock::now();
  for (;;) {
    const Deadline deadline = Deadline::In(limit_ / 4 + std::chrono::milliseconds(1));
    if (over_.Wait(&deadline)) return;
    // Acquire pairs with the release of Resume: what the thread was before it is seen.
    const SimulatedThread* const running = pulse.running.load(std::memory_order_acquire);
    const std::uint64_t now = pulse.beats.load(std::memory_order_relaxed);
    if (running == nullptr || now != beats) {
      beats = now;
      since = std::chrono::steady_clock::now();
    } else if (std::chrono::steady_clock::now() - since >= limit_) {
      Bark(*running);
    }
  }
}

void Watchdog::Bark(const SimulatedThread& thread) const {
  // The thread does not move, so its record can be read; that nothing orders the reads behind its last
  // writes is what ThreadSanitizer would say, rightly, and the process ends here.
#ifdef LOCKDEP_TSAN
  AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
#endif
  const Vocabulary& vocabulary = thread.execution->vocabulary();
  std::string text = "lockdep: explored thread '" + vocabulary.ThreadName(thread.uid) +
                     "' has not come to an operation for " + std::to_string(limit_.count()) + " ms";
  if (thread.pending.site != 0) {
    text += " after " + vocabulary.OperationText(thread.execution->PendingStep(thread));
    Place place;
    place.pcs = {thread.pending.site};
    Symbolize(place);
    if (place.line != 0) text += " (" + place.file + ":" + std::to_string(place.line) + ")";
  }
  text += ": it blocks on something that is not explored, such as std::mutex, or loops; no other thread can run\n";
  std::fputs(text.c_str(), stderr);
  std::abort();
}

}  // namespace lockdep::explore
