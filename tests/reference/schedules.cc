#include "tests/reference/schedules.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace lockdep::reference {
namespace {

struct ThreadState {
  std::size_t next = 0;    // operation
  bool announced = false;  // waits as a writer for the lock of operation `next`
  bool giving_up = false;  // releases all, then has ended
  std::vector<Hold> held;
};

using State = std::vector<ThreadState>;

struct Edge {
  State state;
  std::string step;
};

class Explorer {
 public:
  Explorer(const Program& program, std::size_t states_max) : program_(program), states_max_(states_max) {
    for (int t = 0; t < static_cast<int>(program.threads.size()); ++t) {
      for (int copy = 0; copy < program.threads[t].count; ++copy) who_.push_back({t, copy});
    }
  }

  Exploration Run() {
    Visit(State(who_.size()), -1, "");
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (states_.size() > states_max_) {
        result_.exhausted = false;
        break;
      }
      const State state = states_[i];
      const std::vector<Edge> edges = Successors(state);
      for (const Edge& edge : edges) Visit(edge.state, static_cast<int>(i), edge.step);
      const bool all_ended = std::all_of(state.begin(), state.end(), [this, &state](const ThreadState& thread) {
        return Ended(state, &thread - state.data());
      });
      if (edges.empty() && !all_ended) NoteHang(state, static_cast<int>(i));
    }
    result_.states = states_.size();
    return std::move(result_);
  }

 private:
  struct Who {
    int thread = 0;
    int copy = 0;
  };

  const Thread& ThreadOf(std::size_t i) const { return program_.threads[who_[i].thread]; }

  bool Ended(const State& state, std::size_t i) const {
    const bool no_more = state[i].giving_up || state[i].next == ThreadOf(i).ops.size();
    return no_more && state[i].held.empty();
  }

  static std::string Encode(const State& state) {
    std::string key;
    for (const ThreadState& thread : state) {
      key.push_back(static_cast<char>(thread.next));
      key.push_back(static_cast<char>((thread.announced ? 1 : 0) + (thread.giving_up ? 2 : 0)));
      for (const Hold& hold : thread.held) {
        key.push_back(static_cast<char>(hold.lock + 1));
        key.push_back(static_cast<char>(static_cast<int>(hold.mode) + 4 * hold.subclass));
      }
      key.push_back('\0');
    }
    return key;
  }

  void Visit(const State& state, int parent, const std::string& step) {
    if (!known_.insert(Encode(state)).second) return;
    states_.push_back(state);
    came_from_.push_back({parent, step});
  }

  // --- Blocking rules ------------------------------------------------------------------------------------------

  static bool SomeoneHolds(const State& state, int lock, bool exclusively) {
    for (const ThreadState& thread : state) {
      for (const Hold& hold : thread.held) {
        if (hold.lock == lock && (!exclusively || hold.mode == Mode::kExclusive)) return true;
      }
    }
    return false;
  }

  bool WriterWaits(const State& state, int lock) const {
    for (std::size_t i = 0; i < state.size(); ++i) {
      if (state[i].announced && ThreadOf(i).ops[state[i].next].lock == lock) return true;
    }
    return false;
  }

  bool CanGet(const State& state, const Op& op) const {
    if (op.mode == Mode::kExclusive) return !SomeoneHolds(state, op.lock, false);
    if (SomeoneHolds(state, op.lock, true)) return false;
    return op.mode == Mode::kRecursiveShared || op.kind == Kind::kTrylock || !WriterWaits(state, op.lock);
  }

  bool CanFail(const State& state, const Op& op) const {
    if (op.kind == Kind::kBlocking) return false;
    if (op.kind == Kind::kTimed || !CanGet(state, op)) return true;
    return op.mode == Mode::kShared && WriterWaits(state, op.lock);
  }

  // --- Steps ---------------------------------------------------------------------------------------------------

  std::vector<Edge> Successors(const State& state) const {
    std::vector<Edge> edges;
    for (std::size_t i = 0; i < state.size(); ++i) {
      const ThreadState& thread = state[i];
      if (thread.giving_up || thread.next == ThreadOf(i).ops.size()) {
        if (!thread.held.empty()) AddRelease(state, i, static_cast<int>(thread.held.size()) - 1, false, edges);
        continue;
      }
      const Op& op = ThreadOf(i).ops[thread.next];
      if (op.op == OpKind::kAcquire) {
        AddAcquire(state, i, op, edges);
      } else {
        AddOwnChange(state, i, op, edges);
      }
    }
    return edges;
  }

