#include "workloads/reasons_of_false.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "lockdep/counterfactual.h"
#include "workloads/describe.h"
#include "workloads/lowering.h"

namespace lockdep::workloads {
namespace {

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

// The program's lock of this name: the instance of a class, or the lock itself.
int LockNamed(const Program& program, const FindingLock& lock) {
  const std::string& name = lock.instance.empty() ? lock.name : lock.instance;
  for (std::size_t i = 0; i < program.locks.size(); ++i) {
    if (program.locks[i].name == name) return static_cast<int>(i);
  }
  return kNone;
}

int ThreadNamed(const Program& program, const std::string& name) {
  for (std::size_t i = 0; i < program.threads.size(); ++i) {
    for (int number = 1; number <= program.threads[i].count; ++number) {
      if (ThreadName(program.threads[i], number) == name) return static_cast<int>(i);
    }
  }
  return kNone;
}

// Nothing where a link is not about two locks of the script: a join, say.
std::optional<CycleTarget> TargetOf(const Program& program, const Finding& finding) {
  CycleTarget target;
  for (const FindingEdge& edge : finding.edges) {
    CycleTarget::Link link;
    link.thread = ThreadNamed(program, edge.thread);
    link.held = LockNamed(program, finding.locks[Index(edge.held)]);
    link.wanted = LockNamed(program, finding.locks[Index(edge.wanted)]);
    if (link.thread == kNone || link.held == kNone || link.wanted == kNone) return std::nullopt;
    link.held_mode = edge.held_mode;
    link.wanted_mode = edge.wanted_mode;
    target.links.push_back(link);
  }
  if (target.links.empty()) return std::nullopt;
  return target;
}

// By number of the program's lock: its place among the finding's locks, added where a reason is about it.
std::vector<int> PlacesOf(const Program& program, const Explanation& explanation, Finding& finding) {
  std::vector<int> places(program.locks.size(), -1);
  for (std::size_t i = 0; i < finding.locks.size(); ++i) {
    const int lock = LockNamed(program, finding.locks[i]);
    if (lock != kNone && places[Index(lock)] < 0) places[Index(lock)] = static_cast<int>(i);
  }
  const std::vector<FindingLock> objects = ObjectsOf(program);
  for (const std::vector<Protection>& set : explanation.sets) {
    for (const Protection& protection : set) {
      for (const int lock : protection.locks) {
        if (Index(lock) >= places.size() || places[Index(lock)] >= 0) continue;
        places[Index(lock)] = static_cast<int>(finding.locks.size());
        finding.locks.push_back(objects[Index(lock)]);
      }
    }
  }
  return places;
}

}  // namespace

void AddReasonsOfFalse(const Program& program, const ExploreOptions& options, const std::string& otherwise,
                       Finding& finding) {
  Explanation explanation;
  if (const std::optional<CycleTarget> target = TargetOf(program, finding)) {
    ExploreOptions limits = options;
    limits.states_max = std::min<std::uint64_t>(limits.states_max, kReasonStatesMax);
    explanation = ExplainByRemoval(Lower(program).program, *target, limits);
  }
  const std::vector<int> places = PlacesOf(program, explanation, finding);
  for (Reason& reason : ReasonsOf(explanation, places, otherwise)) finding.reasons.push_back(std::move(reason));
}

}  // namespace lockdep::workloads
