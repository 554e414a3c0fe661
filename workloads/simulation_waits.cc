// Who waits for whom where a simulation stands still.
#include <algorithm>

#include "workloads/describe.h"
#include "workloads/simulation.h"

namespace lockdep::workloads {
namespace {

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

}  // namespace

Snapshot Simulation::Describe() const {
  Snapshot snapshot;
  snapshot.objects = ObjectsOf(program_);
  for (std::size_t i = 0; i < classes_.size(); ++i)
    NameByClass(program_, static_cast<int>(i), classes_[i], subclasses_[i], snapshot.objects[i]);
  // As it is held, which may be by another subclass than the lock's own.
  for (const Thread& thread : threads_) {
    for (const Held& held : thread.held) {
      NameByClass(program_, held.lock, classes_[Index(held.lock)], static_cast<int>(held.request.how.subclass()),
                  snapshot.objects[Index(held.lock)]);
    }
  }
  std::vector<int> waiting(threads_.size(), -1);
  int count = 0;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    const Status status = threads_[i].status;
    if (status != Status::kEnded && status != Status::kExhausted) waiting[i] = count++;
  }
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    if (waiting[i] >= 0) snapshot.threads.push_back(DescribeThread(static_cast<Runner>(i), waiting));
  }
  return snapshot;
}

WaitingThread Simulation::DescribeThread(Runner runner, const std::vector<int>& waiting) const {
  const Thread& thread = threads_[runner];
  WaitingThread result;
  result.thread = thread.name;
  result.role = program_.roles[Index(ProgramOf(thread).role)].name;
  result.context = thread.state->context;
  result.at = PlaceOf(program_, ProgramOf(thread), thread.pc);
  result.stamp = thread.stamp;
  for (const Held& held : thread.held) {
    result.held.push_back(
        DescribeHold(program_, ProgramOf(thread), held.op, held.lock, held.mode, held.request.how.kind()));
    result.held.back().subclass = static_cast<int>(held.request.how.subclass());
    result.held.back().stamp = held.stamp;
  }
  DescribeWait(program_, OpOf(thread), thread.status == Status::kTaking, result);
  if (thread.status == Status::kTaking) {
    result.mode = thread.request.how.mode();
    result.kind = thread.request.how.kind();
    result.wants_subclass = static_cast<int>(thread.request.how.subclass());
  }
  // As the validator is told.
  if (thread.status == Status::kSyncing) result.wants_subclass = 0;
  AddWhom(runner, waiting, result);
  return result;
}

void Simulation::AddWhom(Runner runner, const std::vector<int>& waiting, WaitingThread& result) const {
  const Thread& thread = threads_[runner];
  if (thread.status == Status::kTaking) {
    const auto lock = Index(thread.lock);
    AddBlockers(runner, WhoBlocks(program_.locks[lock].type, locks_[lock], runner, thread.request.how.mode()), waiting,
                result);
    return;
  }
  if (thread.status == Status::kSyncing) {
    AddBlockers(runner, WhoBlocksSync(locks_[Index(OpOf(thread).lock)], runner), waiting, result);
    return;
  }
  // Who of those that wait could give it, if it went on.
  const Op& wanted = OpOf(thread);
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    if (i == runner || waiting[i] < 0) continue;
    const Thread& other = threads_[i];
    const bool gives =
        wanted.code == OpCode::kJoin ? other.index == wanted.number : MayGive(ProgramOf(other).ops, other.pc, wanted);
    if (!gives) continue;
    WaitsFor link;
    link.thread = waiting[i];
    link.name = other.name;
    result.waits_for.push_back(std::move(link));
  }
}

void Simulation::AddBlockers(Runner runner, const Blockers& blockers, const std::vector<int>& waiting,
                             WaitingThread& result) const {
  const std::size_t depth = threads_[runner].state->contexts.size();
  for (const Blocker& blocker : blockers) {
    const Thread& other = threads_[blocker.runner];
    WaitsFor link;
    link.thread = waiting[blocker.runner];
    link.name = other.name;
    link.queued = blocker.queued;
    // Then the validator saw it; it does not look into the context below, or at what is not checked.
    link.own_context = blocker.runner == runner && IsChecked(program_, result.wants, classes_[Index(result.wants)]) &&
                       std::any_of(other.held.begin(), other.held.end(), [&](const Held& held) {
                         return held.lock == result.wants && held.contexts == depth;
                       });
    result.waits_for.push_back(std::move(link));
  }
}

}  // namespace lockdep::workloads
