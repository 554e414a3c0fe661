// How long a search may go on; tells about its progress meanwhile.
//
// Thread-confined.
// Cost: an increment, now and then a look at the clock.
#ifndef LOCKDEP_SEARCH_LIMITS_H_
#define LOCKDEP_SEARCH_LIMITS_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "lockdep/exploration.h"

namespace lockdep {

class SearchLimits {
 public:
  explicit SearchLimits(const ExploreOptions& options);

  // Called for each state that is followed.  Ends the search where `progress.states` or `memory()` is too much, or the
  // time is over.
  template <typename Progress, typename Memory>
  void Pass(const Progress& progress, const Memory& memory) {
    if (++passed_ % kPassesPerLook == 0) Look(progress(), memory());
  }
  void CheckStates(std::uint64_t states) {
    if (states > options_.states_max)
      End("the limit of " + std::to_string(options_.states_max) + " states was reached");
  }
  // The first reason counts.
  void End(const std::string& why) {
    if (why_.empty()) why_ = why;
  }

  bool reached() const { return !why_.empty(); }
  // As a phrase.
  const std::string& why() const { return why_; }
  std::chrono::nanoseconds time() const { return Clock::now() - start_; }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::uint32_t kPassesPerLook = 256;

  void Look(ExploreProgress progress, std::uint64_t memory);

  const ExploreOptions& options_;
  const std::uint64_t memory_max_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point last_progress_ = start_;
  std::uint32_t passed_ = 0;
  std::string why_;
};

}  // namespace lockdep

#endif  // LOCKDEP_SEARCH_LIMITS_H_
