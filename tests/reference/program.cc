#include "tests/reference/program.h"

namespace lockdep::reference {

bool Program::RoleIsSingle(int role) const {
  int threads_of_role = 0;
  for (const Thread& thread : threads) {
    if (thread.role == role) threads_of_role += thread.count;
  }
  return threads_of_role == 1;
}

std::string Program::NodeOf(int lock, int subclass) const {
  const Lock& l = locks[lock];
  if (l.lock_class < 0) return l.name;
  return classes[l.lock_class].name + (subclass == 0 ? "" : "/" + std::to_string(subclass));
}

int YoungestHold(const std::vector<Hold>& holds, int lock) {
  for (int i = static_cast<int>(holds.size()) - 1; i >= 0; --i) {
    if (holds[i].lock == lock) return i;
  }
  return -1;
}

namespace {

// Extends `run` by what the thread does from operation `next` on, once per outcome.
class RunEnumerator {
 public:
  explicit RunEnumerator(const Thread& thread) : thread_(thread) {}

  std::vector<Run> All() {
    From(0, {}, {});
    return std::move(runs_);
  }

 private:
  static bool OwnHoldConflicts(const std::vector<Hold>& held, const Op& op) {
    for (const Hold& hold : held) {
      if (hold.lock == op.lock && Conflict(hold.mode, op.mode)) return true;
    }
    return false;
  }

  void From(std::size_t next, std::vector<Hold> held, Run run) {
    for (; next < thread_.ops.size(); ++next) {
      const Op& op = thread_.ops[next];
      const int index = static_cast<int>(next);
      if (op.op == OpKind::kAcquire) {
        Ask(op, index, held, run);
        return;
      }
      const int hold = YoungestHold(held, op.lock);
      if (hold < 0) continue;
      run.push_back({op.op == OpKind::kRelease ? StepKind::kReleased : StepKind::kDowngraded, op, index, held});
      if (op.op == OpKind::kRelease) {
        held.erase(held.begin() + hold);
      } else {
        held[hold].mode = Mode::kShared;
      }
    }
    End(held, run);
  }

  void Ask(const Op& op, int index, const std::vector<Hold>& held, const Run& run) {
    const bool conflicts = OwnHoldConflicts(held, op);
    if (conflicts && op.kind == Kind::kBlocking) {
      runs_.push_back(run);
      runs_.back().push_back({StepKind::kBlockedForEver, op, index, held});
      return;
    }
    if (!conflicts) {
      Run got = run;
      got.push_back({StepKind::kGot, op, index, held});
      std::vector<Hold> more = held;
      more.push_back({op.lock, op.mode, op.kind, op.subclass});
      From(static_cast<std::size_t>(index) + 1, more, got);
    }
    if (op.kind == Kind::kBlocking) return;
    Run failed = run;
    failed.push_back({StepKind::kFailed, op, index, held});
    if (op.on_failure == OnFailure::kGoOn) {
      From(static_cast<std::size_t>(index) + 1, held, failed);
    } else {
      End(held, failed);
    }
  }

  void End(std::vector<Hold> held, Run run) {
    while (!held.empty()) {
      run.push_back({StepKind::kReleased, Release(held.back().lock), -1, held});
      held.pop_back();
    }
    runs_.push_back(std::move(run));
  }

  const Thread& thread_;
  std::vector<Run> runs_;
};

}  // namespace

std::vector<Run> RunsOf(const Thread& thread) { return RunEnumerator(thread).All(); }

Op Acquire(int lock, Mode mode, Kind kind) {
  Op op;
  op.lock = lock;
  op.mode = mode;
  op.kind = kind;
  return op;
}

Op Release(int lock) {
  Op op;
  op.op = OpKind::kRelease;
  op.lock = lock;
  return op;
}

namespace {

// Writes one thread's operations.  A trylock or timed lock becomes an `if` whose blocks hold the rest of the thread.
class ThreadWriter {
 public:
  ThreadWriter(const Program& program, const Thread& thread) : program_(program), thread_(thread) {}

