#include "lockdep/full_search.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/discoveries.h"
#include "lockdep/hang_analysis.h"
#include "lockdep/livelock.h"
#include "lockdep/search_limits.h"
#include "lockdep/state_graph.h"
#include "lockdep/stubborn_set.h"
#include "lockdep/transitions.h"
#include "lockdep/witness.h"

namespace lockdep {
namespace {

using Number = StateGraph::Number;
using Slots = std::uint64_t;

constexpr Slots kAllSlots = ~Slots{0};

// Tables of what a thread may still do are quadratic in its operations.
constexpr std::size_t kReducedOpsMax = 2'000;

bool IsLong(const LockProgram& program) {
  return std::any_of(program.threads.begin(), program.threads.end(),
                     [](const LockProgram::Thread& thread) { return thread.ops.size() > kReducedOpsMax; });
}

class FullSearch {
 public:
  FullSearch(const PackedProgram& program, const SearchOptions& options)
      : options_(options),
        program_(program),
        transitions_(program, Transitions::WakeUps::kAtOnce),
        graph_(program.words),
        buffer_(program.words),
        loops_(MayLoop(program.program)),
        limits_(options.explore),
        found_(program, transitions_, options) {
    // A race is seen in a state that need not be on the way to another hang.
    const bool sound = !loops_ && !found_.watches_races();
    if (options.reduce && sound && !IsLong(program.program)) stubborn_sets_.emplace(program, transitions_);
  }

  SearchResult Run() {
    const std::vector<Word> initial = transitions_.Initial();
    Met(initial.data(), graph_.table.HashOf(initial.data()), 0);
    Number next = 0;
    while (!limits_.reached() && next < graph_.table.size()) Follow(next++);
    if (loops_ && !limits_.reached()) Analyse();
    Finish();
    return std::move(found_.result());
  }

 private:
  Number Met(const Word* state, StateTable::Hash hash, Number from) {
    const auto inserted = graph_.table.Insert(state, hash);
    if (inserted.is_new) graph_.parents.push_back(from);
    return inserted.number;
  }

  Discoveries::MakePath PathToState(Number at) {
    return [this, at] { return PathTo(graph_, at, transitions_); };
  }

  void Follow(Number at) {
    const Word* state = graph_.table.At(at);
    buffer_.Clear();
    transitions_.Of(state, buffer_);
    if (!transitions_.gave_up().empty()) return limits_.End(transitions_.gave_up());
    if (buffer_.size() == 0) NoteEnd(at);
    Enter(at, Picked(state));
    if (found_.watches_races()) found_.NoteRaces(state, PathToState(at));
    if (found_.stopped()) limits_.End("what was found ended the search");
    limits_.CheckStates(graph_.table.size());
    limits_.Pass(
        [&] {
          return ExploreProgress{graph_.table.size(), graph_.table.size() - at, 0, 0};
        },
        [&] { return graph_.memory_bytes(); });
  }

  // The slots to follow.
  Slots Picked(const Word* state) {
    if (!stubborn_sets_ || buffer_.size() == 0) return kAllSlots;
    Slots enabled = 0;
    for (std::size_t i = 0; i < buffer_.size(); ++i) enabled |= Slots{1} << buffer_.step(i).slot;
    return stubborn_sets_->Pick(state, enabled);
  }

  // Enters what the transitions of `followed` lead to.
  void Enter(Number at, Slots followed) {
    hashes_.resize(buffer_.size());
    for (std::size_t i = 0; i < buffer_.size(); ++i) {
      hashes_[i] = graph_.table.HashOf(buffer_.state(i));
      graph_.table.Prefetch(hashes_[i]);
    }
    for (std::size_t i = 0; i < buffer_.size(); ++i) {
      const SlotStep& step = buffer_.step(i);
      if ((followed >> step.slot & 1) == 0) continue;
      ++found_.result().statistics.transitions;
      const Number to = Met(buffer_.state(i), hashes_[i], at);
      if (step.failed) found_.NoteFailure(step, PathToState(at));
      if (!loops_ || step.result == StepResult::kSpurious) continue;
      graph_.arcs.push_back(to);
      graph_.movers.push_back(StateGraph::MoverOf(step));
    }
    if (loops_) graph_.arcs_begin.push_back(graph_.arcs.size());
  }

  // --- Hangs --------------------------------------------------------------------------------------

  // Nobody can go on.
  void NoteEnd(Number at) {
    const StuckSlots stuck = found_.StuckIn(graph_.table.At(at));
    if (!stuck.empty()) found_.NoteHang(stuck, 1, PathToState(at));
  }

  void Analyse() {
    analysis_ = AnalyseHangs(graph_, program_, transitions_);
    for (const HangingPart& part : analysis_->parts) {
      // States that nothing follows were noted when they were met.
      const bool is_new = !graph_.ArcsOf(part.state).empty();
      const std::size_t hang = found_.NoteHang(part.stuck, is_new ? part.states : 0, PathToState(part.state));
      hang_of_component_[part.component] = hang;
      if (found_.stopped()) return limits_.End("what was found ended the search");
    }
    const auto livelock = FindLivelock(graph_, program_, transitions_, analysis_->hangs);
    if (!livelock) return;
    PathRun run(program_, transitions_);
    run.DoAll(WithFewerSwitches(program_, transitions_, PathTo(graph_, livelock->first, transitions_)));
    const std::size_t prefix = run.schedule().size();
    run.DoAll(livelock->loop);
    const auto middle = run.schedule().begin() + static_cast<std::ptrdiff_t>(prefix);
    found_.result().livelocks.push_back({{run.schedule().begin(), middle}, {middle, run.schedule().end()}});
  }

  std::size_t HangOfState(const Word* state, bool ends) {
    if (ends) return found_.HangOf(found_.StuckIn(state));
    if (!analysis_) return Discoveries::kNoHang;
    const Number number = graph_.table.Find(state);
    if (number == StateTable::kNotThere) return Discoveries::kNoHang;
    const auto hang = hang_of_component_.find(analysis_->component[number]);
    return hang == hang_of_component_.end() ? Discoveries::kNoHang : hang->second;
  }

  void Finish() {
    if (options_.witnesses) {
      MakeWitnesses(
          program_, transitions_, [this](const Word* state, bool ends) { return HangOfState(state, ends); }, found_);
    }
    ExploreStatistics& statistics = found_.result().statistics;
    statistics.states = graph_.table.size();
    statistics.memory_bytes = graph_.memory_bytes();
    statistics.time = limits_.time();
    statistics.reduced = stubborn_sets_.has_value();
    statistics.exhausted = !limits_.reached();
    statistics.gave_up = limits_.why();
    // Only the whole graph shows that there is no way out.
    const bool ends_only = loops_ && limits_.reached() && !analysis_;
    if (ends_only) statistics.gave_up += "; hangs in which a thread still moves were not looked for";
  }

  const SearchOptions& options_;
  const PackedProgram& program_;
  Transitions transitions_;
  std::optional<StubbornSets> stubborn_sets_;
  StateGraph graph_;
  StepBuffer buffer_;
  std::vector<StateTable::Hash> hashes_;  // of its states
  const bool loops_;
  SearchLimits limits_;
  Discoveries found_;
  // With loops, once all was followed.
  std::optional<HangAnalysis> analysis_;
  absl::flat_hash_map<std::uint32_t, std::size_t> hang_of_component_;
};

}  // namespace

SearchResult SearchAll(const PackedProgram& program, const SearchOptions& options) {
  return FullSearch(program, options).Run();
}

}  // namespace lockdep
