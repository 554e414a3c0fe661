// Feeds a program to a lockdep::Validator: every thread's requests in its own order, as they are when it runs alone.
//
// Pure functions; each call uses a validator of its own.
#ifndef TESTS_REFERENCE_VALIDATOR_FEED_H_
#define TESTS_REFERENCE_VALIDATOR_FEED_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "lockdep/finding.h"
#include "tests/reference/program.h"
#include "tests/reference/reference_findings.h"

namespace lockdep::reference {

struct FeedOptions {
  World world = World::kClosed;
  // Without one the runs of the threads come one after another.  With one, locks, roles and runs are in an order drawn
  // from it, and the events of different runs are interleaved.
  std::optional<std::uint64_t> shuffle;
  // Limits of the validator; nothing: its own.
  std::optional<std::size_t> instances_per_chain_max;
  std::optional<std::size_t> search_steps_max;
  std::size_t episode_states_max = 0;  // 0: no search of episodes
  std::function<void(const Finding&)> on_finding;
};

std::vector<Finding> ValidatorFindings(const Program& program, const FeedOptions& options);

// What findings claim, in the form of the reference.  Findings of one key are joined as the reference does.
Claims ClaimsOf(const std::vector<Finding>& findings);

}  // namespace lockdep::reference

#endif  // TESTS_REFERENCE_VALIDATOR_FEED_H_
