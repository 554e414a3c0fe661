#include "tests/reference/script_schedules.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace lockdep::reference {
namespace {

using Code = LockProgram::Code;
using Op = LockProgram::Op;

enum class Waiting { kNo, kAnnounced, kAsleep, kWoken, kWokenAnnounced, kSyncing };

struct Held {
  int lock = 0;
  Mode mode = Mode::kExclusive;
  friend auto operator<=>(const Held&, const Held&) = default;
};

struct RunnerState {
  int thread = 0;
  int copy = 0;
  int op = 0;
  Waiting waiting = Waiting::kNo;
  Mode retake = Mode::kExclusive;  // of a condition wait
  std::vector<Held> held;          // oldest first
  std::map<int, int> left_out;     // unlocks, by lock
  std::vector<std::int64_t> counters;
  friend auto operator<=>(const RunnerState&, const RunnerState&) = default;
};

using Name = std::pair<int, int>;  // thread, copy

struct State {
  std::map<Name, RunnerState> runners;
  std::vector<std::int64_t> variables;
  std::vector<std::pair<int, bool>> completions;   // done, for all
  std::set<std::tuple<int, Name, Name>> sections;  // lock, who syncs, whose section
  friend auto operator<=>(const State&, const State&) = default;
};

struct Edge {
  std::size_t to = 0;
  Name mover;
  bool free = false;  // a choice
};

bool IsIn(int lock, const std::vector<Held>& held) {
  return std::any_of(held.begin(), held.end(), [lock](const Held& each) { return each.lock == lock; });
}

class Explorer {
 public:
  Explorer(const LockProgram& program, std::size_t states_max) : program_(program), states_max_(states_max) {}

  ProgramExploration Run() {
    State first;
    for (const auto& variable : program_.variables) first.variables.push_back(variable.value);
    first.completions.resize(static_cast<std::size_t>(program_.completion_count));
    for (std::size_t t = 0; t < program_.threads.size(); ++t) {
      if (!program_.threads[t].spawned) Start(first, static_cast<int>(t));
    }
    NumberOf(first);
    for (std::size_t i = 0; i < states_.size() && result_.exhausted; ++i) {
      const State state = *states_[i];
      at_ = i;
      edges_.emplace_back();
      awakenings_.emplace_back();
      for (const auto& [name, runner] : state.runners) Steps(state, name, runner);
      NoteRaces(state);
      result_.exhausted = states_.size() <= states_max_;
    }
    result_.states = states_.size();
    if (result_.exhausted) FindHangs();
    return std::move(result_);
  }

 private:
  const std::vector<Op>& OpsOf(const RunnerState& runner) const {
    return program_.threads[static_cast<std::size_t>(runner.thread)].ops;
  }
  const Op& OpOf(const RunnerState& runner) const { return OpsOf(runner)[static_cast<std::size_t>(runner.op)]; }
  LockType TypeOf(int lock) const { return program_.locks[static_cast<std::size_t>(lock)].type; }
  bool HasEnded(const RunnerState& runner) const { return OpOf(runner).code == Code::kEnd; }

  std::size_t NumberOf(const State& state) {
    const auto [entry, is_new] = numbers_.insert({state, states_.size()});
    if (is_new) states_.push_back(&entry->first);
    return entry->second;
  }

  void Start(State& state, int thread) {
    const LockProgram::Thread& started = program_.threads[static_cast<std::size_t>(thread)];
    int copy = 0;
    while (state.runners.contains({thread, copy})) ++copy;
    for (int i = 0; i < started.count; ++i, ++copy) {
      RunnerState runner;
      runner.thread = thread;
      runner.copy = copy;
      runner.counters.assign(static_cast<std::size_t>(started.counters), 0);
      state.runners[{thread, copy}] = runner;
    }
  }

  // --- Blocking rules -------------------------------------------------------------------------------

  bool HasQueue(int lock) const {
    const LockType type = TypeOf(lock);
    return type == LockType::kRwSem || type == LockType::kRwLock || type == LockType::kPercpuRwSem;
  }

  bool HoldsAllow(const State& state, const Name& me, int lock, Mode mode) const {
    const LockType type = TypeOf(lock);
    if (type == LockType::kRcu || type == LockType::kSrcu) return true;
    for (const auto& [name, runner] : state.runners) {
      if (type == LockType::kRecursiveMutex && name == me) continue;
      if (type == LockType::kLocal && name != me) continue;
      for (const Held& held : runner.held) {
        if (held.lock == lock && (mode == Mode::kExclusive || held.mode == Mode::kExclusive)) return false;
      }
    }
    return true;
  }

