#include "lockdep/wait_for.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "lockdep/check.h"

namespace lockdep {

WaitFor::WaitFor(std::vector<LockType> locks) : types_(std::move(locks)) {
  OwnMutexLock guard(mutex_);
  locks_.resize(types_.size());
}

Runner WaitFor::AddThread() {
  OwnMutexLock guard(mutex_);
  LOCKDEP_CHECK(threads_.size() < 65535);
  threads_.emplace_back();
  return static_cast<Runner>(threads_.size() - 1);
}

std::vector<Runner> WaitFor::Wait(Runner runner, int lock, Mode mode, Kind kind, int place) {
  OwnMutexLock guard(mutex_);
  Thread& thread = threads_[runner];
  thread.waits = Waits::kLock;
  thread.lock = lock;
  thread.mode = mode;
  thread.kind = kind;
  thread.place = place;
  thread.stamp = ++clock_;
  if (mode == Mode::kExclusive) Announce(locks_[static_cast<std::size_t>(lock)], runner);
  return CycleFrom(runner, false);
}

std::vector<Runner> WaitFor::WaitForEnd(Runner runner, std::vector<Runner> threads, int place) {
  OwnMutexLock guard(mutex_);
  Thread& thread = threads_[runner];
  thread.waits = Waits::kEnd;
  thread.ends = std::move(threads);
  thread.kind = Kind::kBlocking;
  thread.place = place;
  thread.stamp = ++clock_;
  return CycleFrom(runner, false);
}

void WaitFor::WaitForEvent(Runner runner, int place) {
  OwnMutexLock guard(mutex_);
  Thread& thread = threads_[runner];
  thread.waits = Waits::kEvent;
  thread.kind = Kind::kBlocking;
  thread.place = place;
  thread.stamp = ++clock_;
}

void WaitFor::AddHold(Runner runner, int lock, Mode mode, Kind kind, int place) {
  lockdep::Take(locks_[static_cast<std::size_t>(lock)], runner, mode);
  threads_[runner].holds.push_back({lock, mode, kind, place, ++clock_});
}

void WaitFor::Got(Runner runner) {
  OwnMutexLock guard(mutex_);
  Thread& thread = threads_[runner];
  LOCKDEP_CHECK(thread.waits == Waits::kLock);
  AddHold(runner, thread.lock, thread.mode, thread.kind, thread.place);
  thread.waits = Waits::kNot;
}

void WaitFor::StopWaiting(Runner runner) {
  OwnMutexLock guard(mutex_);
  Thread& thread = threads_[runner];
  if (thread.waits == Waits::kLock) Withdraw(locks_[static_cast<std::size_t>(thread.lock)], runner);
  thread.waits = Waits::kNot;
}

void WaitFor::Take(Runner runner, int lock, Mode mode, Kind kind, int place) {
  OwnMutexLock guard(mutex_);
  AddHold(runner, lock, mode, kind, place);
}

void WaitFor::Release(Runner runner, int lock) {
  OwnMutexLock guard(mutex_);
  std::vector<Hold>& holds = threads_[runner].holds;
  const auto latest = std::find_if(holds.rbegin(), holds.rend(), [&](const Hold& hold) { return hold.lock == lock; });
  LOCKDEP_CHECK(latest != holds.rend());
  holds.erase(std::next(latest).base());
  lockdep::Release(locks_[static_cast<std::size_t>(lock)], runner);
}

void WaitFor::Downgrade(Runner runner, int lock) {
  OwnMutexLock guard(mutex_);
  lockdep::Downgrade(locks_[static_cast<std::size_t>(lock)], runner);
  for (Hold& hold : threads_[runner].holds) {
    if (hold.lock == lock) hold.mode = Mode::kShared;
  }
}

void WaitFor::End(Runner runner) {
  OwnMutexLock guard(mutex_);
  threads_[runner].ended = true;
  threads_[runner].waits = Waits::kNot;
}

std::vector<Blocker> WaitFor::BlockersOf(Runner runner) const {
  const Thread& thread = threads_[runner];
  std::vector<Blocker> blockers;
  if (thread.waits == Waits::kLock) {
    const auto lock = static_cast<std::size_t>(thread.lock);
    const Blockers all = WhoBlocks(types_[lock], locks_[lock], runner, thread.mode);
    blockers.assign(all.begin(), all.end());
  } else if (thread.waits == Waits::kEnd) {
    for (const Runner end : thread.ends) {
      if (!threads_[end].ended) blockers.push_back({end, false, Mode::kExclusive});
    }
  }
  return blockers;
}

// A shortest cycle through `start`, by breadth; waits that end by themselves lead nowhere.
std::vector<Runner> WaitFor::CycleFrom(Runner start, bool also_queued) const {
  constexpr int kNobody = -1;
  std::vector<int> from(threads_.size(), kNobody);
  std::deque<Runner> queue = {start};
  while (!queue.empty()) {
    const Runner now = queue.front();
    queue.pop_front();
    if (threads_[now].kind == Kind::kTimed) continue;
    for (const Blocker& blocker : BlockersOf(now)) {
      if (blocker.queued && !also_queued) continue;
      if (blocker.runner == start) {
        std::vector<Runner> cycle = {now};
        while (cycle.back() != start) cycle.push_back(static_cast<Runner>(from[cycle.back()]));
        std::reverse(cycle.begin(), cycle.end());
        return cycle;
      }
      if (from[blocker.runner] != kNobody) continue;
      from[blocker.runner] = now;
      queue.push_back(blocker.runner);
    }
  }
  return {};
}

WaitFor::Suspicion WaitFor::Suspect() const {
  OwnMutexLock guard(mutex_);
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    Suspicion suspicion{CycleFrom(static_cast<Runner>(i), true), 0};
    for (const Runner each : suspicion.threads) suspicion.stamp = std::max(suspicion.stamp, threads_[each].stamp);
    if (!suspicion.threads.empty()) return suspicion;
  }
  return {};
}

std::vector<WaitFor::ThreadView> WaitFor::View() const {
  OwnMutexLock guard(mutex_);
  std::vector<ThreadView> view;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    const Thread& thread = threads_[i];
    view.push_back({thread.ended, thread.waits, thread.lock, thread.mode, thread.kind, thread.place, thread.stamp,
                    thread.holds, BlockersOf(static_cast<Runner>(i))});
  }
  return view;
}

}  // namespace lockdep
