#include "lockdep/schedule_search.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "lockdep/hang_analysis.h"
#include "lockdep/packed_program.h"
#include "lockdep/runner_numbers.h"
#include "lockdep/state_graph.h"
#include "lockdep/stubborn_set.h"
#include "lockdep/transitions.h"

namespace lockdep {
namespace {

using Clock = std::chrono::steady_clock;
using Code = LockProgram::Code;
using Number = StateGraph::Number;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }
constexpr std::uint32_t kStatesPerLook = 1024;  // at the clock
constexpr auto kProgressEvery = std::chrono::milliseconds(250);

// Half of what the machine has.
std::uint64_t MemoryMax() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long size = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || size <= 0) return ~std::uint64_t{0};
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size) / 2;
}

class Search {
 public:
  Search(const PackedProgram& program, const SearchOptions& options)
      : program_(program),
        options_(options),
        transitions_(program),
        graph_(program.words),
        buffer_(program.words),
        loops_(MayLoop(program.program)),
        watches_races_(std::any_of(program.program.variables.begin(), program.program.variables.end(),
                                   [](const LockProgram::Variable& variable) { return variable.plain; })) {
    // A race is seen in a state that need not be on the way to another hang.
    if (options.reduce && !loops_ && !watches_races_) stubborn_sets_.emplace(program, transitions_);
  }

  SearchResult Run() {
    start_ = last_progress_ = Clock::now();
    const std::vector<Word> initial = transitions_.Initial();
    Met(initial.data(), 0);
    Number next = 0;
    while (gave_up_.empty() && next < graph_.table.size()) {
      if (next % kStatesPerLook == 0) Look(next);
      Follow(next++);
    }
    if (loops_ && gave_up_.empty()) AddParts();
    Finish();
    return std::move(result_);
  }

 private:
  void Met(const Word* state, Number from) {
    const auto inserted = graph_.table.Insert(state);
    if (inserted.is_new) graph_.parents.push_back(from);
    last_ = inserted.number;
  }

  void Look(Number next) {
    const auto now = Clock::now();
    const ExploreOptions& limits = options_.explore;
    if (limits.on_progress && now - last_progress_ >= kProgressEvery) {
      last_progress_ = now;
      limits.on_progress(
          {graph_.table.size(), graph_.table.size() - next, 0, std::chrono::duration<double>(now - start_).count()});
    }
    if (limits.time_max.count() > 0 && now - start_ >= limits.time_max) {
      gave_up_ = "the time of " + std::to_string(limits.time_max.count()) + " ms was over";
    } else if (graph_.memory_bytes() > memory_max_) {
      gave_up_ = "the states took " + std::to_string(memory_max_ >> 20) + " MiB";
    }
  }

  void Follow(Number at) {
    buffer_.Clear();
    transitions_.Of(graph_.table.At(at), buffer_);
    if (!transitions_.gave_up().empty()) {
      gave_up_ = transitions_.gave_up();
      return;
    }
    const std::uint64_t followed = Picked(at);
    for (std::size_t i = 0; i < buffer_.size(); ++i) {
      const SlotStep& step = buffer_.step(i);
      if ((followed >> step.slot & 1) == 0) continue;
      ++result_.statistics.transitions;
      Met(buffer_.state(i), at);
      if (step.failed) NoteFailure(at, step);
      if (!loops_ || step.result == StepResult::kSpurious) continue;
      graph_.arcs.push_back(last_);
      graph_.movers.push_back(step.slot);
    }
    if (loops_) graph_.arcs_begin.push_back(graph_.arcs.size());
    if (buffer_.size() == 0) NoteSink(at);
    if (watches_races_) NoteRaces(at);
    if (gave_up_.empty() && graph_.table.size() > options_.explore.states_max) {
      gave_up_ = "the limit of " + std::to_string(options_.explore.states_max) + " states was reached";
    }
  }

