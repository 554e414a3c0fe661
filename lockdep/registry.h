// What exists: classes, lock instances, roles, places, stacks, thread names, by small numbers.
//
// Thread-compatible: guard with the graph mutex.  Nothing is ever forgotten, so a finding can name
// a lock that is long gone; an entry of a lock is 24 bytes plus its name, and equal names and
// places are kept once.
#ifndef LOCKDEP_REGISTRY_H_
#define LOCKDEP_REGISTRY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/finding.h"
#include "lockdep/validator.h"

namespace lockdep {

using StackId = std::uint32_t;  // 0: none
using NameId = std::uint32_t;   // 0: the empty name

struct LockRecord {
  LockId id = 0;  // in the registry that it was added to, of which others are copies of a part
  ClassId lock_class = 0;
  NameId name = 0;
  std::uint32_t birth = 0;  // index of an interned place, 0: none
  LockType type = LockType::kMutex;
  bool no_validate = false;
  bool declared = false;
  Doubt doubt = Doubt::kNone;
  std::uint8_t class_version = 0;
  std::uint64_t order = 0;
};

class Registry {
 public:
  Registry();

  ClassId AddClass(ClassInfo info);
  LockId AddLock(const LockInfo& info);
  RoleId AddRole(RoleInfo info);
  Site AddSite(const Place& place);
  StackId AddStack(std::vector<std::uintptr_t> pcs);
  NameId AddName(std::string_view name);

  const ClassInfo& lock_class(ClassId id) const { return *classes_[id]; }
  const LockRecord& lock(LockId id) const { return locks_[id]; }
  LockRecord& lock(LockId id) { return locks_[id]; }
  const RoleInfo& role(RoleId id) const { return roles_[id]; }
  const std::string& name(NameId id) const { return names_[id]; }
  const std::vector<std::uintptr_t>& stack(StackId id) const { return stacks_[id]; }

  // Whether the lock, or its class, is not validated.
  bool Unchecked(LockId id) const { return locks_[id].no_validate || lock_class(locks_[id].lock_class).no_validate; }

  // "o[1]", or the place of birth: "Account() at bank.cc:12".
  std::string LockName(LockId id) const;
  // The name as a part of a sentence.
  Wording Named(LockId id) const { return {LockName(id), locks_[id].id}; }
  bool HasStableName(LockId id) const { return locks_[id].lock_class != 0 || locks_[id].name != 0; }

  // The place of a site: interned, or a code address; `stack` may refine the latter.
  Place PlaceOf(Site site, StackId stack, bool sites_are_code) const;

  std::size_t lock_count() const { return locks_.size() - 1; }
  std::size_t class_count() const { return classes_.size() - 1; }
  std::size_t memory_bytes() const;

 private:
  friend class RegistryPart;  // copies some of it

  // Shared by copies, because a compare function is the user's and may not be copied under a mutex.
  std::vector<std::shared_ptr<const ClassInfo>> classes_;
  std::vector<LockRecord> locks_;
  std::vector<RoleInfo> roles_;
  std::vector<Place> places_;
  absl::flat_hash_map<std::pair<std::string, std::pair<int, std::string>>, std::uint32_t> place_ids_;
  absl::flat_hash_map<std::vector<std::uintptr_t>, std::uint32_t> code_place_ids_;
  std::vector<std::vector<std::uintptr_t>> stacks_;
  absl::flat_hash_map<std::vector<std::uintptr_t>, StackId> stack_ids_;
  std::vector<std::string> names_;
  absl::flat_hash_map<std::string, NameId> name_ids_;
  absl::flat_hash_map<LockId, LockId>
      numbers_shown_;  // in a copy: of locks that have no name, their numbers in the original
};

}  // namespace lockdep

#endif  // LOCKDEP_REGISTRY_H_