  bool WriterWaits(const State& state, const Name& me, int lock) const {
    for (const auto& [name, runner] : state.runners) {
      const bool waits = runner.waiting == Waiting::kAnnounced || runner.waiting == Waiting::kWokenAnnounced;
      if (name != me && waits && OpOf(runner).lock == lock) return true;
    }
    return false;
  }

  bool CanGet(const State& state, const Name& me, int lock, Mode mode) const {
    if (!HoldsAllow(state, me, lock, mode)) return false;
    return mode != Mode::kShared || !HasQueue(lock) || !WriterWaits(state, me, lock);
  }

  // --- Steps ----------------------------------------------------------------------------------------

  // Adds what `change` makes of the state and of the runner in it.
  template <typename Change>
  void Add(const State& state, const Name& me, bool by_itself, const Change& change) {
    State next = state;
    change(next, next.runners.at(me));
    const Op& op = OpOf(state.runners.at(me));
    const bool free = op.code == Code::kChoose || op.free_choice;
    (by_itself ? awakenings_ : edges_)[at_].push_back({NumberOf(next), me, free});
  }

  void GoOn(const State& state, const Name& me, int to) {
    Add(state, me, false, [to](State&, RunnerState& runner) { runner.op = to; });
  }

  void Steps(const State& state, const Name& me, const RunnerState& runner) {
    const Op& op = OpOf(runner);
    const int next = runner.op + 1;
    switch (op.code) {
      case Code::kTake: return Take(state, me, runner, op.mode, op.kind);
      case Code::kUnlock: return Unlock(state, me, op);
      case Code::kDowngrade: return Downgrade(state, me, op);
      case Code::kSync: return Sync(state, me, runner);
      case Code::kInit:
      case Code::kDestroy: return EndLife(state, me, op);
      case Code::kAssert: NoteAssertion(state, runner, op); return GoOn(state, me, next);
      case Code::kAssign:
        return Add(state, me, false, [&](State& changed, RunnerState& mover) {
          changed.variables[static_cast<std::size_t>(op.number)] = ValueOf(state, op.expression);
          ++mover.op;
        });
      case Code::kAwait:
        if (Holds(state, op.condition)) GoOn(state, me, next);
        return;
      case Code::kJumpUnless: return GoOn(state, me, Holds(state, op.condition) ? next : op.target);
      case Code::kJump: return GoOn(state, me, op.target);
      case Code::kChoose: GoOn(state, me, next); return GoOn(state, me, op.target);
      case Code::kCountStart:
      case Code::kCountNext: return Count(state, me, runner);
      case Code::kWait: return Wait(state, me, runner);
      case Code::kSignal:
      case Code::kBroadcast: return Wake(state, me, op);
      case Code::kWaitFor:
      case Code::kComplete:
      case Code::kCompleteAll: return Completion(state, me, op);
      case Code::kSpawn:
        return Add(state, me, false, [&](State& changed, RunnerState& mover) {
          ++mover.op;
          Start(changed, op.number);
        });
      case Code::kJoin:
        if (CanJoin(state, op.number)) GoOn(state, me, next);
        return;
      case Code::kYield: return GoOn(state, me, next);
      case Code::kEnd: return;
    }
  }

  void Take(const State& state, const Name& me, const RunnerState& runner, Mode mode, Kind kind) {
    const Op& op = OpOf(runner);
    const bool can = CanGet(state, me, op.lock, mode);
    const bool announced = runner.waiting == Waiting::kAnnounced || runner.waiting == Waiting::kWokenAnnounced;
    const bool announces = kind != Kind::kTrylock && mode == Mode::kExclusive && HasQueue(op.lock) && !announced &&
                           (!can || TypeOf(op.lock) == LockType::kPercpuRwSem);
    if (announces) {
      Add(state, me, false, [](State&, RunnerState& mover) {
        mover.waiting = mover.waiting == Waiting::kWoken ? Waiting::kWokenAnnounced : Waiting::kAnnounced;
      });
    }
    const bool gets = can || (kind == Kind::kTrylock && HoldsAllow(state, me, op.lock, mode));
    if (gets && !announces) {
      Add(state, me, false, [&](State&, RunnerState& mover) {
        mover.held.push_back({op.lock, mode});
        mover.left_out.erase(op.lock);
        mover.waiting = Waiting::kNo;
        mover.retake = Mode::kExclusive;
        ++mover.op;
      });
    }
    if (kind != Kind::kBlocking && (!can || op.free_choice)) {
      Add(state, me, false, [&](State&, RunnerState& mover) {
        mover.waiting = Waiting::kNo;
        // Where it does not hold the lock, an unlock does nothing anyway.
        if (op.target == LockProgram::kNone && IsIn(op.lock, mover.held)) ++mover.left_out[op.lock];
        mover.op = op.target == LockProgram::kNone ? mover.op + 1 : op.target;
      });
    }
  }

