#include "lockdep/state_graph.h"

#include <algorithm>

#include "lockdep/check.h"

namespace lockdep {

std::vector<PathStep> PathTo(const StateGraph& graph, StateGraph::Number state, Transitions& transitions) {
  const std::size_t words = graph.table.words();
  StepBuffer buffer(words);
  std::vector<PathStep> path;
  while (graph.parents[state] != state) {
    const StateGraph::Number from = graph.parents[state];
    buffer.Clear();
    transitions.Of(graph.table.At(from), buffer);
    std::size_t i = 0;
    while (i < buffer.size() && !std::equal(buffer.state(i), buffer.state(i) + words, graph.table.At(state))) ++i;
    LOCKDEP_CHECK(i < buffer.size());
    path.push_back({from, buffer.step(i)});
    state = from;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace lockdep
