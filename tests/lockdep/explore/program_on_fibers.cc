#include "tests/lockdep/explore/program_on_fibers.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "lockdep/control_flow.h"
#include "lockdep/explore/execution.h"
#include "lockdep/explore/explore.h"
#include "lockdep/explore/search.h"
#include "lockdep/explore/vocabulary.h"
#include "lockdep/lockdep.h"

namespace lockdep::explore {
namespace {

// What threads share beside locks.
struct Memory {
  std::vector<std::int64_t> variables;
  std::vector<std::int64_t> started, ended;  // by thread
};

struct OwnHold {
  int lock = 0;
  Mode mode = Mode::kExclusive;
  friend bool operator==(const OwnHold&, const OwnHold&) = default;
};

// What a thread knows.
struct Knowledge {
  int op = 0;
  std::vector<OwnHold> holds;   // oldest first
  std::map<int, int> left_out;  // unlocks, by lock
  std::vector<std::int64_t> counters;
  friend bool operator==(const Knowledge&, const Knowledge&) = default;
};

Digest Extended(Digest digest, const std::vector<std::int64_t>& values) {
  digest = Extend(digest, values.size());
  for (const std::int64_t value : values) digest = Extend(digest, static_cast<std::uint64_t>(value));
  return digest;
}

}  // namespace

template <>
struct ValueDigest<Memory> {
  static std::optional<Digest> Of(const Memory& memory) {
    return Extended(Extended(Extended(Digest{}, memory.variables), memory.started), memory.ended);
  }
};

template <>
struct ValueDigest<Knowledge> {
  static std::optional<Digest> Of(const Knowledge& knowledge) {
    Digest digest = Extended(Extend(Digest{}, static_cast<std::uint64_t>(knowledge.op)), knowledge.counters);
    for (const OwnHold& hold : knowledge.holds) {
      digest = Extend(digest, static_cast<std::uint64_t>(hold.lock) << 8 | static_cast<std::uint64_t>(hold.mode));
    }
    for (const auto& [lock, count] : knowledge.left_out) {
      digest =
          Extend(Extend(digest, static_cast<std::uint64_t>(lock) + (1ULL << 40)), static_cast<std::uint64_t>(count));
    }
    return digest;
  }
};

namespace {

using OpCode = LockProgram::Code;
using Op = LockProgram::Op;

std::int64_t ValueOf(const Memory& memory, const LockProgram::Expression& expression) {
  if (expression.variable == LockProgram::kNone) return expression.offset;
  // Wraps around.
  return static_cast<std::int64_t>(
      static_cast<std::uint64_t>(memory.variables[static_cast<std::size_t>(expression.variable)]) +
      static_cast<std::uint64_t>(expression.offset));
}

bool Holds(const Memory& memory, const LockProgram::Condition& condition) {
  const std::int64_t left = memory.variables[static_cast<std::size_t>(condition.variable)];
  const std::int64_t right = ValueOf(memory, condition.right);
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

// What does not change from run to run, and what is noted about all of them.
struct Plan {
  explicit Plan(const LockProgram& of) : program(of) {
    for (const LockProgram::Thread& thread : of.threads) flows.push_back(ControlFlowOf(thread));
    for (const LockProgram::Thread& thread : of.threads) {
      for (const Op& op : thread.ops) is_joined = is_joined || op.code == OpCode::kJoin;
    }
  }
  const LockProgram& program;
  std::vector<ControlFlow> flows;
  bool is_joined = false;  // some thread waits for the end of another
  std::set<std::pair<int, int>> failures;
};

class Interpreter;

// What one run of the program works on.
struct World {
  explicit World(Plan& of) : plan(of), memory(InitialMemory(of.program), "memory") {
    for (const LockProgram::Lock& lock : of.program.locks) {
      locks.push_back(std::make_unique<LockMap>(lock.type, nullptr, lock.name.c_str(), Birth::Here()));
    }
    for (int i = 0; i < of.program.condition_count; ++i) conditions.push_back(std::make_unique<CondVar>());
    for (int i = 0; i < of.program.completion_count; ++i) completions.push_back(std::make_unique<Completion>());
  }

  static Memory InitialMemory(const LockProgram& program) {
    Memory memory;
    for (const LockProgram::Variable& variable : program.variables) memory.variables.push_back(variable.value);
    for (const LockProgram::Thread& thread : program.threads)
      memory.started.push_back(thread.spawned ? 0 : thread.count);
    memory.ended.resize(program.threads.size());
    return memory;
  }

  void StartThreads(int thread);

  Plan& plan;
  Var<Memory> memory;
  std::vector<std::unique_ptr<LockMap>> locks;
  std::vector<std::unique_ptr<CondVar>> conditions;
  std::vector<std::unique_ptr<Completion>> completions;
  std::vector<std::unique_ptr<Interpreter>> interpreters;  // in the order of starting
};

class Interpreter {
 public:
  Interpreter(World& world, int thread)
      : world_(world),
        thread_(thread),
        ops_(world.plan.program.threads[static_cast<std::size_t>(thread)].ops),
        kept_(Knowledge{}, "kept") {
    now_.counters.resize(
        static_cast<std::size_t>(world.plan.program.threads[static_cast<std::size_t>(thread)].counters));
  }

  int thread() const { return thread_; }
  int op() const { return now_.op; }
  OpCode code() const { return ops_[static_cast<std::size_t>(now_.op)].code; }

  void Run() {
    GoTo(0);
    while (code() != OpCode::kEnd) GoTo(Do(ops_[static_cast<std::size_t>(now_.op)]));
    if (!world_.plan.is_joined) return;
    world_.memory.Update([this](Memory memory) {
      ++memory.ended[static_cast<std::size_t>(thread_)];
      return memory;
    });
  }

 private:
  static constexpr int kAgain = -1;  // try the same operation once more

  void GoTo(int op) {
    const bool again = op == kAgain;
    const bool back = again || op <= now_.op;
    if (!again) now_.op = op;
    const bool at_head =
        !again && world_.plan.flows[static_cast<std::size_t>(thread_)].at_head[static_cast<std::size_t>(now_.op)];
    if (!back && !at_head) return;
    if (is_kept_ != now_) kept_.WriteOnce(now_);
    at_head ? Boundary() : Restart();
    now_ = kept_.ReadOnce();
    is_kept_ = now_;
  }

  // Where to go on.
  int Do(const Op& op) {
    const int next = now_.op + 1;
    switch (op.code) {
      case OpCode::kTake: return Take(op);
      case OpCode::kUnlock: Unlock(op.lock); return next;
      case OpCode::kDowngrade: Downgrade(op.lock); return next;
      case OpCode::kAssert: NoteAssertion(op); return next;
      case OpCode::kAssign:
        world_.memory.Update([&op](Memory memory) {
          memory.variables[static_cast<std::size_t>(op.number)] = ValueOf(memory, op.expression);
          return memory;
        });
        return next;
      case OpCode::kAwait: return Holds(world_.memory.ReadOnce(), op.condition) ? next : kAgain;
      case OpCode::kJumpUnless: return Holds(world_.memory.ReadOnce(), op.condition) ? next : op.target;
      case OpCode::kJump: return op.target;
      case OpCode::kChoose: return Choose(2) == 0 ? next : op.target;
      case OpCode::kCountStart: Counter(op) = op.count; return op.count == 0 ? op.target : next;
      case OpCode::kCountNext:
        Counter(op) = std::max<std::int64_t>(Counter(op) - 1, 0);
        return Counter(op) > 0 ? op.target : next;
      case OpCode::kWait: Wait(op); return next;
      case OpCode::kSignal: world_.conditions[static_cast<std::size_t>(op.number)]->notify_one(); return next;
      case OpCode::kBroadcast: world_.conditions[static_cast<std::size_t>(op.number)]->notify_all(); return next;
      case OpCode::kWaitFor: return WaitFor(op);
      case OpCode::kComplete: world_.completions[static_cast<std::size_t>(op.number)]->Complete(); return next;
      case OpCode::kCompleteAll: world_.completions[static_cast<std::size_t>(op.number)]->CompleteAll(); return next;
      case OpCode::kSpawn: Spawn(op.number); return next;
      case OpCode::kJoin: return CanJoin(op.number) ? next : kAgain;
      case OpCode::kYield:
      case OpCode::kSync:
      case OpCode::kInit:
      case OpCode::kDestroy:
      case OpCode::kEnd: return next;
    }
    return next;
  }

  std::int64_t& Counter(const Op& op) { return now_.counters[static_cast<std::size_t>(op.number)]; }

  int Take(const Op& op) {
    const bool gives_up = op.free_choice && op.kind != Kind::kBlocking && Choose(2) == 1;
    if (!gives_up && TakeNow(op.lock, op.mode, op.kind)) {
      now_.holds.push_back({op.lock, op.mode});
      now_.left_out.erase(op.lock);
      return now_.op + 1;
    }
    if (op.target != LockProgram::kNone) return op.target;
    if (HoldOf(op.lock) != now_.holds.rend()) ++now_.left_out[op.lock];
    return now_.op + 1;
  }

  bool TakeNow(int lock, Mode mode, Kind kind) {
    LockMap& map = *world_.locks[static_cast<std::size_t>(lock)];
    const How how = How::Of(mode, kind);
    if (kind == Kind::kTrylock) return map.TryAcquire(how, kSite, [] { return true; });
    return map.Acquire(how, kSite, nullptr, [] { return true; });
  }

  std::vector<OwnHold>::reverse_iterator HoldOf(int lock) {
    return std::find_if(now_.holds.rbegin(), now_.holds.rend(),
                        [lock](const OwnHold& hold) { return hold.lock == lock; });
  }

  void Unlock(int lock) {
    const auto left_out = now_.left_out.find(lock);
    if (left_out == now_.left_out.end()) return Release(lock);
    if (--left_out->second == 0) now_.left_out.erase(left_out);
  }

  void Release(int lock) {
    const auto latest = HoldOf(lock);
    if (latest == now_.holds.rend()) return;
    now_.holds.erase(std::next(latest).base());
    if (HoldOf(lock) == now_.holds.rend()) now_.left_out.erase(lock);
    world_.locks[static_cast<std::size_t>(lock)]->Release([] {});
  }

  void Downgrade(int lock) {
    for (auto hold = now_.holds.rbegin(); hold != now_.holds.rend(); ++hold) {
      if (hold->lock != lock || hold->mode != Mode::kExclusive) continue;
      hold->mode = Mode::kShared;
      world_.locks[static_cast<std::size_t>(lock)]->Downgrade(kSite, [] {});
      return;
    }
  }

  void NoteAssertion(const Op& op) {
    bool holds = false, exclusively = false;
    for (const OwnHold& hold : now_.holds) {
      if (hold.lock != op.lock) continue;
      holds = true;
      exclusively = exclusively || hold.mode == Mode::kExclusive;
    }
    const bool fine = op.lock == LockProgram::kNone                   ? Holds(world_.memory.ReadOnce(), op.condition)
                      : op.assertion == LockProgram::Assertion::kHeld ? holds
                      : op.assertion == LockProgram::Assertion::kHeldShared ? holds && !exclusively
                                                                            : !holds;
    if (!fine) world_.plan.failures.insert({thread_, now_.op});
  }

  // What CondVar::wait is given: the latest hold of the lock, which is given back and taken again in its mode.
  struct LatestHold {
    void unlock() { interpreter.Release(number); }
    void lock() {
      interpreter.TakeNow(number, mode, Kind::kBlocking);
      interpreter.now_.holds.push_back({number, mode});
      interpreter.now_.left_out.erase(number);
    }
    Interpreter& interpreter;
    int number;
    Mode mode;
  };

  void Wait(const Op& op) {
    const auto latest = HoldOf(op.lock);
    const bool holds = latest != now_.holds.rend();
    // With nothing to release, falling asleep would be part of the step before.
    if (!holds) Yield();
    LatestHold lock{*this, op.lock, holds ? latest->mode : Mode::kExclusive};
    world_.conditions[static_cast<std::size_t>(op.number)]->wait(lock);
  }

  int WaitFor(const Op& op) {
    Completion& completion = *world_.completions[static_cast<std::size_t>(op.number)];
    if (!op.free_choice) {
      completion.Wait();
      return now_.op + 1;
    }
    return Choose(2) == 1 || completion.TryWait() ? now_.op + 1 : kAgain;
  }

  void Spawn(int thread) {
    if (world_.plan.is_joined) {
      world_.memory.Update([&](Memory memory) {
        memory.started[static_cast<std::size_t>(thread)] +=
            world_.plan.program.threads[static_cast<std::size_t>(thread)].count;
        return memory;
      });
    } else {
      Yield();  // a step of its own
    }
    world_.StartThreads(thread);
  }

  bool CanJoin(int thread) {
    const Memory memory = world_.memory.ReadOnce();
    const auto index = static_cast<std::size_t>(thread);
    return memory.started[index] > 0 && memory.started[index] == memory.ended[index];
  }

  static constexpr Site kSite = 1;

  World& world_;
  const int thread_;
  const std::vector<Op>& ops_;
  Var<Knowledge> kept_;
  Knowledge is_kept_;
  Knowledge now_;
};

void World::StartThreads(int thread) {
  const LockProgram::Thread& started = plan.program.threads[static_cast<std::size_t>(thread)];
  for (int i = 0; i < started.count; ++i) {
    interpreters.push_back(std::make_unique<Interpreter>(*this, thread));
    Thread(ThreadRole{started.name.c_str()}, [interpreter = interpreters.back().get()] {
      interpreter->Run();
    }).detach();
  }
}

// --- What is stuck ----------------------------------------------------------------------------------------

// Runner 0 is the body.
const Interpreter& InterpreterOf(const World& world, std::size_t runner) { return *world.interpreters[runner - 1]; }

StuckPlaces StuckAt(const Execution& execution, const World& world) {
  StuckPlaces stuck;
  for (std::size_t i = 1; i < execution.thread_count(); ++i) {
    if (execution.Rests(execution.thread(i))) continue;
    stuck.emplace_back(InterpreterOf(world, i).thread(), InterpreterOf(world, i).op());
  }
  std::sort(stuck.begin(), stuck.end());
  return stuck;
}

// Who goes round for ever, and who stands.
class LoopWatch {
 public:
  LoopWatch(const Execution& execution, const World& world) : execution_(execution), world_(world) {}

  void Look() {
    std::vector<Choice> choices;
    execution_.AppendChoices(choices);
    for (std::size_t i = 1; i < execution_.thread_count(); ++i) {
      Runner& runner = runners_[i];
      const SimulatedThread& thread = execution_.thread(i);
      if (execution_.Rests(thread)) runner.rests = true;
      runner.places.insert(InterpreterOf(world_, i).op());
      runner.moves = runner.moves || std::any_of(choices.begin(), choices.end(), [i](const Choice& choice) {
                       return choice.runner == i && choice.outcome != Outcome::kSpurious;
                     });
    }
  }

  StuckPlaces Stuck() const {
    StuckPlaces stuck;
    for (const auto& [i, runner] : runners_) {
      if (runner.rests) continue;
      const Interpreter& interpreter = InterpreterOf(world_, i);
      // Looking again and again for what a script waits for.
      const OpCode code = interpreter.code();
      const bool looks = runner.places.size() == 1 && (code == OpCode::kAwait || code == OpCode::kJoin);
      stuck.emplace_back(interpreter.thread(), runner.moves && !looks ? -1 : interpreter.op());
    }
    std::sort(stuck.begin(), stuck.end());
    return stuck;
  }

 private:
  struct Runner {
    bool rests = false, moves = false;
    std::set<int> places;
  };
  const Execution& execution_;
  const World& world_;
  std::map<std::size_t, Runner> runners_;
};

}  // namespace

StuckPlaces WithoutCopies(const reference::StuckSet& stuck) {
  StuckPlaces places;
  for (const reference::StuckRunner& runner : stuck) places.emplace_back(runner.thread, runner.op);
  std::sort(places.begin(), places.end());
  return places;
}

bool RunsOnFibers(const LockProgram& program) {
  for (const LockProgram::Thread& thread : program.threads) {
    for (const Op& op : thread.ops) {
      if (op.code == OpCode::kSync || op.code == OpCode::kInit || op.code == OpCode::kDestroy) return false;
      if (op.code == OpCode::kTake && op.free_choice && op.kind == Kind::kTimed) return false;
    }
  }
  return true;
}

RunOnFibers ExploreOnFibers(const LockProgram& program, std::uint64_t states_max, bool every_step) {
  Plan plan(program);
  // Kept to the end: nothing of a run is destroyed within another one.
  std::vector<std::unique_ptr<World>> worlds;
  const std::function<void()> body = [&] {
    worlds.push_back(std::make_unique<World>(plan));
    World& world = *worlds.back();
    for (int t = 0; t < std::ssize(program.threads); ++t) {
      if (!program.threads[static_cast<std::size_t>(t)].spawned) world.StartThreads(t);
    }
  };
  Vocabulary vocabulary;
  ExecutionSettings of_execution;
  of_execution.every_step = every_step;
  of_execution.only_variables_shared = true;
  of_execution.spurious_wakes_max = 10;
  Execution execution(body, vocabulary, of_execution);
  SearchSettings settings;
  settings.options.states_max = states_max;
  settings.spins_max = 1'000;
  settings.hangs_max = 100'000;
  RunOnFibers run;
  settings.on_hang = [&](const Execution& at) { run.hangs.insert(StuckAt(at, *worlds.back())); };
  const SearchResult result = SearchAll(execution, settings);
  for (const Found& found : result.found) {
    if (found.what != Found::What::kHang || found.loop == 0) continue;
    execution.Begin();
    LoopWatch watch(execution, *worlds.back());
    for (std::size_t i = 0; i < found.schedule.size(); ++i) {
      if (i >= found.schedule.size() - found.loop) watch.Look();
      const std::optional<Choice> choice = execution.Find(found.schedule[i]);
      if (!choice) {
        run.errors.push_back("a schedule that was found cannot be done again");
        break;
      }
      execution.Do(*choice);
    }
    run.hangs.insert(watch.Stuck());
  }
  run.failures = plan.failures;
  run.exhausted = result.statistics.exhausted;
  run.gave_up = result.statistics.gave_up;
  run.errors.insert(run.errors.end(), result.errors.begin(), result.errors.end());
  run.states = result.statistics.states;
  run.executions = result.statistics.executions;
  return run;
}

}  // namespace lockdep::explore