  static void Release(State& state, const Name& me, int lock) {
    RunnerState& runner = state.runners.at(me);
    const auto latest =
        std::find_if(runner.held.rbegin(), runner.held.rend(), [lock](const Held& held) { return held.lock == lock; });
    if (latest == runner.held.rend()) return;
    runner.held.erase(std::next(latest).base());
    if (IsIn(lock, runner.held)) return;
    runner.left_out.erase(lock);
    std::erase_if(state.sections,
                  [&](const auto& section) { return std::get<0>(section) == lock && std::get<2>(section) == me; });
  }

  void Unlock(const State& state, const Name& me, const Op& op) {
    Add(state, me, false, [&](State& changed, RunnerState& mover) {
      ++mover.op;
      const auto left_out = mover.left_out.find(op.lock);
      if (left_out == mover.left_out.end()) return Release(changed, me, op.lock);
      if (--left_out->second == 0) mover.left_out.erase(left_out);
    });
  }

  void Downgrade(const State& state, const Name& me, const Op& op) {
    Add(state, me, false, [&](State&, RunnerState& mover) {
      ++mover.op;
      for (auto held = mover.held.rbegin(); held != mover.held.rend(); ++held) {
        if (held->lock != op.lock || held->mode != Mode::kExclusive) continue;
        held->mode = Mode::kShared;
        return;
      }
    });
  }

  void Sync(const State& state, const Name& me, const RunnerState& runner) {
    const Op& op = OpOf(runner);
    const auto is_mine = [&](const auto& section) {
      return std::get<0>(section) == op.lock && std::get<1>(section) == me;
    };
    if (runner.waiting == Waiting::kSyncing) {
      if (std::any_of(state.sections.begin(), state.sections.end(), is_mine)) return;
      return Add(state, me, false, [](State&, RunnerState& mover) {
        mover.waiting = Waiting::kNo;
        ++mover.op;
      });
    }
    Add(state, me, false, [&](State& changed, RunnerState& mover) {
      bool any = false;
      for (const auto& [name, other] : state.runners) {
        if (!IsIn(op.lock, other.held)) continue;
        changed.sections.insert({op.lock, me, name});
        any = true;
      }
      if (any) {
        mover.waiting = Waiting::kSyncing;
      } else {
        ++mover.op;
      }
    });
  }

  void EndLife(const State& state, const Name& me, const Op& op) {
    Add(state, me, false, [&](State& changed, RunnerState& mover) {
      ++mover.op;
      for (auto& [name, other] : changed.runners) {
        std::erase_if(other.held, [&](const Held& held) { return held.lock == op.lock; });
        other.left_out.erase(op.lock);
      }
      std::erase_if(changed.sections, [&](const auto& section) { return std::get<0>(section) == op.lock; });
    });
  }

  void Count(const State& state, const Name& me, const RunnerState& runner) {
    const Op& op = OpOf(runner);
    Add(state, me, false, [&](State&, RunnerState& mover) {
      std::int64_t& counter = mover.counters[static_cast<std::size_t>(op.number)];
      bool jumps;
      if (op.code == Code::kCountStart) {
        counter = op.count;
        jumps = counter == 0;
      } else {
        counter = std::max<std::int64_t>(counter - 1, 0);
        jumps = counter > 0;
      }
      mover.op = jumps ? op.target : mover.op + 1;
    });
  }

  void Wait(const State& state, const Name& me, const RunnerState& runner) {
    const Op& op = OpOf(runner);
    switch (runner.waiting) {
      case Waiting::kAsleep:
        return Add(state, me, true, [](State&, RunnerState& mover) { mover.waiting = Waiting::kWoken; });
      case Waiting::kWoken:
      case Waiting::kWokenAnnounced: return Take(state, me, runner, runner.retake, Kind::kBlocking);
      default: break;
    }
    Add(state, me, false, [&](State& changed, RunnerState& mover) {
      for (const Held& held : mover.held) {
        if (held.lock == op.lock) mover.retake = held.mode;
      }
      mover.waiting = Waiting::kAsleep;
      Release(changed, me, op.lock);
    });
  }

