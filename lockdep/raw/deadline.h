// A point in time at which a wait ends, as the kernel takes it: a clock and an absolute time.
//
// Immutable.
#ifndef LOCKDEP_RAW_DEADLINE_H_
#define LOCKDEP_RAW_DEADLINE_H_

#include <time.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace lockdep {

struct Deadline {
  clockid_t clock = CLOCK_MONOTONIC;
  timespec at = {};

  // steady_clock and system_clock keep their meaning when the system time is set.  Any other clock
  // is read once, so the wait ends early or late if that clock is set meanwhile.
  template <class Clock, class Duration>
  static Deadline At(const std::chrono::time_point<Clock, Duration>& time) {
    if constexpr (std::is_same_v<Clock, std::chrono::steady_clock>) {
      return Deadline{CLOCK_MONOTONIC, FromEpoch(time.time_since_epoch())};
    } else if constexpr (std::is_same_v<Clock, std::chrono::system_clock>) {
      return Deadline{CLOCK_REALTIME, FromEpoch(time.time_since_epoch())};
    } else {
      return In(time - Clock::now());
    }
  }

  // `duration` from now.  A duration that no clock can reach becomes "never".
  template <class Rep, class Period>
  static Deadline In(const std::chrono::duration<Rep, Period>& duration) {
    using Seconds = std::chrono::duration<double>;
    if (Seconds(duration).count() > kSecondsMax) return Deadline{CLOCK_MONOTONIC, {kSecondsMax, 0}};
    if (duration <= duration.zero()) return Deadline{};
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return Deadline{CLOCK_MONOTONIC, FromEpoch(now + std::chrono::ceil<std::chrono::nanoseconds>(duration))};
  }

 private:
  // 100 years: far beyond any wait, far below what overflows nanoseconds in 64 bits.
  static constexpr std::int64_t kSecondsMax = 100LL * 365 * 24 * 3600;

  template <class Rep, class Period>
  static timespec FromEpoch(const std::chrono::duration<Rep, Period>& since_epoch) {
    using Seconds = std::chrono::duration<double>;
    if (since_epoch <= since_epoch.zero()) return {};
    if (Seconds(since_epoch).count() > 4.0 * kSecondsMax) return {4 * kSecondsMax, 0};
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
    const auto rest = std::chrono::ceil<std::chrono::nanoseconds>(since_epoch - seconds);
    if (rest.count() >= 1'000'000'000) return {static_cast<time_t>(seconds.count()) + 1, 0};
    return {static_cast<time_t>(seconds.count()), static_cast<long>(rest.count())};
  }
};

}  // namespace lockdep

#endif  // LOCKDEP_RAW_DEADLINE_H_
