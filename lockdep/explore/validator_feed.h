// Tells a validator what the simulated threads of all executions do, so that the orders of their locks are
// analysed beside the schedules.
//
// To the validator the executions are one run: a thread of an execution has the role of that name, which is
// single, and a lock keeps its number from execution to execution.
//
// Thread-confined.  Cost: some hundred nanoseconds an operation.
#ifndef LOCKDEP_EXPLORE_VALIDATOR_FEED_H_
#define LOCKDEP_EXPLORE_VALIDATOR_FEED_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/blocking_rules.h"
#include "lockdep/explore/vocabulary.h"
#include "lockdep/lock_map.h"
#include "lockdep/validator.h"

namespace lockdep::explore {

class ValidatorFeed {
 public:
  explicit ValidatorFeed(Validator& validator) : validator_(validator) {}
  ValidatorFeed(const ValidatorFeed&) = delete;
  ValidatorFeed& operator=(const ValidatorFeed&) = delete;

  void Start(Runner runner, const std::string& name);
  void End(Runner runner);
  // It did not end: what it holds is no finding.
  void Abandon(Runner runner);

  // `nest` may be null.
  Request RequestFor(ObjectUid object, const LockMap& lock, How how, ObjectUid nest_object, const LockMap* nest,
                     Site site);
  void Ask(Runner runner, const Request& request);
  // `got` or not; a try asks now.
  void Answer(Runner runner, const Request& request, bool got);
  void Release(Runner runner, ObjectUid object, Site site);
  void Downgrade(Runner runner, ObjectUid object, Site site);
  void WaitForEvent(Runner runner, ObjectUid object, const ObjectName& name, Site site);
  void Join(Runner runner, Runner joined, Site site);

 private:
  LockId LockFor(ObjectUid object, const LockMap& lock);

  Validator& validator_;
  std::vector<ThreadState*> states_;  // by runner
  std::vector<RoleId> role_of_;       // by runner
  absl::flat_hash_map<std::string, RoleId> roles_;
  absl::flat_hash_map<ObjectUid, LockId> locks_;
  absl::flat_hash_map<const LockClass*, ClassId> classes_;
};

}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_VALIDATOR_FEED_H_