  void Wake(const State& state, const Name& me, const Op& op) {
    std::vector<Name> sleepers;
    for (const auto& [name, runner] : state.runners) {
      if (runner.waiting == Waiting::kAsleep && OpOf(runner).number == op.number) sleepers.push_back(name);
    }
    if (op.code == Code::kBroadcast || sleepers.empty()) {
      return Add(state, me, false, [&](State& changed, RunnerState& mover) {
        ++mover.op;
        for (const Name& name : sleepers) changed.runners.at(name).waiting = Waiting::kWoken;
      });
    }
    for (const Name& name : sleepers) {
      Add(state, me, false, [&](State& changed, RunnerState& mover) {
        ++mover.op;
        changed.runners.at(name).waiting = Waiting::kWoken;
      });
    }
  }

  void Completion(const State& state, const Name& me, const Op& op) {
    const auto index = static_cast<std::size_t>(op.number);
    const auto [done, for_all] = state.completions[index];
    if (op.code == Code::kWaitFor) {
      if (op.free_choice) GoOn(state, me, state.runners.at(me).op + 1);
      if (done == 0 && !for_all) return;
    }
    Add(state, me, false, [&, all = for_all](State& changed, RunnerState& mover) {
      ++mover.op;
      if (all) return;
      if (op.code == Code::kWaitFor) --changed.completions[index].first;
      if (op.code == Code::kComplete) ++changed.completions[index].first;
      if (op.code == Code::kCompleteAll) changed.completions[index] = {0, true};
    });
  }

  bool CanJoin(const State& state, int thread) const {
    bool any = false;
    for (const auto& [name, runner] : state.runners) {
      if (runner.thread != thread) continue;
      any = true;
      if (!HasEnded(runner)) return false;
    }
    return any;
  }

  static std::int64_t ValueOf(const State& state, const LockProgram::Expression& expression) {
    if (expression.variable == LockProgram::kNone) return expression.offset;
    return state.variables[static_cast<std::size_t>(expression.variable)] + expression.offset;
  }

  static bool Holds(const State& state, const LockProgram::Condition& condition) {
    const std::int64_t left = state.variables[static_cast<std::size_t>(condition.variable)];
    const std::int64_t right = ValueOf(state, condition.right);
    switch (condition.comparison) {
      case LockProgram::Comparison::kEqual: return left == right;
      case LockProgram::Comparison::kNotEqual: return left != right;
      case LockProgram::Comparison::kLess: return left < right;
      case LockProgram::Comparison::kLessEqual: return left <= right;
      case LockProgram::Comparison::kGreater: return left > right;
      case LockProgram::Comparison::kGreaterEqual: return left >= right;
    }
    return false;
  }

  // --- Failures and races ---------------------------------------------------------------------------

  void NoteAssertion(const State& state, const RunnerState& runner, const Op& op) {
    bool exclusively = false;
    for (const Held& held : runner.held) {
      exclusively = exclusively || (held.lock == op.lock && held.mode == Mode::kExclusive);
    }
    const bool holds = IsIn(op.lock, runner.held);
    const bool fine = op.lock == LockProgram::kNone                         ? Holds(state, op.condition)
                      : op.assertion == LockProgram::Assertion::kHeld       ? holds
                      : op.assertion == LockProgram::Assertion::kHeldShared ? holds && !exclusively
                                                                            : !holds;
    if (!fine) result_.failures.insert({runner.thread, runner.op});
  }

  void NoteRaces(const State& state) {
    for (std::size_t v = 0; v < program_.variables.size(); ++v) {
      const int variable = static_cast<int>(v);
      if (!program_.variables[v].plain) continue;
      int readers = 0;
      int writers = 0;
      for (const auto& [name, runner] : state.runners) {
        const Op& op = OpOf(runner);
        const bool tests = op.code == Code::kAwait || op.code == Code::kJumpUnless ||
                           (op.code == Code::kAssert && op.lock == LockProgram::kNone);
        if (op.code == Code::kAssign && op.number == variable) {
          ++writers;
        } else if ((op.code == Code::kAssign && op.expression.variable == variable) ||
                   (tests && (op.condition.variable == variable || op.condition.right.variable == variable))) {
          ++readers;
        }
      }
      if (writers > 1 || (writers == 1 && readers > 0)) result_.races.insert(variable);
    }
  }

