#include "workloads/schedule_gate.h"

#include <chrono>
#include <thread>

namespace lockdep::workloads {
namespace {

constexpr std::chrono::microseconds kPoll{100};

}  // namespace

ScheduleGate::ScheduleGate(std::vector<Step> steps, std::set<ThreadKey> let_go)
    : steps_(std::move(steps)), let_go_(std::move(let_go)) {
  OwnMutexLock guard(mutex_);
  for (std::size_t i = 0; i < steps_.size(); ++i) left_[steps_[i].thread].push_back(i);
}

ScheduleGate::Turn ScheduleGate::Enter(ThreadKey thread, int op, bool local) {
  while (true) {
    {
      OwnMutexLock guard(mutex_);
      std::deque<std::size_t>& left = left_[thread];
      if (left.empty()) {
        if (local || (now_ == steps_.size() && let_go_.contains(thread))) return Turn::kFree;
      } else if (steps_[left.front()].op != op) {
        if (local) return Turn::kFree;
        if (!astray_) astray_ = {thread, op, false};
      } else if (left.front() == now_ && !astray_) {
        left.pop_front();
        entered_ = true;
        return steps_[now_].announces ? Turn::kAnnounce : Turn::kStep;
      }
    }
    std::this_thread::sleep_for(kPoll);
  }
}

void ScheduleGate::Done() {
  OwnMutexLock guard(mutex_);
  ++now_;
  entered_ = false;
}

std::optional<ScheduleGate::ThreadKey> ScheduleGate::Announcing() const {
  OwnMutexLock guard(mutex_);
  if (!entered_ || now_ == steps_.size() || !steps_[now_].announces) return std::nullopt;
  return steps_[now_].thread;
}

bool ScheduleGate::finished() const {
  OwnMutexLock guard(mutex_);
  return now_ == steps_.size();
}

std::size_t ScheduleGate::steps_done() const {
  OwnMutexLock guard(mutex_);
  return now_;
}

ScheduleGate::Step ScheduleGate::at_hand() const {
  OwnMutexLock guard(mutex_);
  return steps_[now_];
}

std::optional<ScheduleGate::Step> ScheduleGate::Astray() const {
  OwnMutexLock guard(mutex_);
  return astray_;
}

}  // namespace lockdep::workloads
