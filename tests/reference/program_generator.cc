#include "tests/reference/program_generator.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>

namespace lockdep::reference {

// --- Random programs ---------------------------------------------------------------------------------------------

LockType RandomPrograms::AnyType() {
  const int dice = Below(10);
  return dice < 4 ? LockType::kMutex : dice < 8 ? LockType::kRwSem : LockType::kRwLock;
}

Mode RandomPrograms::AnyMode(LockType type) {
  if (type == LockType::kMutex || Chance(45)) return Mode::kExclusive;
  const bool usual = Chance(80);
  return (type == LockType::kRwSem) == usual ? Mode::kShared : Mode::kRecursiveShared;
}

void RandomPrograms::AddClass(Program& program, const char* name, const char* lock) {
  const int lock_class = static_cast<int>(program.classes.size());
  program.classes.push_back({name, Chance(20)});
  const int instances = 2 + Below(2);
  const LockType type = AnyType();
  for (int i = 0; i < instances; ++i) {
    program.locks.push_back({std::string(lock) + "[" + std::to_string(i) + "]", type, lock_class, i});
  }
}

void RandomPrograms::AddLocks(Program& program) {
  const bool has_class = Chance(options_.class_chance);
  const int plain = (has_class ? 1 : 2) + Below(options_.locks_max - (has_class ? 0 : 1));
  for (int i = 0; i < plain; ++i)
    program.locks.push_back({std::string(1, static_cast<char>('a' + i)), AnyType(), -1, 0});
  if (!has_class) return;
  AddClass(program, "C", "o");
  if (Chance(options_.second_class_chance)) AddClass(program, "D", "p");
}

int RandomPrograms::AnyLock(const Program& program, const std::vector<Hold>& held) {
  if (!held.empty() && Chance(options_.same_lock_chance)) return held[Below(static_cast<int>(held.size()))].lock;
  std::vector<int> free;
  for (int lock = 0; lock < static_cast<int>(program.locks.size()); ++lock) {
    if (YoungestHold(held, lock) < 0) free.push_back(lock);
  }
  return free.empty() ? -1 : free[Below(static_cast<int>(free.size()))];
}

Op RandomPrograms::AnyAcquire(const Program& program, const std::vector<Hold>& held, int lock) {
  Op op;
  op.lock = lock;
  op.mode = AnyMode(program.locks[lock].type);
  op.kind = Chance(options_.trylock_chance) ? Kind::kTrylock
            : Chance(options_.timed_chance) ? Kind::kTimed
                                            : Kind::kBlocking;
  op.on_failure = Chance(30) ? OnFailure::kGoOn : OnFailure::kGiveUp;
  const int lock_class = program.locks[lock].lock_class;
  const bool beside_own_class = std::any_of(held.begin(), held.end(), [&](const Hold& hold) {
    return lock_class >= 0 && hold.lock != lock && program.locks[hold.lock].lock_class == lock_class;
  });
  // The same instance under two subclasses is two nodes.
  const bool again = lock_class >= 0 && YoungestHold(held, lock) >= 0;
  if (again && options_.subclass_chance > 0 && Chance(50)) op.subclass = 1;
  if (!beside_own_class) return op;
  if (Chance(options_.subclass_chance)) op.subclass = 1;
  for (const Hold& hold : held) {
    if (program.locks[hold.lock].lock_class != lock_class && Chance(options_.nest_chance)) op.nest = hold.lock;
  }
  return op;
}

std::vector<Op> RandomPrograms::AnyOps(const Program& program, int gate) {
  std::vector<Op> ops;
  std::vector<Hold> held;
  const auto take = [&](const Op& op) {
    ops.push_back(op);
    held.push_back({op.lock, op.mode, op.kind, op.subclass});
  };
  const auto release = [&](std::size_t hold) {
    ops.push_back(Release(held[hold].lock));
    held.erase(held.begin() + YoungestHold(held, held[hold].lock));
  };
  if (gate >= 0) take(AnyAcquire(program, held, gate));
  int acquisitions = 1 + Below(options_.acquisitions_max);
  while (acquisitions > 0) {
    if (!held.empty() && Chance(25)) {
      release(Chance(60) ? held.size() - 1 : static_cast<std::size_t>(Below(static_cast<int>(held.size()))));
      continue;
    }
    if (!held.empty() && held.back().mode == Mode::kExclusive &&
        program.locks[held.back().lock].type != LockType::kMutex && Chance(6)) {
      Op op = Release(held.back().lock);
      op.op = OpKind::kDowngrade;
      ops.push_back(op);
      held.back().mode = Mode::kShared;
      continue;
    }
    --acquisitions;
    const int lock = AnyLock(program, held);
    if (lock >= 0) take(AnyAcquire(program, held, lock));
  }
  while (!held.empty()) release(Chance(75) ? held.size() - 1 : 0);
  return ops;
}

Program RandomPrograms::Next() {
  Program program;
  AddLocks(program);
  const int gate = Chance(options_.gate_chance) ? Below(static_cast<int>(program.locks.size())) : -1;
  const int threads = 2 + Below(options_.threads_max - 1);
  for (int t = 0; t < threads; ++t) {
    Thread thread;
    thread.role = t > 0 && Chance(options_.shared_role_chance) ? t - 1 : t;
    thread.count = Chance(options_.several_chance) ? 2 : 1;
    thread.ops = AnyOps(program, gate >= 0 && Chance(75) ? gate : -1);
    program.threads.push_back(std::move(thread));
  }
  return program;
}

// --- All small programs ------------------------------------------------------------------------------------------

namespace {

// What one thread does, without the names of locks: acquisitions and, after each, the releases.
using Shape = std::vector<Op>;

class ShapeEnumerator {
 public:
  explicit ShapeEnumerator(const SmallPrograms& family) : family_(family) {}