  void AddAcquire(const State& state, std::size_t i, const Op& op, std::vector<Edge>& edges) const {
    const LockType type = program_.locks[op.lock].type;
    const bool announces = op.mode == Mode::kExclusive && op.kind != Kind::kTrylock && type != LockType::kMutex &&
                           !state[i].announced && (!CanGet(state, op) || type == LockType::kPercpuRwSem);
    if (announces) {
      Edge edge{state, Name(i) + ": announces a write of " + program_.locks[op.lock].name};
      edge.state[i].announced = true;
      edges.push_back(std::move(edge));
      return;
    }
    if (CanGet(state, op)) {
      Edge edge{state, Name(i) + ": gets " + program_.locks[op.lock].name};
      edge.state[i].held.push_back({op.lock, op.mode, op.kind, op.subclass});
      edge.state[i].announced = false;
      ++edge.state[i].next;
      edges.push_back(std::move(edge));
    }
    if (CanFail(state, op)) {
      Edge edge{state, Name(i) + ": does not get " + program_.locks[op.lock].name};
      edge.state[i].announced = false;
      if (op.on_failure == OnFailure::kGoOn) {
        ++edge.state[i].next;
      } else {
        edge.state[i].giving_up = true;
      }
      edges.push_back(std::move(edge));
    }
  }

  void AddRelease(const State& state, std::size_t i, int hold, bool by_operation, std::vector<Edge>& edges) const {
    Edge edge{state, Name(i) + ": releases " + program_.locks[state[i].held[hold].lock].name};
    edge.state[i].held.erase(edge.state[i].held.begin() + hold);
    if (by_operation) ++edge.state[i].next;
    edges.push_back(std::move(edge));
  }

  void AddOwnChange(const State& state, std::size_t i, const Op& op, std::vector<Edge>& edges) const {
    const int hold = YoungestHold(state[i].held, op.lock);
    if (hold >= 0 && op.op == OpKind::kRelease) {
      AddRelease(state, i, hold, true, edges);
      return;
    }
    Edge edge{state, Name(i) + (hold < 0 ? ": skips " : ": downgrades ") + program_.locks[op.lock].name};
    if (hold >= 0) edge.state[i].held[hold].mode = Mode::kShared;
    ++edge.state[i].next;
    edges.push_back(std::move(edge));
  }

  std::string Name(std::size_t i) const {
    return "t" + std::to_string(who_[i].thread) + (ThreadOf(i).count > 1 ? "." + std::to_string(who_[i].copy) : "");
  }

  // --- Hangs ---------------------------------------------------------------------------------------------------

  void NoteHang(const State& state, int at) {
    ++result_.hangs;
    for (std::size_t i = 0; i < state.size(); ++i) {
      if (Ended(state, i)) continue;
      for (const Hold& hold : state[i].held) {
        WaitCycle path = {LinkOf(state, i, hold)};
        ExtendCycle(state, path, at);
      }
    }
  }

  WaitLink LinkOf(const State& state, std::size_t i, const Hold& hold) const {
    const Op& op = ThreadOf(i).ops[state[i].next];
    return {who_[i].thread, who_[i].copy, hold.lock, hold.subclass, hold.mode, op.lock, op.subclass, op.mode};
  }

  // In a hang every thread that has not ended waits, and every holder of what it waits for is in its way: directly,
  // or because a waiting writer is.
  void ExtendCycle(const State& state, WaitCycle& path, int at) {
    if (path.back().wanted == path.front().held) {
      const auto [entry, is_new] = result_.cycles.insert({path, {}});
      if (is_new) entry->second = ScheduleTo(at);
      return;
    }
    for (std::size_t i = 0; i < state.size(); ++i) {
      for (const Hold& hold : state[i].held) {
        if (hold.lock != path.back().wanted) continue;
        const WaitLink link = LinkOf(state, i, hold);
        const bool fits =
            link.held > path.front().held && std::none_of(path.begin(), path.end(), [&](const WaitLink& l) {
              return l.held == link.held || (l.thread == link.thread && l.copy == link.copy);
            });
        if (!fits) continue;
        path.push_back(link);
        ExtendCycle(state, path, at);
        path.pop_back();
      }
    }
  }

  std::vector<std::string> ScheduleTo(int at) const {
    std::vector<std::string> steps;
    for (; came_from_[at].first >= 0; at = came_from_[at].first) steps.push_back(came_from_[at].second);
    std::reverse(steps.begin(), steps.end());
    return steps;
  }

  const Program& program_;
  const std::size_t states_max_;
  std::vector<Who> who_;
  std::unordered_set<std::string> known_;
  std::vector<State> states_;
  std::vector<std::pair<int, std::string>> came_from_;  // state and step, per state
  Exploration result_;
};

}  // namespace

Exploration Explore(const Program& program, std::size_t states_max) { return Explorer(program, states_max).Run(); }

std::string Describe(const Program& program, const WaitCycle& cycle) {
  std::string text;
  for (const WaitLink& link : cycle) {
    if (!text.empty()) text += ", ";
    text += "t" + std::to_string(link.thread);
    if (program.threads[link.thread].count > 1) text += "." + std::to_string(link.copy);
    text += ": " + program.locks[link.held].name + " -> " + program.locks[link.wanted].name;
  }
  return text;
}

}  // namespace lockdep::reference