  // --- Hangs ----------------------------------------------------------------------------------------

  using Matrix = std::vector<std::vector<bool>>;

  // Which of the states within each one reaches through them, itself included.
  Matrix Reached(const std::vector<bool>& within) const {
    Matrix reached(states_.size(), std::vector<bool>(states_.size(), false));
    for (std::size_t from = 0; from < states_.size(); ++from) {
      if (!within[from]) continue;
      std::vector<std::size_t> open = {from};
      reached[from][from] = true;
      while (!open.empty()) {
        const std::size_t at = open.back();
        open.pop_back();
        for (const Edge& edge : edges_[at]) {
          if (reached[from][edge.to] || !within[edge.to]) continue;
          reached[from][edge.to] = true;
          open.push_back(edge.to);
        }
      }
    }
    return reached;
  }

  void FindHangs() {
    const Matrix reached = Reached(std::vector<bool>(states_.size(), true));
    const std::vector<int> switches = Switches();
    std::vector<bool> good(states_.size());
    std::vector<bool> fine(states_.size(), false);
    for (std::size_t s = 0; s < states_.size(); ++s) good[s] = Unhappy(reached, s).empty();
    for (std::size_t s = 0; s < states_.size(); ++s) {
      bool comes_back = true;
      for (std::size_t t = 0; t < states_.size(); ++t) {
        if (!reached[s][t]) continue;
        fine[s] = fine[s] || good[t];
        comes_back = comes_back && reached[t][s];
      }
      if (fine[s] || !comes_back) continue;
      const auto [hang, is_new] = result_.hangs.insert({Unhappy(reached, s), switches[s]});
      hang->second = std::min(hang->second, switches[s]);
    }
    FindLivelock(fine);
  }

  // Of each state, how often at least another runner goes on than before until it is reached.
  std::vector<int> Switches() const {
    std::vector<int> least(states_.size(), -1);
    std::map<std::pair<std::size_t, Name>, int> costs;
    using Node = std::tuple<int, std::size_t, Name>;
    std::set<Node> open = {{-1, 0, Name{-1, -1}}};
    while (!open.empty()) {
      const auto [cost, at, last] = *open.begin();
      open.erase(open.begin());
      if (!costs.insert({{at, last}, cost}).second) continue;
      if (least[at] < 0) least[at] = std::max(cost, 0);
      for (const auto* edges : {&edges_[at], &awakenings_[at]}) {
        for (const Edge& edge : *edges) open.insert({cost + (edge.mover == last ? 0 : 1), edge.to, edge.mover});
      }
    }
    return least;
  }

  // Takes away the states from which a component would be left, until nothing changes.
  void FindLivelock(std::vector<bool> within) {
    for (bool changed = true; changed && !result_.livelock;) {
      changed = false;
      const Matrix reached = Reached(within);
      std::vector<bool> next = within;
      for (std::size_t s = 0; s < states_.size(); ++s) {
        if (!within[s]) continue;
        const std::set<Name> movers = Movers(reached, s);
        bool lasts = !movers.empty();
        for (std::size_t t = 0; t < states_.size(); ++t) {
          if (!reached[s][t] || !reached[t][s]) continue;
          for (const Edge& edge : edges_[t]) {
            const bool leaves = edge.free && !(reached[s][edge.to] && reached[edge.to][s]);
            if (movers.contains(edge.mover) && !leaves) continue;
            lasts = false;
            if (t == s) next[s] = false;
          }
        }
        if (movers.empty()) next[s] = false;
        const auto serves = [&](const Name& name) { return IsInEndlessLoop(states_[s]->runners.at(name)); };
        const auto strangers =
            std::count_if(movers.begin(), movers.end(), [&](const Name& name) { return !serves(name); });
        result_.livelock = result_.livelock || (lasts && strangers >= 2);
      }
      changed = next != within;
      within = next;
    }
  }

  // Who takes steps on the cycles through the state.
  std::set<Name> Movers(const Matrix& reached, std::size_t s) const {
    std::set<Name> movers;
    for (std::size_t t = 0; t < states_.size(); ++t) {
      if (!reached[s][t] || !reached[t][s]) continue;
      for (const Edge& edge : edges_[t]) {
        if (reached[s][edge.to] && reached[edge.to][s]) movers.insert(edge.mover);
      }
    }
    return movers;
  }

