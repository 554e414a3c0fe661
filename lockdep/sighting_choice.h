// Can these requests be made by threads that run at the same time, going by who was seen to make them?
//
// Pure function.
// Cost: exponential in the number of requests, of which there are as many as a cycle has links.
#ifndef LOCKDEP_SIGHTING_CHOICE_H_
#define LOCKDEP_SIGHTING_CHOICE_H_

#include <span>
#include <string>
#include <vector>

#include "lockdep/episode_index.h"
#include "lockdep/registry.h"

namespace lockdep {

struct SightingChoice {
  bool found = false;
  std::vector<NameId> names;    // of found: a thread for each request
  std::vector<RoleId> doubled;  // of found: a thread like one that was seen is needed beside it
  std::string missing;          // of not found: what is not known
};

// In a closed world exactly the threads that were seen exist.
SightingChoice ChooseSightings(std::span<const EpisodeRequest* const> requests, const std::vector<RoleThreads>& roles,
                               const Registry& registry, bool closed_world);

}  // namespace lockdep

#endif  // LOCKDEP_SIGHTING_CHOICE_H_
