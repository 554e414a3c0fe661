#include "lockdep/sighting_choice.h"

#include <algorithm>

namespace lockdep {
namespace {

bool IsClear(const ThreadMoment& moment) { return !moment.past || (!moment.past->open() && !moment.past->entangled()); }

class Chooser {
 public:
  Chooser(std::span<const EpisodeRequest* const> requests, const std::vector<RoleThreads>& roles,
          const Registry& registry, bool closed_world)
      : requests_(requests), roles_(roles), registry_(registry), closed_world_(closed_world) {}

  SightingChoice Run() {
    for (const bool double_roles : {false, true}) {
      double_roles_ = double_roles;
      if (!Choose()) continue;
      result_.found = true;
      for (const EpisodeSighting* each : chosen_) result_.names.push_back(each->name);
      NoteDoubled();
      return std::move(result_);
    }
    result_.missing = WhatIsMissing();
    return std::move(result_);
  }

 private:
  bool Choose() {
    const std::size_t at = chosen_.size();
    if (at == requests_.size()) return true;
    for (const EpisodeSighting& sighting : requests_[at]->seen) {
      bool fits = IsClear(sighting.moment);
      for (std::size_t i = 0; i < at && fits; ++i) fits = Together(i, *chosen_[i], at, sighting);
      if (!fits) continue;
      chosen_.push_back(&sighting);
      if (Choose()) return true;
      chosen_.pop_back();
    }
    return false;
  }

  bool Together(std::size_t i, const EpisodeSighting& a, std::size_t j, const EpisodeSighting& b) const {
    return AsSeen(a, b) || (double_roles_ && MayDouble(i, j));
  }

  bool AsSeen(const EpisodeSighting& a, const EpisodeSighting& b) const {
    return (!closed_world_ || a.name != b.name) && MayOverlap(a.moment, b.moment);
  }

  // Whether one more thread of their role may do what the one does, beside the other.
  bool MayDouble(std::size_t i, std::size_t j) const {
    const RoleId role = requests_[i]->role;
    if (closed_world_ || role != requests_[j]->role || registry_.role(role).single) return false;
    return role < roles_.size() && (roles_[role].concurrent || (roles_[role].seen == 1 && !roles_[role].of_open_past));
  }

  void NoteDoubled() {
    for (std::size_t j = 0; j < chosen_.size(); ++j) {
      for (std::size_t i = 0; i < j; ++i) {
        const RoleId role = requests_[j]->role;
        const bool known = std::find(result_.doubled.begin(), result_.doubled.end(), role) != result_.doubled.end();
        if (!known && !AsSeen(*chosen_[i], *chosen_[j])) result_.doubled.push_back(role);
      }
    }
  }

  std::string RoleName(const EpisodeRequest& request) const { return "'" + registry_.role(request.role).name + "'"; }

  std::string WhatIsMissing() const {
    for (const EpisodeRequest* request : requests_) {
      const bool waited = std::all_of(request->seen.begin(), request->seen.end(), [](const EpisodeSighting& each) {
        return each.moment.past && each.moment.past->open();
      });
      if (waited) {
        return "whether what " + RoleName(*request) +
               " waited for, or looked at, before this puts it behind the other threads";
      }
      const bool entangled = std::none_of(request->seen.begin(), request->seen.end(),
                                          [](const EpisodeSighting& each) { return IsClear(each.moment); });
      if (entangled) {
        return "which locks are held around the start or the end of " + RoleName(*request) +
               " by the thread that does it";
      }
    }
    std::vector<std::string> roles;
    for (const EpisodeRequest* request : requests_) roles.push_back(RoleName(*request));
    std::sort(roles.begin(), roles.end());
    roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
    std::string names;
    for (const std::string& each : roles) names += (names.empty() ? "" : ", ") + each;
    return "threads of " + names +
           " that do this at the same time: those that were seen came one after the other, or were one thread";
  }

  const std::span<const EpisodeRequest* const> requests_;
  const std::vector<RoleThreads>& roles_;
  const Registry& registry_;
  const bool closed_world_;
  bool double_roles_ = false;
  std::vector<const EpisodeSighting*> chosen_;
  SightingChoice result_;
};

}  // namespace

SightingChoice ChooseSightings(std::span<const EpisodeRequest* const> requests, const std::vector<RoleThreads>& roles,
                               const Registry& registry, bool closed_world) {
  return Chooser(requests, roles, registry, closed_world).Run();
}

}  // namespace lockdep
