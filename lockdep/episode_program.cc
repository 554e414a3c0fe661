#include "lockdep/episode_program.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace lockdep {
namespace {

using Code = LockProgram::Code;
using Op = LockProgram::Op;

// An annotation keeps nobody out, and a lock per cpu only who meets on one.
bool KeepsOut(LockType type) { return type != LockType::kPseudo && type != LockType::kLocal; }

// Writes the operations of one thread.
class Writer {
 public:
  explicit Writer(std::vector<Op>& ops) : ops_(ops) {}

  void Add(Code code, int lock, How how = {}) {
    Op op;
    op.code = code;
    op.lock = lock;
    op.mode = how.mode();
    op.kind = how.kind();
    ops_.push_back(op);
  }
  void Take(int lock, How how) {
    Add(Code::kTake, lock, how);
    if (how.kind() != Kind::kBlocking) GiveUpFrom(ops_.size() - 1, held_);
    held_.push_back(lock);
  }
  // A try that does not get the lock; whoever gets it is none of these episodes.
  void FailToTake(int lock, How how) {
    Add(Code::kTake, lock, how);
    ops_.back().target = static_cast<int>(ops_.size() + 1);  // over the jump
    Add(Code::kJump, LockProgram::kNone);
    std::vector<int> held = held_;
    held.push_back(lock);
    GiveUpFrom(ops_.size() - 1, std::move(held));
  }
  void Unlock(int lock) {
    Add(Code::kUnlock, lock);
    const auto latest = std::find(held_.rbegin(), held_.rend(), lock);
    if (latest != held_.rend()) held_.erase(std::next(latest).base());
  }
  // Past its request the thread is not of the cycle any more.
  void End() {
    Release(held_);
    for (const auto& [from, held] : give_ups_) {
      ops_[from].target = static_cast<int>(ops_.size());
      Release(held);
    }
  }

 private:
  void GiveUpFrom(std::size_t op, std::vector<int> held) { give_ups_.emplace_back(op, std::move(held)); }
  void Release(const std::vector<int>& held) {
    for (auto lock = held.rbegin(); lock != held.rend(); ++lock) Add(Code::kUnlock, *lock);
    Add(Code::kEnd, LockProgram::kNone);
  }

  std::vector<Op>& ops_;
  std::vector<int> held_;
  std::vector<std::pair<std::size_t, std::vector<int>>> give_ups_;  // from an operation, holding these
};

}  // namespace

namespace {

// Whether the operation takes a lock that is not given back after it.
bool IsLastOf(const std::vector<EpisodeOp>& ops, std::size_t at) {
  if (ops[at].op != EpisodeOpKind::kAcquire) return false;
  return std::none_of(ops.begin() + static_cast<std::ptrdiff_t>(at) + 1, ops.end(), [&](const EpisodeOp& later) {
    return later.lock == ops[at].lock && later.op == EpisodeOpKind::kRelease;
  });
}

}  // namespace

EpisodeProgram::EpisodeProgram(const Registry& registry, const EpisodeCast& cast, Failures failures) {
  ChooseLocks(registry, cast, failures);
  const auto name = [&](std::size_t i) { return i < cast.names.size() ? cast.names[i] : std::string(); };
  for (std::size_t i = 0; i < cast.links.size(); ++i) {
    const EpisodeRequest& request = *cast.links[i].request;
    AddThread(registry, cast, request, cast.held[i], failures);
    program_.threads.back().name = name(i);
    target_.links.push_back({static_cast<int>(i), IndexOf(cast.held[i]), IndexOf(request.wanted()),
                             cast.links[i].held_mode, request.wanted_mode()});
  }
  for (std::size_t i = 0; i < cast.writers.size(); ++i) {
    AddThread(registry, cast, *cast.writers[i], 0, failures);
    program_.threads.back().name = name(cast.links.size() + i);
  }
  for (const LockId lock : cast.any_writer) AddWriter(lock);
}