  // The slots to follow.
  std::uint64_t Picked(Number at) {
    if (!stubborn_sets_ || buffer_.size() == 0) return ~std::uint64_t{0};
    std::uint64_t enabled = 0;
    for (std::size_t i = 0; i < buffer_.size(); ++i) enabled |= std::uint64_t{1} << buffer_.step(i).slot;
    return stubborn_sets_->Pick(graph_.table.At(at), enabled);
  }

  // --- Hangs --------------------------------------------------------------------------------------

  void NoteSink(Number at) {
    const Word* state = graph_.table.At(at);
    StuckSlots stuck;
    for (std::size_t i = 0; i < program_.slots.size(); ++i) {
      const int slot = static_cast<int>(i);
      if (!transitions_.HasStarted(state, slot) || transitions_.HasEnded(state, slot)) continue;
      const PackedAction& action = transitions_.ActionOf(state, slot);
      stuck.push_back({slot, action.at, false, transitions_.IsAsleep(state, slot, action)});
    }
    if (!stuck.empty()) NoteHang({at, 1, std::move(stuck)});
  }

  void AddParts() {
    for (HangingPart& part : HangingParts(graph_, program_, transitions_)) {
      // Sinks were noted when they were met.
      if (!graph_.ArcsOf(part.state).empty()) NoteHang(std::move(part));
      if (!gave_up_.empty()) return;
    }
  }

  void NoteHang(HangingPart part) {
    result_.statistics.hang_states += part.states;
    const auto known = hang_of_.find(part.stuck);
    if (known != hang_of_.end()) {
      result_.hangs[known->second].states += part.states;
      return;
    }
    if (result_.hangs.size() >= options_.hangs_max) return;
    hang_of_.insert({part.stuck, result_.hangs.size()});
    ProgramHang hang;
    hang.states = part.states;
    const std::vector<PathStep> path = PathTo(graph_, part.state, transitions_);
    RunnerNumbers numbers(program_, transitions_);
    hang.schedule = ScheduleOf(path, numbers);
    numbers.Follow(graph_.table.At(part.state));
    SetStuck(part.stuck, numbers, hang);
    result_.hangs.push_back(std::move(hang));
    if (options_.stop && options_.stop(result_.hangs.back())) gave_up_ = "a hang was found that ends the search";
  }

  static void SetStuck(const StuckSlots& stuck, const RunnerNumbers& numbers, ProgramHang& hang) {
    std::vector<std::pair<int, bool>> by_number;
    for (const StuckSlot& each : stuck) by_number.emplace_back(numbers.NumberOf(each.slot), each.moves);
    std::sort(by_number.begin(), by_number.end());
    for (const auto& [number, moves] : by_number) {
      hang.stuck.push_back(number);
      hang.moves.push_back(moves);
      hang.spinning = hang.spinning || moves;
    }
  }

  ProgramSchedule ScheduleOf(const std::vector<PathStep>& path, RunnerNumbers& numbers) const {
    ProgramSchedule schedule;
    for (const PathStep& step : path) {
      numbers.Follow(graph_.table.At(step.from));
      numbers.Append(step.step, schedule);
    }
    return schedule;
  }

  // --- Failures and races ---------------------------------------------------------------------------

  ProgramSchedule ScheduleTo(Number at, std::initializer_list<SlotStep> more) {
    RunnerNumbers numbers(program_, transitions_);
    ProgramSchedule schedule = ScheduleOf(PathTo(graph_, at, transitions_), numbers);
    numbers.Follow(graph_.table.At(at));
    for (const SlotStep& step : more) numbers.Append(step, schedule);
    return schedule;
  }

  void NoteFailure(Number at, SlotStep step) {
    if (!failed_.insert({program_.slots[step.slot].thread, step.op}).second) return;
    // Makes a schedule with a buffer of its own, so that of the caller stays as it is.
    result_.failures.push_back({ScheduleTo(at, {step}), LockProgram::kNone, {}});
  }

