// A program's classes, locks, roles and places, by the validator's numbers.
//
// Made once for all runs of a program, so that they are recorded as runs of the same threads and locks.
//
// Thread-confined.  Cost: a place is added to the validator when it is asked for first.
#ifndef WORKLOADS_INSTANCES_H_
#define WORKLOADS_INSTANCES_H_

#include <cstddef>
#include <vector>

#include "lockdep/validator.h"
#include "workloads/program.h"

namespace lockdep::workloads {

class Instances {
 public:
  Instances(const Program& program, Validator& validator);

  Validator& validator() { return validator_; }
  ClassId lock_class(int index) const { return classes_[static_cast<std::size_t>(index)]; }
  RoleId role(int index) const { return roles_[static_cast<std::size_t>(index)]; }
  // What threads wait for that is no lock.
  LockId completion(int index) const { return completions_[static_cast<std::size_t>(index)]; }
  LockId condition(int index) const { return conditions_[static_cast<std::size_t>(index)]; }
  LockId variable(int index) const { return variables_[static_cast<std::size_t>(index)]; }
  // The instance that is at the lock's place now.
  LockId lock(int index) const { return locks_[static_cast<std::size_t>(index)]; }
  // Where a statement stands.
  Site site(int thread, int op);
  // It was destroyed, or changed its class: another one from now on, or from the next run on.
  void Renew(int index);
  void RenewAtNextRun(int index) { stale_[static_cast<std::size_t>(index)] = true; }
  void StartRun();

 private:
  LockInfo Describe(const ProgramLock& lock) const;

  const Program& program_;
  Validator& validator_;
  std::vector<ClassId> classes_;
  std::vector<LockId> locks_;
  std::vector<bool> stale_;
  std::vector<RoleId> roles_;
  std::vector<std::vector<Site>> sites_;  // of each statement of each thread; kNoSite: not asked for yet
  std::vector<LockId> completions_, conditions_, variables_;
};

}  // namespace lockdep::workloads

#endif  // WORKLOADS_INSTANCES_H_
