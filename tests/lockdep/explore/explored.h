// What tests ask of explorations.
#ifndef TESTS_LOCKDEP_EXPLORE_EXPLORED_H_
#define TESTS_LOCKDEP_EXPLORE_EXPLORED_H_

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "lockdep/explore/explore.h"
#include "lockdep/lockdep.h"
#include "lockdep/report_json.h"
#include "tests/catch.h"

namespace lockdep::explore {

// "hang a -> b, verdict real" of each finding, in their order.
inline std::vector<std::string> Summaries(const Exploration& exploration) {
  std::vector<std::string> summaries;
  for (const Reached& reached : exploration.reached) summaries.push_back(Summary(reached.finding));
  return summaries;
}

inline std::string Describe(const Exploration& exploration) {
  std::string text = std::to_string(exploration.statistics.states) + " states, " +
                     std::to_string(exploration.statistics.executions) + " executions; gave up: '" +
                     exploration.statistics.gave_up + "'\n";
  for (const Reached& reached : exploration.reached) {
    text += Summary(reached.finding) + "\n  " + reached.finding.detail + "\n  " + reached.finding.schedule + "\n";
  }
  for (const std::string& error : exploration.errors) text += "error: " + error + "\n";
  return text;
}

// Nothing was found in any schedule.
inline void CheckProved(const Exploration& exploration) {
  INFO(Describe(exploration));
  CHECK(exploration.reached.empty());
  CHECK(exploration.errors.empty());
  CHECK(exploration.statistics.exhausted);
  CHECK(exploration.statistics.gave_up.empty());
  CHECK(exploration.statistics.hang_states == 0);
}

// Exactly this was found; every schedule leads there again.
inline void CheckFinds(const Exploration& exploration, const std::function<void()>& body,
                       const std::vector<std::string>& summaries) {
  INFO(Describe(exploration));
  CHECK(exploration.errors.empty());
  CHECK(Summaries(exploration) == summaries);
  for (const Reached& reached : exploration.reached) {
    const Exploration again = Replay(body, reached.finding.schedule);
    INFO("replayed " << reached.finding.schedule << "\n" << Describe(again));
    CHECK(again.errors.empty());
    REQUIRE_FALSE(again.reached.empty());
    CHECK(std::any_of(again.reached.begin(), again.reached.end(), [&](const Reached& each) {
      return each.finding.fingerprint == reached.finding.fingerprint && each.finding.kind == reached.finding.kind;
    }));
    CHECK(reached.finding.verdict == Verdict::kReal);
    CHECK(reached.finding.strength == Strength::kExecuted);
  }
}

// Explores it and expects this.
inline Exploration Finds(const std::function<void()>& body, const std::vector<std::string>& summaries,
                         const ExploreOptions& options = {}, const FiberOptions& fibers = {}) {
  Exploration exploration = Explore(body, options, fibers);
  CheckFinds(exploration, body, summaries);
  return exploration;
}

inline Exploration Proves(const std::function<void()>& body, const ExploreOptions& options = {},
                          const FiberOptions& fibers = {}) {
  Exploration exploration = Explore(body, options, fibers);
  CheckProved(exploration);
  return exploration;
}

}  // namespace lockdep::explore

#endif  // TESTS_LOCKDEP_EXPLORE_EXPLORED_H_
