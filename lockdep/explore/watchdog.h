// Notices a simulated thread that does not come to its next operation, and ends the process with its name: it
// blocks the one real thread that all of them share, and nothing can take it away from there.
//
// Thread-confined; runs a thread of its own while it lives.
#ifndef LOCKDEP_EXPLORE_WATCHDOG_H_
#define LOCKDEP_EXPLORE_WATCHDOG_H_

#include <chrono>
#include <thread>

#include "lockdep/explore/execution.h"
#include "lockdep/raw/raw_completion.h"

namespace lockdep::explore {

class Watchdog {
 public:
  // A `limit` of 0: watches nothing.
  Watchdog(const Execution& execution, std::chrono::milliseconds limit);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void Watch();
  [[noreturn]] void Bark(const SimulatedThread& thread) const;

  const Execution& execution_;
  const std::chrono::milliseconds limit_;
  RawCompletion over_;
  std::thread thread_;
};

}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_WATCHDOG_H_