  // Who has neither ended nor comes back to the head of its endless loop on the cycles through the state.
  StuckSet Unhappy(const Matrix& reached, std::size_t s) const {
    const std::set<Name> movers = Movers(reached, s);
    std::set<Name> heads;
    for (std::size_t t = 0; t < states_.size(); ++t) {
      if (!reached[s][t] || !reached[t][s]) continue;
      for (const auto& [name, runner] : states_[t]->runners) {
        if (IsHead(runner)) heads.insert(name);
      }
    }
    StuckSet stuck;
    for (const auto& [name, runner] : states_[s]->runners) {
      if (HasEnded(runner) || (movers.contains(name) && heads.contains(name))) continue;
      stuck.push_back({runner.thread, runner.copy, movers.contains(name) ? -1 : runner.op});
    }
    return stuck;
  }

  std::vector<int> NextOps(const std::vector<Op>& ops, int at) const {
    const Op& op = ops[static_cast<std::size_t>(at)];
    if (op.code == Code::kEnd) return {};
    if (op.code == Code::kJump) return {op.target};
    if (op.code == Code::kCountStart) return {op.count == 0 ? op.target : at + 1};
    const bool may_jump = op.code == Code::kJumpUnless || op.code == Code::kChoose || op.code == Code::kCountNext ||
                          (op.code == Code::kTake && op.kind != Kind::kBlocking && op.target != LockProgram::kNone);
    return may_jump ? std::vector<int>{at + 1, op.target} : std::vector<int>{at + 1};
  }

  std::set<int> OpsAfter(const std::vector<Op>& ops, int at) const {
    std::set<int> reached;
    std::vector<int> open = NextOps(ops, at);
    while (!open.empty()) {
      const int op = open.back();
      open.pop_back();
      if (!reached.insert(op).second) continue;
      for (const int next : NextOps(ops, op)) open.push_back(next);
    }
    return reached;
  }

  bool IsHead(const RunnerState& runner) const { return HeadOf(runner) == runner.op; }
  bool IsInEndlessLoop(const RunnerState& runner) const { return HeadOf(runner) >= 0; }

  int HeadOf(const RunnerState& runner) const {
    const auto [entry, is_new] = heads_.insert({{runner.thread, runner.op}, -1});
    if (is_new) entry->second = FindHead(OpsOf(runner), runner.op);
    return entry->second;
  }

  // The first operation of the loop around `at` if it has no end and no way out to behind it, and does something.
  int FindHead(const std::vector<Op>& ops, int at) const {
    const std::set<int> after = OpsAfter(ops, at);
    if (!after.contains(at)) return -1;
    std::set<int> loop;
    for (const int op : after) {
      if (ops[static_cast<std::size_t>(op)].code == Code::kEnd) return -1;
      if (OpsAfter(ops, op).contains(at)) loop.insert(op);
    }
    bool works = false;
    for (const int op : loop) {
      const Code code = ops[static_cast<std::size_t>(op)].code;
      works = works ||
              (code != Code::kJump && code != Code::kYield && code != Code::kCountStart && code != Code::kCountNext);
      for (const int next : NextOps(ops, op)) {
        if (next > *loop.rbegin()) return -1;
      }
    }
    return works ? *loop.begin() : -1;
  }

  const LockProgram& program_;
  const std::size_t states_max_;
  std::map<State, std::size_t> numbers_;
  std::vector<const State*> states_;
  std::vector<std::vector<Edge>> edges_;
  std::vector<std::vector<Edge>> awakenings_;
  std::size_t at_ = 0;
  mutable std::map<std::pair<int, int>, int> heads_;  // by thread and operation
  ProgramExploration result_;
};

}  // namespace

ProgramExploration ExploreProgram(const LockProgram& program, std::size_t states_max) {
  return Explorer(program, states_max).Run();
}

std::string Describe(const LockProgram& program, const StuckSet& stuck) {
  std::string text;
  for (const StuckRunner& runner : stuck) {
    if (!text.empty()) text += " ";
    text += program.threads[static_cast<std::size_t>(runner.thread)].name;
    if (runner.copy > 0) text += "." + std::to_string(runner.copy);
    text += runner.op < 0 ? " moves" : "@" + std::to_string(runner.op);
  }
  return text;
}

}  // namespace lockdep::reference
