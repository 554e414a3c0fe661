#include "lockdep/registry.h"

#include <algorithm>
#include <limits>

#include "lockdep/check.h"

namespace lockdep {

Registry::Registry()
    : classes_{std::make_shared<const ClassInfo>()}, locks_(1), roles_(1), places_(1), stacks_(1), names_(1) {
  name_ids_[""] = 0;
}

ClassId Registry::AddClass(ClassInfo info) {
  classes_.push_back(std::make_shared<const ClassInfo>(std::move(info)));
  return static_cast<ClassId>(classes_.size() - 1);
}

LockId Registry::AddLock(const LockInfo& info) {
  LOCKDEP_CHECK(locks_.size() < std::numeric_limits<LockId>::max());
  LockRecord record;
  record.id = static_cast<LockId>(locks_.size());
  record.lock_class = info.lock_class;
  record.name = AddName(info.name);
  if (!info.birth.function.empty() || !info.birth.file.empty()) {
    record.birth = static_cast<std::uint32_t>(AddSite(info.birth));
  }
  record.type = info.type;
  record.no_validate = info.no_validate;
  record.order = info.order;
  record.doubt = info.doubt;
  record.declared = info.declared;
  locks_.push_back(record);
  return static_cast<LockId>(locks_.size() - 1);
}

RoleId Registry::AddRole(RoleInfo info) {
  roles_.push_back(std::move(info));
  return static_cast<RoleId>(roles_.size() - 1);
}

Site Registry::AddSite(const Place& place) {
  if (!place.pcs.empty()) {
    const auto [it, is_new] = code_place_ids_.try_emplace(place.pcs, static_cast<std::uint32_t>(places_.size()));
    if (is_new) places_.push_back(place);
    return it->second;
  }
  const auto [it, is_new] =
      place_ids_.try_emplace({place.file, {place.line, place.function}}, static_cast<std::uint32_t>(places_.size()));
  if (is_new) places_.push_back(place);
  return it->second;
}

StackId Registry::AddStack(std::vector<std::uintptr_t> pcs) {
  if (pcs.empty()) return 0;
  const auto [it, is_new] = stack_ids_.try_emplace(pcs, static_cast<StackId>(stacks_.size()));
  if (is_new) stacks_.push_back(std::move(pcs));
  return it->second;
}

NameId Registry::AddName(std::string_view name) {
  const auto [it, is_new] = name_ids_.try_emplace(std::string(name), static_cast<NameId>(names_.size()));
  if (is_new) names_.emplace_back(name);
  return it->second;
}

std::string Registry::LockName(LockId id) const {
  const LockRecord& record = locks_[id];
  if (record.name != 0) return names_[record.name];
  if (record.birth == 0) {
    const auto shown = numbers_shown_.find(id);
    return "lock " + std::to_string(shown == numbers_shown_.end() ? id : shown->second);
  }
  const Place& birth = places_[record.birth];
  const std::string_view file = birth.file;
  const std::size_t slash = file.rfind('/');
  if (file.empty()) return birth.function;
  return (birth.function.empty() ? std::string("lock") : birth.function) + " at " +
         std::string(slash == std::string_view::npos ? file : file.substr(slash + 1)) + ":" +
         std::to_string(birth.line);
}

Place Registry::PlaceOf(Site site, StackId stack, bool sites_are_code) const {
  if (!sites_are_code) return site < places_.size() ? places_[site] : Place{};
  Place place;
  if (stack != 0) {
    place.pcs = stacks_[stack];
  } else if (site != 0) {
    place.pcs = {site};
  }
  return place;
}

std::size_t Registry::memory_bytes() const {
  return locks_.capacity() * sizeof(LockRecord) + names_.capacity() * sizeof(std::string) +
         places_.capacity() * sizeof(Place) + stacks_.capacity() * sizeof(std::vector<std::uintptr_t>);
}

}  // namespace lockdep