  struct Access {
    int slot;
    bool writes;
  };

  void NoteRaces(Number at) {
    const Word* state = graph_.table.At(at);
    for (std::size_t v = 0; v < program_.variables.size(); ++v) {
      const int variable = static_cast<int>(v);
      if (!program_.program.variables[v].plain || raced_.contains(variable)) continue;
      std::vector<Access> accesses;
      for (std::size_t i = 0; i < program_.slots.size(); ++i) AddAccess(state, static_cast<int>(i), variable, accesses);
      NoteRace(at, variable, accesses);
    }
  }

  void AddAccess(const Word* state, int slot, int variable, std::vector<Access>& accesses) const {
    if (!transitions_.HasStarted(state, slot)) return;
    const LockProgram::Op& op = *transitions_.ActionOf(state, slot).op;
    const bool writes = op.code == Code::kAssign && op.number == variable;
    const bool tests = op.code == Code::kAwait || op.code == Code::kJumpUnless;
    const bool reads = (op.code == Code::kAssign && op.expression.variable == variable) ||
                       (tests && (op.condition.variable == variable || op.condition.right.variable == variable));
    if (reads || writes) accesses.push_back({slot, writes});
  }

  void NoteRace(Number at, int variable, const std::vector<Access>& accesses) {
    for (const Access& first : accesses) {
      for (const Access& second : accesses) {
        if (first.slot == second.slot || (!first.writes && !second.writes)) continue;
        if (!AddRace(at, variable, first.slot, second.slot)) continue;
        raced_.insert(variable);
        return;
      }
    }
  }

  // If `first` can go on.  Where `second` cannot go on then, it is an await that looks at the variable all the time.
  bool AddRace(Number at, int variable, int first, int second) {
    StepBuffer one(program_.words);
    transitions_.Of(graph_.table.At(at), first, one);
    if (one.size() == 0) return false;
    StepBuffer two(program_.words);
    transitions_.Of(one.state(0), second, two);
    SlotStep looks = transitions_.StepOf(second, transitions_.ActionOf(one.state(0), second), StepResult::kDone);
    ProgramFailure race;
    race.variable = variable;
    race.schedule = two.size() == 0 ? ScheduleTo(at, {one.step(0)}) : ScheduleTo(at, {one.step(0), looks});
    RunnerNumbers numbers(program_, transitions_);
    race.accesses = {numbers.ToProgram(one.step(0)), numbers.ToProgram(looks)};
    result_.races.push_back(std::move(race));
    return true;
  }

  void Finish() {
    ExploreStatistics& statistics = result_.statistics;
    statistics.states = graph_.table.size();
    statistics.memory_bytes = graph_.memory_bytes();
    statistics.time = Clock::now() - start_;
    statistics.reduced = stubborn_sets_.has_value();
    statistics.exhausted = gave_up_.empty();
    statistics.gave_up = gave_up_;
  }

  const PackedProgram& program_;
  const SearchOptions& options_;
  Transitions transitions_;
  std::optional<StubbornSets> stubborn_sets_;
  StateGraph graph_;
  StepBuffer buffer_;
  const bool loops_;
  const bool watches_races_;
  const std::uint64_t memory_max_ = MemoryMax();
  Clock::time_point start_;
  Clock::time_point last_progress_;
  Number last_ = 0;  // the state met last
  std::string gave_up_;
  SearchResult result_;
  absl::flat_hash_map<StuckSlots, std::size_t> hang_of_;
  std::set<std::pair<int, int>> failed_;
  std::set<int> raced_;
};

}  // namespace

SearchResult SearchSchedules(const LockProgram& program, const SearchOptions& options) {
  const PackedProgram packed(program);
  if (!packed.impossible.empty()) {
    SearchResult result;
    result.statistics.gave_up = packed.impossible;
    return result;
  }
  return Search(packed, options).Run();
}

}  // namespace lockdep
