#include "lockdep/blocking_rules.h"

#include <algorithm>

#include "lockdep/check.h"

namespace lockdep {
namespace {

// The table of the header.
constexpr BlockingRules kExclusiveOnly{};
constexpr BlockingRules kRecursiveMutex{.reentrant = true};
constexpr BlockingRules kRwSem{.shared = true, .readers_queue = true, .downgrade = true};
constexpr BlockingRules kPercpuRwSem{
    .shared = true, .readers_queue = true, .downgrade = true, .announces_always = true};
constexpr BlockingRules kRwLock{.shared = true, .readers_queue = true, .readers_recursive = true, .downgrade = true};
constexpr BlockingRules kSections{
    .exclusive = false, .shared = true, .readers_recursive = true, .sections = true, .sync = true};
constexpr BlockingRules kLocal{.own_copy = true};
constexpr BlockingRules kPseudo{.shared = true, .readers_recursive = true, .sync = true, .downgrade = true};
constexpr BlockingRules kNothing{.exclusive = false};

template <typename Vector>
bool Contains(const Vector& values, Runner runner) {
  return std::find(values.begin(), values.end(), runner) != values.end();
}

template <typename Vector>
void Remove(Vector& values, Runner runner) {
  values.erase(std::remove(values.begin(), values.end(), runner), values.end());
}

// The section of `runner` has ended for everybody who waits for it.
void EndSection(LockState& state, Runner runner) {
  if (Holds(state, runner)) return;
  const auto ended = [&](const auto& sync) { return sync.second == runner; };
  state.syncs.erase(std::remove_if(state.syncs.begin(), state.syncs.end(), ended), state.syncs.end());
}

}  // namespace

const BlockingRules& RulesOf(LockType type) {
  switch (type) {
    case LockType::kMutex:
    case LockType::kSpinLock:
    case LockType::kRawSpinLock: return kExclusiveOnly;
    case LockType::kRecursiveMutex: return kRecursiveMutex;
    case LockType::kRwSem: return kRwSem;
    case LockType::kPercpuRwSem: return kPercpuRwSem;
    case LockType::kRwLock: return kRwLock;
    case LockType::kRcu:
    case LockType::kSrcu: return kSections;
    case LockType::kLocal: return kLocal;
    case LockType::kPseudo: return kPseudo;
    case LockType::kThreadEnd:
    case LockType::kCompletion: return kNothing;
  }
  return kNothing;
}

Blockers WhoBlocks(LockType type, const LockState& state, Runner runner, Mode mode) {
  const BlockingRules& rules = RulesOf(type);
  Blockers blockers;
  for (const LockHold& hold : state.holds) {
    if (Excludes(rules, hold.mode, hold.runner == runner, mode)) blockers.push_back({hold.runner, false, hold.mode});
  }
  if (!WaitsBehindWriters(rules, mode)) return blockers;
  for (const Runner writer : state.waiting_writers) {
    if (writer != runner) blockers.push_back({writer, true, Mode::kExclusive});
  }
  return blockers;
}

bool CanTake(LockType type, const LockState& state, Runner runner, Mode mode) {
  return WhoBlocks(type, state, runner, mode).empty();
}

void Take(LockState& state, Runner runner, Mode mode) {
  Withdraw(state, runner);
  const auto same = std::find_if(state.holds.begin(), state.holds.end(),
                                 [&](const LockHold& hold) { return hold.runner == runner && hold.mode == mode; });
  if (same != state.holds.end()) {
    ++same->count;
  } else {
    state.holds.push_back({runner, mode, 1});
  }
}

void Announce(LockState& state, Runner runner) {
  if (!Contains(state.waiting_writers, runner)) state.waiting_writers.push_back(runner);
}

void Withdraw(LockState& state, Runner runner) { Remove(state.waiting_writers, runner); }

bool Release(LockState& state, Runner runner) {
  const auto mine = std::find_if(state.holds.rbegin(), state.holds.rend(),
                                 [&](const LockHold& hold) { return hold.runner == runner; });
  if (mine == state.holds.rend()) return false;
  if (--mine->count == 0) state.holds.erase(std::next(mine).base());
  EndSection(state, runner);
  return true;
}

void Downgrade(LockState& state, Runner runner) {
  for (LockHold& hold : state.holds) {
    if (hold.runner != runner || hold.mode != Mode::kExclusive) continue;
    hold.mode = Mode::kShared;
    return;
  }
  LOCKDEP_CHECK(false);
}

bool Holds(const LockState& state, Runner runner) {
  return std::any_of(state.holds.begin(), state.holds.end(),
                     [&](const LockHold& hold) { return hold.runner == runner; });
}

bool HoldsIn(const LockState& state, Runner runner, Mode mode) {
  return std::any_of(state.holds.begin(), state.holds.end(),
                     [&](const LockHold& hold) { return hold.runner == runner && hold.mode == mode; });
}

std::uint32_t HoldCount(const LockState& state, Runner runner) {
  std::uint32_t count = 0;
  for (const LockHold& hold : state.holds) {
    if (hold.runner == runner) count += hold.count;
  }
  return count;
}

void StartSync(LockState& state, Runner runner) {
  for (const LockHold& hold : state.holds) {
    const std::pair<Runner, Runner> sync{runner, hold.runner};
    if (std::find(state.syncs.begin(), state.syncs.end(), sync) == state.syncs.end()) state.syncs.push_back(sync);
  }
}

bool SyncDone(const LockState& state, Runner runner) {
  return std::none_of(state.syncs.begin(), state.syncs.end(), [&](const auto& sync) { return sync.first == runner; });
}

Blockers WhoBlocksSync(const LockState& state, Runner runner) {
  Blockers blockers;
  for (const auto& [waiter, holder] : state.syncs) {
    if (waiter != runner) continue;
    const auto hold = std::find_if(state.holds.begin(), state.holds.end(),
                                   [holder = holder](const LockHold& each) { return each.runner == holder; });
    blockers.push_back({holder, false, hold == state.holds.end() ? Mode::kShared : hold->mode});
  }
  return blockers;
}

void Sleep(ConditionState& state, Runner runner) { state.sleepers.push_back(runner); }
bool Sleeps(const ConditionState& state, Runner runner) { return Contains(state.sleepers, runner); }
void Signal(ConditionState& state) {
  if (!state.sleepers.empty()) state.sleepers.erase(state.sleepers.begin());
}
void Broadcast(ConditionState& state) { state.sleepers.clear(); }

bool CanPass(const CompletionState& state) { return state.for_all || state.done > 0; }
void Pass(CompletionState& state) {
  if (!state.for_all) --state.done;
}
void Complete(CompletionState& state) { ++state.done; }
void CompleteAll(CompletionState& state) { state.for_all = true; }

}  // namespace lockdep
