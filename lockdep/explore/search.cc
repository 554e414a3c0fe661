#include "lockdep/explore/search.h"

#include <algorithm>

#include "lockdep/check.h"

namespace lockdep::explore {
namespace {

// So many places are kept at which the same thing happened; the nearest of them gets the schedule.
constexpr std::size_t kPlacesMax = 4'096;
// Beyond, the table of shortest ways would be larger than all else.
constexpr std::size_t kMinimalNodesMax = 3'000'000;

bool LetsOthersRun(Code code) { return code == Code::kYield || code == Code::kRestart || code == Code::kBoundary; }

}  // namespace

// --- Limits ----------------------------------------------------------------------------------------------

Limits::Limits(const ExploreOptions& options)
    : options_(options),
      start_(std::chrono::steady_clock::now()),
      next_progress_(start_ + std::chrono::milliseconds(250)) {}

bool Limits::GoOn(std::uint64_t states, std::uint64_t frontier, std::uint64_t executions) {
  if (states >= options_.states_max) {
    gave_up_ = "the limit of " + std::to_string(options_.states_max) + " states was reached";
    return false;
  }
  if (++calls_ % 128 != 0) return true;
  const auto now = std::chrono::steady_clock::now();
  if (options_.on_progress && now >= next_progress_) {
    next_progress_ = now + std::chrono::milliseconds(250);
    options_.on_progress({states, frontier, executions, std::chrono::duration<double>(now - start_).count()});
  }
  if (options_.time_max.count() == 0 || now - start_ < options_.time_max) return true;
  gave_up_ = "the limit of " + std::to_string(options_.time_max.count()) + " ms was reached";
  return false;
}

std::string WhatIsFound(const Execution& execution, Vocabulary& vocabulary, const Step& expected) {
  for (std::size_t i = 0; i < execution.thread_count(); ++i) {
    const SimulatedThread& thread = execution.thread(i);
    if (thread.uid != expected.thread) continue;
    if (thread.ended) return vocabulary.ThreadName(thread.uid) + " at its end";
    const Step pending = execution.PendingStep(thread);
    const std::string found = vocabulary.OperationText(pending);
    return found == vocabulary.OperationText(expected) ? found + " with another outcome" : found;
  }
  return "no thread " + vocabulary.ThreadName(expected.thread);
}

// --- The search ------------------------------------------------------------------------------------------

SearchResult SearchAll(Execution& execution, const SearchSettings& settings) {
  Limits limits(settings.options);
  std::uint64_t executions = 0;
  for (;;) {
    Search search(execution, settings, limits);
    std::optional<SearchResult> result = search.Run();
    executions += search.executions();
    if (!result) continue;
    result->statistics.executions = executions;
    return std::move(*result);
  }
}

Search::Search(Execution& execution, const SearchSettings& settings, Limits& limits)
    : execution_(execution), vocabulary_(execution.vocabulary()), settings_(settings), limits_(limits) {}

std::optional<SearchResult> Search::Run() {
  Position root;
  if (Begin(root)) {
    Arrive(root);
    while (!frontier_.empty() && !stopped_ && !execution_.newly_watched()) {
      const NodeId target = frontier_.front();
      if (ExploredOf(target) == graph_.node(target).edge_count) {
        frontier_.pop_front();
      } else {
        RunTo(target);
      }
    }
  }
  if (execution_.TakeNewlyWatched()) return std::nullopt;
  const bool complete = !stopped_ && frontier_.empty() && result_.errors.empty() && gave_up_.empty();
  if (graph_.size() > 0 && !differs_) Analyse();
  FillStatistics(complete);
  return std::move(result_);
}

void Search::FillStatistics(bool complete) {
  ExploreStatistics& statistics = result_.statistics;
  statistics.states = graph_.size();
  statistics.exhausted = complete && !settings_.options.bounded();
  statistics.declared = execution_.declared();
  statistics.gave_up = gave_up_;
  if (gave_up_.empty() && !statistics.exhausted) {
    statistics.gave_up = !result_.errors.empty() ? "the body cannot be explored"
                         : complete ? "only schedules with at most " + std::to_string(settings_.options.preemptions) +
                                          " preemptions were followed"
                                    : "every schedule fails at its beginning";
  }
  statistics.reduced = !execution_.every_step();
  statistics.memory_bytes = graph_.memory_bytes() + vocabulary_.memory_bytes();
  statistics.time = limits_.time();
}

void Search::GiveUp(const std::string& why) {
  if (gave_up_.empty()) gave_up_ = why;
}

// Runs the body anew, up to the root.
bool Search::Begin(Position& at) {
  ++result_.statistics.executions;
  execution_.Begin();
  schedule_.clear();
  at = {};
  for (const Step& step : settings_.prefix) {
    if (execution_.problem()) break;
    const std::optional<Choice> choice = execution_.Find(step);
    if (!choice) {
      Differs(vocabulary_.StepText(step), WhatIsFound(execution_, vocabulary_, step));
      return false;
    }
    Do(*choice, step, at);
    NoteOrderedRaces();
  }
  at.preemptions = 0;
  if (!execution_.problem()) return true;
  if (execution_.problem()->kind) {
    result_.found.push_back({Found::What::kProblem, schedule_, 0, false});
  } else {
    result_.errors.push_back(execution_.problem()->text);
  }
  Stop();
  return false;
}

void Search::RunTo(NodeId target) {
  Position at;
  const Path path = graph_.PathTo(target);
  // The very first time the execution stands at the root already.
  if (target != 0 || ExploredOf(0) != 0) {
    if (!Begin(at) || !Replay(path, at)) return;
    if (execution_.OperationsHash() != graph_.node(at.node).operations) return DiffersAt(at.node);
  } else {
    at.last = settings_.prefix.empty() ? FewestSwitches::kNone : settings_.prefix.back().thread;
  }
  while (TryNext(at)) {
    if (schedule_.size() < settings_.options.steps_max) continue;
    GiveUp("an execution made " + std::to_string(schedule_.size()) +
           " steps; if a loop of it waits for other threads, see explore::Restart");
    Stop();
  }
  if (!execution_.problem() && !differs_) execution_.WindUp(1'000 + 8 * schedule_.size());
}

void Search::Do(const Choice& choice, const Step& step, Position& at) {
  if (settings_.options.preemptions >= 0 && step.thread != at.last && LastCouldGoOn(at)) ++at.preemptions;
  execution_.Do(choice);
  schedule_.push_back(step);
  at.last = step.thread;
  at.last_runner = choice.runner;
  at.last_failed = step.outcome == Outcome::kNotGot;
}

// A switch away from it would be a preemption: it does not wait, and does not offer to.
bool Search::LastCouldGoOn(const Position& at) const {
  if (at.last == FewestSwitches::kNone) return false;
  const SimulatedThread& last = execution_.thread(at.last_runner);
  if (last.ended || LetsOthersRun(last.pending.code)) return false;
  std::vector<Choice> choices;
  execution_.AppendChoices(choices);
  return std::any_of(choices.begin(), choices.end(), [&](const Choice& choice) {
    return choice.runner == at.last_runner &&
           (choice.outcome == Outcome::kDone || choice.outcome == Outcome::kAnnounced);
  });
}

bool Search::Replay(const Path& path, Position& at) {
  for (const std::uint32_t index : path) {
    const StateGraph::Edge edge = graph_.edge(index);
    const Step step = vocabulary_.StepOf(edge.step);
    const std::optional<Choice> choice = execution_.Find(step);
    if (!choice) {
      Differs(vocabulary_.StepText(step), WhatIsFound(execution_, vocabulary_, step));
      return false;
    }
    Do(*choice, step, at);
    at.node = edge.to;
    if (execution_.problem()) {
      Differs(vocabulary_.StepText(step) + " to go well", execution_.problem()->text);
      return false;
    }
    if (KeyOf(at) != graph_.key(at.node)) {
      Differs("the history that " + vocabulary_.StepText(step) + " led to before", "another one");
      return false;
    }
  }
  return true;
}

// Does the next thing that was not tried here.  False: there is none, or it ends the run.
bool Search::TryNext(Position& at) {
  const NodeId node = at.node;
  if (ExploredOf(node) == graph_.node(node).edge_count || stopped_) return false;
  const std::uint32_t index = graph_.node(node).first_edge + ExploredOf(node);
  const Step step = vocabulary_.StepOf(graph_.edge(index).step);
  const std::optional<Choice> choice = execution_.Find(step);
  if (!choice) {
    Differs(vocabulary_.StepText(step), WhatIsFound(execution_, vocabulary_, step));
    return false;
  }
  Do(*choice, step, at);
  if (execution_.newly_watched()) return false;
  ++graph_.node(node).explored;
  ++result_.statistics.transitions;
  if (execution_.problem()) {
    NoteProblem(node, index);
    return false;
  }
  const std::optional<NodeId> to = Arrive(at);
  if (!to) return false;
  graph_.edge(index).to = *to;
  graph_.Reach(*to, node, index);
  at.node = *to;
  NoteOrderedRaces();
  if (!limits_.GoOn(graph_.size(), frontier_.size(), result_.statistics.executions)) {
    GiveUp(limits_.gave_up());
    Stop();
  }
  return true;
}

Digest Search::KeyOf(const Position& at) const {
  if (settings_.options.preemptions < 0) return execution_.state();
  return Extend(Extend(execution_.state(), at.last), static_cast<std::uint64_t>(at.preemptions));
}

// The node of the state that the execution is in.
std::optional<NodeId> Search::Arrive(const Position& at) {
  const auto [node, is_new] = graph_.Add(KeyOf(at));
  const std::uint64_t operations = execution_.OperationsHash();
  if (is_new) {
    graph_.node(node).operations = operations;
    Describe(node, at);
  } else if (graph_.node(node).operations != operations) {
    DiffersAt(node);
    return std::nullopt;
  }
  return node;
}

// What can be done in a new node, in the order in which it shall be tried: the thread that runs goes on, unless
// it seems to wait.
void Search::Describe(NodeId node, const Position& at) {
  choices_.clear();
  execution_.AppendChoices(choices_);
  graph_.node(node).goal = execution_.AtGoal();
  ordered_.clear();
  const bool no_more_preemptions =
      settings_.options.preemptions >= 0 && at.preemptions >= settings_.options.preemptions && LastCouldGoOn(at);
  bool goes_on = false;
  for (const Choice& choice : choices_) {
    const SimulatedThread& thread = execution_.thread(choice.runner);
    if (choice.outcome != Outcome::kSpurious) goes_on = true;
    if (thread.spins > settings_.spins_max) {
      GiveUp(vocabulary_.ThreadName(thread.uid) + " waited in a loop for more than " +
             std::to_string(settings_.spins_max) + " rounds; see explore::Restart");
      graph_.node(node).cut = true;
      continue;
    }
    if (no_more_preemptions && thread.uid != at.last) {
      graph_.node(node).cut = true;
      continue;
    }
    const bool again = thread.uid == at.last && !at.last_failed && !LetsOthersRun(thread.pending.code);
    const std::size_t behind =
        (choice.runner + 2 * execution_.thread_count() - at.last_runner - 1) % execution_.thread_count();
    const int rank = (again ? -1 : static_cast<int>(behind)) + (choice.outcome == Outcome::kSpurious ? 100'000 : 0);
    ordered_.emplace_back(rank, vocabulary_.Id(execution_.StepOf(choice)));
  }
  std::stable_sort(ordered_.begin(), ordered_.end(), [](const auto& x, const auto& y) { return x.first < y.first; });
  step_ids_.clear();
  for (const auto& [rank, step] : ordered_) step_ids_.push_back(step);
  graph_.AddEdges(node, step_ids_);
  if (!step_ids_.empty()) frontier_.push_back(node);
  if (!goes_on && !graph_.node(node).goal) NoteHang(node);
  NoteRaces(node);
}

// --- What is met -------------------------------------------------------------------------------------------

void Search::NoteProblem(NodeId node, std::uint32_t edge) {
  graph_.edge(edge).to = kProblem;
  const Problem& problem = *execution_.problem();
  if (!problem.kind) {
    result_.errors.push_back(problem.text);
    Stop();
    return;
  }
  auto& places = problems_[{static_cast<int>(*problem.kind), problem.text, problem.thread, problem.object}];
  if (places.size() < kPlacesMax) places.push_back({node, edge});
}

void Search::NoteRaces(NodeId node) {
  for (const auto& [first, second] : execution_.PendingRaces()) {
    auto& places = races_[execution_.thread(first).pending.object->uid];
    if (places.size() >= kPlacesMax) continue;
    places.push_back({node, vocabulary_.Id(execution_.PendingStep(execution_.thread(first))),
                      vocabulary_.Id(execution_.PendingStep(execution_.thread(second)))});
  }
}

void Search::NoteOrderedRaces() {
  for (const Race& race : execution_.TakeRaces()) ordered_races_.try_emplace(race.object->uid, schedule_);
}

void Search::NoteHang(NodeId node) {
  std::vector<StepId> stuck;
  for (std::size_t i = 0; i < execution_.thread_count(); ++i) {
    const SimulatedThread& thread = execution_.thread(i);
    if (!execution_.Rests(thread)) stuck.push_back(vocabulary_.Id(execution_.PendingStep(thread)));
  }
  std::sort(stuck.begin(), stuck.end());
  auto& places = sinks_[std::move(stuck)];
  if (places.size() < kPlacesMax) places.push_back(node);
  if (settings_.on_hang) settings_.on_hang(execution_);
}

void Search::Differs(const std::string& expected, const std::string& found) {
  result_.errors.push_back("not deterministic at operation " + std::to_string(schedule_.size() + 1) + ": expected " +
                           expected + ", found " + found);
  differs_ = true;
  Stop();
}

// The same history as before, but other operations follow.
void Search::DiffersAt(NodeId node) {
  for (const StateGraph::Edge& edge : graph_.EdgesOf(node)) {
    const Step& step = vocabulary_.StepOf(edge.step);
    if (execution_.Find(step)) continue;
    return Differs(vocabulary_.StepText(step), WhatIsFound(execution_, vocabulary_, step) + " after the same history");
  }
  Differs("the same operations as before", "others after the same history");
}

// --- Findings ------------------------------------------------------------------------------------------------

void Search::Analyse() {
  const std::vector<bool> may_end = MayEnd(graph_, vocabulary_);
  result_.statistics.hang_states = static_cast<std::uint64_t>(std::count(may_end.begin(), may_end.end(), false));
  std::optional<FewestSwitches> ways;
  const bool any = result_.statistics.hang_states > 0 || !problems_.empty() || !races_.empty() || execution_.declared();
  if (any && graph_.size() <= kMinimalNodesMax) {
    ways.emplace(graph_, vocabulary_,
                 settings_.prefix.empty() ? FewestSwitches::kNone : settings_.prefix.back().thread);
  }
  if (result_.statistics.hang_states > 0) AddHangs(may_end, ways);
  // Without a restart no state comes again.
  if (execution_.declared()) AddLivelock(may_end, ways);
  AddProblems(ways);
  AddRaces(ways);
}

NodeId Search::Nearest(const std::vector<NodeId>& nodes, const std::optional<FewestSwitches>& ways) const {
  return *std::min_element(nodes.begin(), nodes.end(), [&](NodeId x, NodeId y) {
    return ways ? ways->CostOf(x) < ways->CostOf(y) : graph_.node(x).depth < graph_.node(y).depth;
  });
}

Found Search::Make(Found::What what, NodeId node, const std::vector<StepId>& then, ThreadUid next,
                   const std::optional<FewestSwitches>& ways) const {
  Found found;
  found.what = what;
  found.minimal = ways.has_value();
  found.schedule = settings_.prefix;
  for (const std::uint32_t edge : ways ? ways->PathTo(node, next) : graph_.PathTo(node)) {
    found.schedule.push_back(vocabulary_.StepOf(graph_.edge(edge).step));
  }
  for (const StepId step : then) found.schedule.push_back(vocabulary_.StepOf(step));
  return found;
}

Found Search::MakeLoop(Found::What what, const Components& components, std::uint32_t component,
                       const EdgeFilter& follow, const std::optional<FewestSwitches>& ways) const {
  const NodeId start = Nearest(components.members[component], ways);
  std::vector<StepId> lap;
  for (const std::uint32_t edge : Lap(graph_, vocabulary_, components, start, follow))
    lap.push_back(graph_.edge(edge).step);
  Found found = Make(what, start, lap, FewestSwitches::kNone, ways);
  found.loop = lap.size();
  return found;
}

void Search::AddHangs(const std::vector<bool>& may_end, const std::optional<FewestSwitches>& ways) {
  std::size_t count = 0;
  for (const auto& [stuck, nodes] : sinks_) {
    if (++count > settings_.hangs_max) return;
    result_.found.push_back(Make(Found::What::kHang, Nearest(nodes, ways), {}, FewestSwitches::kNone, ways));
  }
  if (!execution_.declared()) return;
  // Nobody waits for ever at one place, but nobody gets out either.
  std::vector<bool> hangs(may_end.size());
  for (std::size_t i = 0; i < may_end.size(); ++i) hangs[i] = !may_end[i];
  const EdgeFilter follow = [this](const StateGraph::Edge& edge) {
    return vocabulary_.StepOf(edge.step).outcome != Outcome::kSpurious;
  };
  const Components components = StronglyConnected(graph_, hangs, follow);
  for (std::uint32_t component = 0; component < components.members.size(); ++component) {
    bool moves = false, leaves = false;
    for (const NodeId node : components.members[component]) {
      for (const StateGraph::Edge& edge : graph_.EdgesOf(node)) {
        if (!follow(edge) || edge.to >= kProblem) continue;
        (components.of[edge.to] == component ? moves : leaves) = true;
      }
    }
    if (!moves || leaves) continue;
    if (++count > settings_.hangs_max) return;
    result_.found.push_back(MakeLoop(Found::What::kHang, components, component, follow, ways));
  }
}

void Search::AddLivelock(const std::vector<bool>& may_end, const std::optional<FewestSwitches>& ways) {
  // Who passes a boundary has got on.
  const EdgeFilter follow = [this](const StateGraph::Edge& edge) {
    const Step& step = vocabulary_.StepOf(edge.step);
    return step.outcome != Outcome::kSpurious && step.code != Code::kBoundary;
  };
  const Components components = FairLoops(graph_, vocabulary_, may_end, follow);
  std::optional<Found> shortest;
  for (std::uint32_t component = 0; component < components.members.size(); ++component) {
    Found found = MakeLoop(Found::What::kLivelock, components, component, follow, ways);
    if (!shortest || found.schedule.size() < shortest->schedule.size()) shortest = std::move(found);
  }
  if (shortest) result_.found.push_back(std::move(*shortest));
}

void Search::AddProblems(const std::optional<FewestSwitches>& ways) {
  for (const auto& [what, places] : problems_) {
    const auto cost = [&](const At& at) {
      const ThreadUid next = vocabulary_.StepOf(graph_.edge(at.edge).step).thread;
      return ways ? ways->CostOf(at.node, next) : FewestSwitches::Cost{0, graph_.node(at.node).depth};
    };
    const At best =
        *std::min_element(places.begin(), places.end(), [&](const At& x, const At& y) { return cost(x) < cost(y); });
    const StepId step = graph_.edge(best.edge).step;
    result_.found.push_back(Make(Found::What::kProblem, best.node, {step}, vocabulary_.StepOf(step).thread, ways));
  }
}

void Search::AddRaces(const std::optional<FewestSwitches>& ways) {
  for (const auto& [object, places] : races_) {
    ordered_races_.erase(object);
    const auto first_of = [&](const RaceAt& at) { return vocabulary_.StepOf(at.first).thread; };
    const auto cost = [&](const RaceAt& at) {
      return ways ? ways->CostOf(at.node, first_of(at)) : FewestSwitches::Cost{0, graph_.node(at.node).depth};
    };
    const RaceAt best = *std::min_element(places.begin(), places.end(),
                                          [&](const RaceAt& x, const RaceAt& y) { return cost(x) < cost(y); });
    result_.found.push_back(Make(Found::What::kRace, best.node, {best.first, best.second}, first_of(best), ways));
  }
  for (const auto& [object, schedule] : ordered_races_) {
    result_.found.push_back({Found::What::kRace, schedule, 0, false});
  }
}

}  // namespace lockdep::explore