  std::string Body() { return From(0, {}, 1); }

 private:
  std::string From(std::size_t next, std::vector<Hold> held, int depth) {
    const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
    std::string text;
    for (; next < thread_.ops.size(); ++next) {
      const Op& op = thread_.ops[next];
      const std::string& name = program_.locks[op.lock].name;
      if (op.op == OpKind::kAcquire) {
        std::vector<Hold> more = held;
        more.push_back({op.lock, op.mode, op.kind, op.subclass});
        if (op.kind == Kind::kBlocking) {
          text += indent + Ask(op) + "\n";
          held = more;
          continue;
        }
        const bool goes_on = op.on_failure == OnFailure::kGoOn;
        return text + indent + "if " + Ask(op) + " {\n" + From(next + 1, more, depth + 1) + indent + "} else {\n" +
               (goes_on ? From(next + 1, held, depth + 1) : ReleaseAll(held, depth + 1)) + indent + "}\n";
      }
      const int hold = YoungestHold(held, op.lock);
      if (hold < 0) continue;
      text += indent + (op.op == OpKind::kRelease ? "unlock " : "downgrade ") + name + "\n";
      if (op.op == OpKind::kRelease) {
        held.erase(held.begin() + hold);
      } else {
        held[hold].mode = Mode::kShared;
      }
    }
    return text + ReleaseAll(held, depth);
  }

  std::string ReleaseAll(const std::vector<Hold>& held, int depth) const {
    std::string text;
    for (auto hold = held.rbegin(); hold != held.rend(); ++hold) {
      text +=
          std::string(static_cast<std::size_t>(depth) * 2, ' ') + "unlock " + program_.locks[hold->lock].name + "\n";
    }
    return text;
  }

  std::string Ask(const Op& op) const {
    const Lock& lock = program_.locks[op.lock];
    std::string text = op.kind == Kind::kBlocking ? "" : op.kind == Kind::kTrylock ? "try" : "timed";
    text += IsShared(op.mode) ? "read " : "lock ";
    text += lock.name;
    if (op.subclass != 0) text += " subclass " + std::to_string(op.subclass);
    if (op.nest >= 0) text += " nest " + program_.locks[op.nest].name;
    const bool recursive_by_type = lock.type == LockType::kRwLock;
    if (op.mode == Mode::kRecursiveShared && !recursive_by_type) text += " recursive";
    if (op.mode == Mode::kShared && recursive_by_type) text += " nonrecursive";
    return text;
  }

  const Program& program_;
  const Thread& thread_;
};

}  // namespace

std::string ToScript(const Program& program) {
  std::string text;
  for (std::size_t c = 0; c < program.classes.size(); ++c) {
    const LockClass& lock_class = program.classes[c];
    text += "class " + lock_class.name + (lock_class.ordered ? " ordered" : "") + "\n";
  }
  for (const Lock& lock : program.locks) {
    if (lock.lock_class < 0) {
      text += std::string(ToString(lock.type)) + " " + lock.name + "\n";
    } else if (lock.index == 0) {
      int instances = 0;
      for (const Lock& other : program.locks) instances += other.lock_class == lock.lock_class ? 1 : 0;
      text += std::string(ToString(lock.type)) + " " + lock.name.substr(0, lock.name.find('[')) + "[" +
              std::to_string(instances) + "] : " + program.classes[lock.lock_class].name + "\n";
    }
  }
  for (std::size_t t = 0; t < program.threads.size(); ++t) {
    const Thread& thread = program.threads[t];
    text += "thread t" + std::to_string(t);
    if (thread.count > 1) text += " x " + std::to_string(thread.count);
    text += " role r" + std::to_string(thread.role) + " {\n" + ThreadWriter(program, thread).Body() + "}\n";
  }
  return text;
}

}  // namespace lockdep::reference