// A lock that only one of the threads uses keeps none of them out; but then a try of it does not fail.
void EpisodeProgram::ChooseLocks(const Registry& registry, const EpisodeCast& cast, Failures failures) {
  std::vector<LockId> wanted = cast.any_writer;
  absl::flat_hash_set<LockId> tried;
  absl::flat_hash_map<LockId, int> users;
  const auto count = [&](const EpisodeRequest& request) {
    std::vector<LockId> used;
    for (const EpisodeOp& op : request.ops) {
      used.push_back(op.lock);
      if (failures == Failures::kByState && op.op == EpisodeOpKind::kTryFailed) tried.insert(op.lock);
    }
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    for (const LockId lock : used) ++users[lock];
    wanted.push_back(request.wanted());
  };
  for (const EpisodeLink& link : cast.links) count(*link.request);
  for (const EpisodeRequest* writer : cast.writers) count(*writer);
  for (const auto& [lock, threads] : users) {
    const bool of_cycle = std::find(wanted.begin(), wanted.end(), lock) != wanted.end();
    if (!of_cycle && threads < 2 && !tried.contains(lock)) continue;
    const LockType type = registry.lock(lock).type;
    if (type == LockType::kCompletion || type == LockType::kThreadEnd) continue;
    if (!of_cycle && cast.without_doubt && registry.lock(lock).doubt != Doubt::kNone) continue;
    if (of_cycle || KeepsOut(type)) {
      locks_.push_back(lock);
    } else {
      left_aside_ = true;
    }
  }
  std::sort(locks_.begin(), locks_.end());
  for (const LockId lock : locks_) {
    index_[lock] = static_cast<int>(program_.locks.size());
    program_.locks.push_back({registry.LockName(lock), registry.lock(lock).type, registry.lock(lock).id});
  }
}

int EpisodeProgram::IndexOf(LockId lock) const {
  const auto it = index_.find(lock);
  return it == index_.end() ? -1 : it->second;
}

void EpisodeProgram::AddThread(const Registry& registry, const EpisodeCast& cast, const EpisodeRequest& request,
                               LockId link_held, Failures failures) {
  LockProgram::Thread& thread = program_.threads.emplace_back();
  Writer writer(thread.ops);
  const auto is_uncertain = [&](LockId lock) {
    return std::any_of(request.ops.begin(), request.ops.end(),
                       [&](const EpisodeOp& op) { return op.lock == lock && IsUncertain(cast, op); });
  };
  for (std::size_t i = 0; i < request.ops.size(); ++i) {
    const EpisodeOp& op = request.ops[i];
    const int lock = IndexOf(op.lock);
    if (lock < 0) continue;
    // What is a gate only for who was lucky is none.  What was given back before may have been another lock.
    const bool uncertain = cast.without_doubt && is_uncertain(op.lock);
    if (uncertain && op.lock != link_held && op.lock != request.wanted()) continue;
    const bool in_doubt = uncertain || (cast.without_doubt && registry.lock(op.lock).doubt != Doubt::kNone);
    if (in_doubt && !IsLastOf(request.ops, i)) continue;
    switch (op.op) {
      case EpisodeOpKind::kAcquire: writer.Take(lock, op.how); break;
      case EpisodeOpKind::kRelease: writer.Unlock(lock); break;
      case EpisodeOpKind::kDowngrade: writer.Add(Code::kDowngrade, lock); break;
      case EpisodeOpKind::kSync: writer.Add(Code::kSync, lock); break;
      case EpisodeOpKind::kTryFailed:
        if (failures == Failures::kByState) writer.FailToTake(lock, op.how);
        break;
      case EpisodeOpKind::kWait: break;
    }
  }
  writer.End();
}

void EpisodeProgram::AddWriter(LockId lock) {
  LockProgram::Thread& thread = program_.threads.emplace_back();
  thread.name = "a writer";
  Writer writer(thread.ops);
  writer.Take(IndexOf(lock), How::Of(Mode::kExclusive));
  writer.End();
}

std::string EpisodeProgram::Key() const {
  std::string key;
  const auto add = [&key](int number) { key.append(reinterpret_cast<const char*>(&number), sizeof number); };
  for (const LockId lock : locks_) add(static_cast<int>(lock));
  for (const LockProgram::Thread& thread : program_.threads) {
    add(-2);
    for (const Op& op : thread.ops) {
      add(static_cast<int>(op.code) | static_cast<int>(op.mode) << 8 | static_cast<int>(op.kind) << 16);
      add(op.lock);
      add(op.target);
    }
  }
  return key;
}

}  // namespace lockdep