  // Shorter ones first.
  std::vector<Shape> All() {
    Extend({}, {});
    std::stable_sort(shapes_.begin(), shapes_.end(),
                     [](const Shape& a, const Shape& b) { return a.size() < b.size(); });
    return std::move(shapes_);
  }

 private:
  void Extend(const Shape& ops, const std::vector<int>& held) {
    int acquisitions = 0;
    for (const Op& op : ops) acquisitions += op.op == OpKind::kAcquire ? 1 : 0;
    if (acquisitions > 0) Close(ops, held);
    if (acquisitions == family_.depth) return;
    const unsigned subsets = family_.early_release ? 1U << held.size() : 1U;
    for (unsigned released = 0; released < subsets; ++released) {
      Shape more = ops;
      std::vector<int> still_held;
      for (std::size_t i = 0; i < held.size(); ++i) {
        if ((released >> i & 1U) != 0) {
          more.push_back(Release(held[i]));
        } else {
          still_held.push_back(held[i]);
        }
      }
      AddAcquisition(more, still_held);
    }
  }

  void AddAcquisition(const Shape& ops, const std::vector<int>& held) {
    for (int lock = 0; lock < family_.locks; ++lock) {
      if (!family_.take_again && std::find(held.begin(), held.end(), lock) != held.end()) continue;
      for (const Mode mode : family_.modes) {
        for (const Kind kind : family_.kinds) {
          Shape more = ops;
          more.push_back(Acquire(lock, mode, kind));
          std::vector<int> more_held = held;
          more_held.push_back(lock);
          Extend(more, more_held);
        }
      }
    }
  }

  void Close(Shape ops, const std::vector<int>& held) {
    for (auto lock = held.rbegin(); lock != held.rend(); ++lock) ops.push_back(Release(*lock));
    shapes_.push_back(std::move(ops));
  }

  const SmallPrograms& family_;
  std::vector<Shape> shapes_;
};

// Enumerates multisets of (shape, count) and keeps the least of those that renaming locks makes equal.
class SmallProgramEnumerator {
 public:
  SmallProgramEnumerator(const SmallPrograms& family, const std::function<bool(const Program&)>& visit)
      : family_(family), visit_(visit), shapes_(ShapeEnumerator(family).All()) {
    std::map<Shape, int> index_of;
    for (const Shape& shape : shapes_) index_of.insert({shape, static_cast<int>(index_of.size())});
    std::vector<int> names(static_cast<std::size_t>(family.locks));
    std::iota(names.begin(), names.end(), 0);
    do {
      std::vector<int> renamed;
      for (Shape shape : shapes_) {
        for (Op& op : shape) op.lock = names[op.lock];
        renamed.push_back(index_of.at(shape));
      }
      renamings_.push_back(std::move(renamed));
    } while (std::next_permutation(names.begin(), names.end()));
  }

  std::size_t Run() {
    // Smallest first: by the largest shape of a program.
    const int choices = static_cast<int>(shapes_.size() * family_.counts.size());
    for (int largest = 0; largest < choices && !stopped_; ++largest) {
      chosen_ = {largest};
      ChooseSmaller(largest);
    }
    return visited_;
  }

 private:
  // A choice is a shape and a count, in one number.
  int ShapeOf(int choice) const { return choice / static_cast<int>(family_.counts.size()); }
  int CountOf(int choice) const { return family_.counts[choice % family_.counts.size()]; }

  void ChooseSmaller(int at_most) {
    if (static_cast<int>(chosen_.size()) == family_.threads) {
      if (IsLeast()) Visit();
      return;
    }
    for (int choice = 0; choice <= at_most && !stopped_; ++choice) {
      chosen_.push_back(choice);
      ChooseSmaller(choice);
      chosen_.pop_back();
    }
  }

  bool IsLeast() const {
    for (const std::vector<int>& renamed : renamings_) {
      std::vector<int> other;
      for (const int choice : chosen_) {
        const int counts = static_cast<int>(family_.counts.size());
        other.push_back(renamed[ShapeOf(choice)] * counts + choice % counts);
      }
      std::sort(other.rbegin(), other.rend());
      if (other < chosen_) return false;
    }
    return true;
  }

  void Visit() {
    Program program;
    const bool mutexes = family_.modes == std::vector<Mode>{Mode::kExclusive};
    for (int lock = 0; lock < family_.locks; ++lock) {
      const LockType type = mutexes ? LockType::kMutex : LockType::kRwSem;
      program.locks.push_back({std::string(1, static_cast<char>('a' + lock)), type, -1, 0});
    }
    for (const int choice : chosen_) {
      const int role = static_cast<int>(program.threads.size());
      program.threads.push_back({role, CountOf(choice), shapes_[ShapeOf(choice)]});
    }
    ++visited_;
    if (!visit_(program)) stopped_ = true;
  }

  const SmallPrograms& family_;
  const std::function<bool(const Program&)>& visit_;
  const std::vector<Shape> shapes_;
  std::vector<std::vector<int>> renamings_;  // per permutation of locks: shape -> shape
  std::vector<int> chosen_;                  // falling
  std::size_t visited_ = 0;
  bool stopped_ = false;
};

}  // namespace

std::size_t ForEachSmallProgram(const SmallPrograms& family, const std::function<bool(const Program&)>& visit) {
  return SmallProgramEnumerator(family, visit).Run();
}

}  // namespace lockdep::reference
