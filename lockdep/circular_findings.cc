#include "lockdep/circular_findings.h"

#include <algorithm>

namespace lockdep {

Finding CircularSearch::Judge(const NodeCycle& cycle, Instantiation found) const {
  if (episodes_ == nullptr || found.refuted || found.gave_up) return builder_.Circular(cycle, found);
  const EpisodeVerdict verdict = episodes_->Judge(cycle);
  if (!verdict.links.empty()) found.links = verdict.links;
  return builder_.Circular(cycle, found, &verdict);
}

// Where instances are tied to several nodes, the nodes of a `false` cycle may also be those of an instance cycle
// that the search above left out, because a shorter one that can hang lies on its nodes.
void CircularSearch::Unshadow(std::span<const NodeId> component, Findings& findings, SearchBudget& budget) const {
  const auto is_false = [](const auto& entry) { return entry.second.verdict == Verdict::kFalse; };
  if (!graph_.HasTie(component) || std::none_of(findings.begin(), findings.end(), is_false)) return;
  FindInstanceCycles(graph_, refuter_, component, {}, {}, budget, [&](InstanceCycle cycle) {
    const NodeCycle least = LeastRotation(cycle.nodes);
    for (auto& [nodes, finding] : findings) {
      if (finding.verdict != Verdict::kFalse || LeastRotation(nodes) != least) continue;
      Instantiation found;
      found.refuted = false;
      found.links = cycle.links;
      finding = Judge(cycle.nodes, std::move(found));
    }
    return false;  // nothing is left out
  });
}

CircularFindings CircularSearch::In(std::span<const NodeId> component, std::uint64_t steps_max) const {
  SearchBudget budget(steps_max);
  CircularFindings result;
  std::vector<NodeCycle> open;    // cycles that are not false
  std::vector<NodeCycle> judged;  // cycles that the search of episodes made false
  bool search_instances = graph_.HasTie(component);
  for (const NodeId node : component) search_instances = search_instances || graph_.Find(node, node) != nullptr;
  for (const NodeCycle& cycle : MinimalStrongCycles(graph_, component, budget)) {
    if (OrderedByNesting(graph_, cycle, budget)) {
      search_instances = true;
      continue;
    }
    Instantiation found = Instantiate(graph_, refuter_, cycle, budget);
    const bool refuted = found.refuted;
    Finding finding = Judge(cycle, std::move(found));
    if (finding.verdict == Verdict::kFalse) {
      search_instances = true;
      if (!refuted) judged.push_back(cycle);
    } else {
      open.push_back(cycle);
    }
    result.findings.emplace_back(cycle, std::move(finding));
  }
  if (search_instances) {
    FindInstanceCycles(graph_, refuter_, component, open, judged, budget, [&](InstanceCycle cycle) {
      Instantiation found;
      found.refuted = false;
      found.links = std::move(cycle.links);
      // The list of nodes may be that of a `false` cycle, if instances are tied to several nodes.
      const NodeCycle least = LeastRotation(cycle.nodes);
      std::erase_if(result.findings, [&least](const auto& entry) { return entry.first == least; });
      result.findings.emplace_back(least, Judge(cycle.nodes, std::move(found)));
      return result.findings.back().second.verdict != Verdict::kFalse;
    });
  }
  Unshadow(component, result.findings, budget);
  // A cycle through a tied instance is found by the second search only.
  if (graph_.HasTie(component) && (budget.exhausted() || graph_.IsIncomplete(component))) {
    for (auto& [cycle, finding] : result.findings) FindingBuilder::Reopen(finding);
  }
  result.steps = budget.spent();
  if (budget.exhausted()) {
    result.note = "the search for cycles among " + std::to_string(component.size()) + " locks around " +
                  builder_.NodeName(component.front()) + " gave up after " + std::to_string(steps_max) +
                  " steps: there may be more";
  }
  return result;
}

}  // namespace lockdep
