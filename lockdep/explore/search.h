// Runs a body under every schedule, or under as many as a bound allows.
//
// The search is stateless in the code under test and stateful in what it knows: an execution goes along a known way
// to a state where something was not tried yet, tries it, and goes on from there as long as what it meets was not
// tried; then its threads run to their ends.  A state is met once, however many schedules lead to it.
//
// Thread-confined.  Cost: each state is reached by running the body from its beginning, so states x length of a run.
#ifndef LOCKDEP_EXPLORE_SEARCH_H_
#define LOCKDEP_EXPLORE_SEARCH_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "lockdep/exploration.h"
#include "lockdep/explore/execution.h"
#include "lockdep/explore/graph_analysis.h"
#include "lockdep/explore/state_graph.h"

namespace lockdep::explore {

using Schedule = std::vector<Step>;

// Something that a schedule reaches.
struct Found {
  enum class What : std::uint8_t { kHang, kLivelock, kProblem, kRace };
  What what = What::kHang;
  Schedule schedule;     // up to it, and then `loop`
  std::size_t loop = 0;  // so many steps at the end go round for ever
  bool minimal = false;  // in switches of threads
};

struct SearchResult {
  ExploreStatistics statistics;
  std::vector<Found> found;
  std::vector<std::string> errors;
};

struct SearchSettings {
  ExploreOptions options;
  std::uint32_t spins_max = 32;
  std::size_t hangs_max = 256;  // distinct ones that get a schedule
  Schedule prefix;              // every schedule begins like this
  // Called in each state, once, in which nothing can go on and not all is well.
  std::function<void(const Execution&)> on_hang;
};

// When to stop, and when to say how far it is.
class Limits {
 public:
  explicit Limits(const ExploreOptions& options);
  Limits(const Limits&) = delete;
  Limits& operator=(const Limits&) = delete;
  // Called after each step.  False: stop, for `gave_up`.
  bool GoOn(std::uint64_t states, std::uint64_t frontier, std::uint64_t executions);
  std::chrono::nanoseconds time() const { return std::chrono::steady_clock::now() - start_; }
  const std::string& gave_up() const { return gave_up_; }

 private:
  const ExploreOptions& options_;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point next_progress_;
  std::uint32_t calls_ = 0;
  std::string gave_up_;
};

// Searches until nothing is watched anew.
SearchResult SearchAll(Execution& execution, const SearchSettings& settings);

// "t2:unlock(c)": for what was expected of it.
std::string WhatIsFound(const Execution& execution, Vocabulary& vocabulary, const Step& expected);

class Search {
 public:
  Search(Execution& execution, const SearchSettings& settings, Limits& limits);
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  // Nothing: a lock is watched since (execution.h), so what was found is not all; search again.
  std::optional<SearchResult> Run();
  std::uint64_t executions() const { return result_.statistics.executions; }

 private:
  // Where an execution is.
  struct Position {
    NodeId node = 0;
    ThreadUid last = FewestSwitches::kNone;  // the thread of the last step
    Runner last_runner = 0;
    bool last_failed = false;  // that step got nothing
    int preemptions = 0;
  };

  bool Begin(Position& at);
  void Do(const Choice& choice, const Step& step, Position& at);
  void RunTo(NodeId target);
  bool Replay(const Path& path, Position& at);
  bool TryNext(Position& at);
  std::optional<NodeId> Arrive(const Position& at);
  void Describe(NodeId node, const Position& at);
  bool LastCouldGoOn(const Position& at) const;
  Digest KeyOf(const Position& at) const;
  void NoteProblem(NodeId node, std::uint32_t edge);
  void NoteRaces(NodeId node);
  void NoteHang(NodeId node);
  void NoteOrderedRaces();
  void Differs(const std::string& expected, const std::string& found);
  void DiffersAt(NodeId node);
  void Stop() { stopped_ = true; }
  void GiveUp(const std::string& why);
  std::uint32_t ExploredOf(NodeId node) const { return graph_.node(node).explored; }

  // The findings.
  void Analyse();
  void FillStatistics(bool complete);
  void AddHangs(const std::vector<bool>& may_end, const std::optional<FewestSwitches>& ways);
  void AddLivelock(const std::vector<bool>& may_end, const std::optional<FewestSwitches>& ways);
  void AddProblems(const std::optional<FewestSwitches>& ways);
  void AddRaces(const std::optional<FewestSwitches>& ways);
  Found Make(Found::What what, NodeId node, const std::vector<StepId>& then, ThreadUid next,
             const std::optional<FewestSwitches>& ways) const;
  Found MakeLoop(Found::What what, const Components& components, std::uint32_t component, const EdgeFilter& follow,
                 const std::optional<FewestSwitches>& ways) const;
  NodeId Nearest(const std::vector<NodeId>& nodes, const std::optional<FewestSwitches>& ways) const;

  Execution& execution_;
  Vocabulary& vocabulary_;
  const SearchSettings& settings_;
  Limits& limits_;
  StateGraph graph_;
  std::deque<NodeId> frontier_;
  std::vector<Choice> choices_;
  std::vector<std::pair<int, StepId>> ordered_;  // rank, step
  std::vector<StepId> step_ids_;
  Schedule schedule_;  // of the present execution
  bool stopped_ = false;
  bool differs_ = false;
  SearchResult result_;
  std::string gave_up_;

  struct At {
    NodeId node;
    std::uint32_t edge;
  };
  std::map<std::tuple<int, std::string, ThreadUid, ObjectUid>, std::vector<At>> problems_;
  struct RaceAt {
    NodeId node;
    StepId first, second;
  };
  std::map<ObjectUid, std::vector<RaceAt>> races_;
  std::map<ObjectUid, Schedule> ordered_races_;               // found by clocks: up to the second access
  std::map<std::vector<StepId>, std::vector<NodeId>> sinks_;  // by what the threads stand before
};

}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_SEARCH_H_
