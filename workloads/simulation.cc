#include "workloads/simulation.h"

#include <algorithm>
#include <string_view>

#include "lockdep/check.h"
#include "workloads/describe.h"

namespace lockdep::workloads {
namespace {

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

// Whether an unlock of the lock is left out; this one then is.
bool LeavesOut(std::vector<int>& not_got, int lock) {
  const auto at = std::find(not_got.begin(), not_got.end(), lock);
  if (at == not_got.end()) return false;
  not_got.erase(at);
  return true;
}

}  // namespace

// --- A run --------------------------------------------------------------------------------------

Simulation::Simulation(const Program& program, Instances& instances, SimulationOptions options)
    : program_(program),
      instances_(instances),
      validator_(instances.validator()),
      options_(options),
      locks_(program.locks.size()),
      destroyed_(program.locks.size(), false),
      conditions_(program.conditions.size()),
      completions_(program.completions.size()),
      spawned_(program.threads.size(), 0) {
  instances.StartRun();
  validator_.StartRun();
  for (const ProgramLock& each : program.locks) {
    classes_.push_back(each.lock_class);
    subclasses_.push_back(each.subclass);
  }
  for (const ProgramVariable& each : program.variables) variables_.push_back(each.value);
  for (const ProgramThread& each : program.threads) ran_.emplace_back(each.ops.size(), false);
}

// A thread that did not end never will; ending it for the validator would report what it holds.
Simulation::~Simulation() {
  for (Thread& thread : threads_) {
    if (thread.state != nullptr) validator_.ForgetThread(thread.state);
  }
}

SimulationResult Simulation::Run(std::vector<OpAt> fail) {
  fail_ = std::move(fail);
  for (std::size_t i = 0; i < program_.threads.size(); ++i) {
    if (!program_.threads[i].spawned) AddThreads(static_cast<int>(i), nullptr);
  }
  std::size_t first = 0;
  while (true) {
    const std::optional<Runner> next = Next(first);
    if (!next) {
      if (!TimeOutOne()) break;
      continue;
    }
    first = RunThread(*next) == Step::kYield ? *next + 1U : 0;
  }
  SimulationResult result;
  Finish(result);
  return result;
}

void Simulation::AddThreads(int index, ThreadState* creator) {
  const ProgramThread& thread = program_.threads[Index(index)];
  for (int i = 0; i < thread.count; ++i) {
    if (static_cast<std::int64_t>(threads_.size()) >= options_.threads_max) {
      return Fail(thread.at, "expected at most " + std::to_string(options_.threads_max) + " threads, found more");
    }
    const int number = ++spawned_[Index(index)];
    Thread& added = threads_.emplace_back();
    added.index = index;
    added.number = number;
    added.name = ThreadName(thread, number);
    added.counters.assign(Index(thread.counters), 0);
    const ThreadOrigin origin = creator == nullptr ? ThreadOrigin{} : validator_.Create(*creator);
    added.state = validator_.StartThread(instances_.role(thread.role), added.name, origin);
  }
}

// The first thread that can go on, from the `first`-th on and then from the start.
std::optional<Runner> Simulation::Next(std::size_t first) const {
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    const std::size_t at = (first + i) % threads_.size();
    if (CanGo(threads_[at], static_cast<Runner>(at))) return static_cast<Runner>(at);
  }
  return std::nullopt;
}

bool Simulation::CanGo(const Thread& thread, Runner runner) const {
  switch (thread.status) {
    case Status::kReady: return true;
    case Status::kTaking:
      return CanTake(program_.locks[Index(thread.lock)].type, locks_[Index(thread.lock)], runner,
                     thread.request.how.mode());
    case Status::kSyncing: return SyncDone(locks_[Index(OpOf(thread).lock)], runner);
    case Status::kAsleep: return !Sleeps(conditions_[Index(OpOf(thread).number)], runner);
    case Status::kCompletion: return CanPass(completions_[Index(OpOf(thread).number)]);
    case Status::kAwaiting: return Holds(OpOf(thread).condition);
    case Status::kJoining: return Joinable(OpOf(thread).number);
    case Status::kEnded:
    case Status::kExhausted: return false;
  }
  return false;
}

Simulation::Step Simulation::RunThread(Runner runner) {
  Step step = threads_[runner].status == Status::kReady ? Step::kGoOn : Resume(runner);
  while (step == Step::kGoOn) {
    Thread& thread = threads_[runner];
    if (++thread.steps > options_.steps_max) return Stop(thread, Status::kExhausted);
    step = RunOp(runner);
  }
  return step;
}

// What the thread waited for is there.
Simulation::Step Simulation::Resume(Runner runner) {
  Thread& thread = threads_[runner];
  const Op& op = OpOf(thread);
  const Status was = thread.status;
  thread.status = Status::kReady;
  switch (was) {
    case Status::kTaking: return Got(runner);
    case Status::kAsleep:
      // Woken: the mutex is asked for like any other lock, with all that is held.
      validator_.Acquire(*thread.state, thread.request);
      NoteContext(thread);
      if (!CanTake(program_.locks[Index(op.lock)].type, locks_[Index(op.lock)], runner, thread.request.how.mode())) {
        Announce(runner);
        return Stop(thread, Status::kTaking);
      }
      return Got(runner);
    case Status::kCompletion: Pass(completions_[Index(op.number)]); break;
    case Status::kJoining:
      for (const Thread& each : threads_) {
        if (each.index == op.number) validator_.Joined(*thread.state, each.origin);
      }
      break;
    case Status::kReady:
    case Status::kSyncing:
    case Status::kAwaiting:
    case Status::kEnded:
    case Status::kExhausted: break;
  }
  return GoOn(thread);
}

// All wait: the first wait that is only for a time ends.
bool Simulation::TimeOutOne() {
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    Thread& thread = threads_[i];
    if (thread.status != Status::kTaking || thread.request.how.kind() != Kind::kTimed) continue;
    if (OpOf(thread).code != OpCode::kTake) continue;
    thread.status = Status::kReady;
    NotGot(static_cast<Runner>(i), OpOf(thread));
    return true;
  }
  return false;
}

Simulation::Step Simulation::Stop(Thread& thread, Status status) {
  thread.status = status;
  return Step::kStop;
}

Simulation::Step Simulation::GoTo(Thread& thread, int target) {
  const bool backward = target <= thread.pc;
  thread.pc = target;
  return backward && ++thread.rounds % options_.rounds_max == 0 ? Step::kYield : Step::kGoOn;
}

Simulation::Step Simulation::RunOp(Runner runner) {
  Thread& thread = threads_[runner];
  const Op& op = OpOf(thread);
  ran_[Index(thread.index)][Index(thread.pc)] = true;
  switch (op.code) {
    case OpCode::kTake: return Take(runner);
    case OpCode::kUnlock: return Unlock(thread, runner, op);
    case OpCode::kDowngrade:
    case OpCode::kSync:
    case OpCode::kInit:
    case OpCode::kDestroy:
    case OpCode::kReclass: return LockOperation(thread, runner, op);
    case OpCode::kAssert: op.lock == kNone ? AssertThat(thread, op) : Assert(thread, runner, op); return GoOn(thread);
    case OpCode::kWait:
    case OpCode::kWaitFor:
    case OpCode::kAwait:
    case OpCode::kJoin: return Waiting(thread, runner, op);
    case OpCode::kEnter:
    case OpCode::kLeave:
    case OpCode::kIrqs:
    case OpCode::kSoftirqs:
    case OpCode::kAssign:
    case OpCode::kJump:
    case OpCode::kJumpUnless:
    case OpCode::kCountStart:
    case OpCode::kCountNext:
    case OpCode::kSignal:
    case OpCode::kBroadcast:
    case OpCode::kComplete:
    case OpCode::kCompleteAll:
    case OpCode::kSpawn:
    case OpCode::kBlock:
    case OpCode::kSubsystem:
    case OpCode::kYield: return Control(thread, op);
    case OpCode::kEnd: return End(thread);
  }
  return Step::kStop;
}

Simulation::Step Simulation::Control(Thread& thread, const Op& op) {
  ThreadState& state = *thread.state;
  switch (op.code) {
    case OpCode::kEnter: validator_.EnterContext(state, op.context); break;
    case OpCode::kLeave: validator_.LeaveContext(state, SiteOf(thread)); break;
    case OpCode::kIrqs: validator_.SetInterrupts(state, op.on, state.softirqs_on, SiteOf(thread)); break;
    case OpCode::kSoftirqs: validator_.SetInterrupts(state, state.hardirqs_on, op.on, SiteOf(thread)); break;
    case OpCode::kAssign: variables_[Index(op.number)] = Value(op.expression); break;
    case OpCode::kJump: return GoTo(thread, op.target);
    case OpCode::kJumpUnless:
      validator_.Observe(state);
      if (!Holds(op.condition)) return GoTo(thread, op.target);
      break;
    case OpCode::kCountStart:
      thread.counters[Index(op.number)] = op.count;
      if (op.count == 0) return GoTo(thread, op.target);
      break;
    case OpCode::kCountNext:
      if (--thread.counters[Index(op.number)] > 0) return GoTo(thread, op.target);
      break;
    case OpCode::kSignal: Signal(conditions_[Index(op.number)]); break;
    case OpCode::kBroadcast: Broadcast(conditions_[Index(op.number)]); break;
    case OpCode::kComplete: Complete(completions_[Index(op.number)]); break;
    case OpCode::kCompleteAll: CompleteAll(completions_[Index(op.number)]); break;
    case OpCode::kSpawn: AddThreads(op.number, thread.state); break;
    case OpCode::kBlock: break;
    case OpCode::kYield: ++thread.pc; return Step::kYield;
    default: LOCKDEP_CHECK(false);
  }
  return GoOn(thread);
}

Simulation::Step Simulation::End(Thread& thread) {
  thread.origin = validator_.EndThread(thread.state, SiteOf(thread));
  thread.state = nullptr;
  return Stop(thread, Status::kEnded);
}

// --- Taking and releasing -------------------------------------------------------------------------

Simulation::Step Simulation::Take(Runner runner) {
  Thread& thread = threads_[runner];
  const Op& op = OpOf(thread);
  if (UsesDestroyed(thread, op.lock, op.at)) return GoOn(thread);
  if (RulesOf(program_.locks[Index(op.lock)].type).reentrant && HoldCount(locks_[Index(op.lock)], runner) > 0) {
    // Its holder takes it again: that can block nobody, so it is no event.
    lockdep::Take(locks_[Index(op.lock)], runner, op.mode);
    return GoOn(thread);
  }
  const auto subclass = static_cast<unsigned>(op.subclass == kNone ? subclasses_[Index(op.lock)] : op.subclass);
  const LockId id = instances_.lock(op.lock);
  thread.lock = op.lock;
  thread.request = {id, validator_.HowFor(id, How::Of(op.mode, op.take_kind, subclass)),
                    op.nest == kNone ? 0 : instances_.lock(op.nest), SiteOf(thread)};
  const bool free = CanTake(program_.locks[Index(op.lock)].type, locks_[Index(op.lock)], runner, op.mode);
  const OpAt here{thread.index, thread.number, thread.pc};
  const bool may_fail = op.take_kind != Kind::kBlocking;
  const bool failed = free && may_fail && std::erase(fail_, here) != 0;
  if (free && may_fail && !failed && thread.number <= 2 && seen_to_succeed_.insert(here).second) {
    succeeded_.push_back(here);
  }
  const bool got = free && !failed;
  if (op.take_kind == Kind::kTrylock && !got) return NotGot(runner, op);
  validator_.Acquire(*thread.state, thread.request);
  if (op.take_kind != Kind::kTrylock) NoteContext(thread);
  if (got) return Got(runner);
  if (failed) return NotGot(runner, op);
  Announce(runner);
  return Stop(thread, Status::kTaking);
}

void Simulation::NoteContext(const Thread& thread) {
  StatementContext context{thread.index, thread.pc, {}};
  for (const Held& held : thread.held) {
    if (held.contexts == thread.state->contexts.size()) context.held.push_back(held.op);
  }
  std::sort(context.held.begin(), context.held.end());
  contexts_.insert(std::move(context));
}

// From now on readers that queue stand behind this one, if it wants to write.
void Simulation::Announce(Runner runner) {
  Thread& thread = threads_[runner];
  thread.stamp = ++clock_;
  if (thread.request.how.mode() == Mode::kExclusive) lockdep::Announce(locks_[Index(thread.lock)], runner);
}

Simulation::Step Simulation::Got(Runner runner) {
  Thread& thread = threads_[runner];
  lockdep::Take(locks_[Index(thread.lock)], runner, thread.request.how.mode());
  validator_.Acquired(*thread.state, thread.request);
  Hold(thread);
  thread.not_got_before.insert(thread.not_got_before.end(), std::erase(thread.not_got, thread.lock), thread.lock);
  return GoOn(thread);
}

void Simulation::Hold(Thread& thread) {
  thread.held.push_back(
      {thread.lock, thread.request, thread.request.how.mode(), thread.state->contexts.size(), ++clock_, thread.pc});
}

Simulation::Step Simulation::NotGot(Runner runner, const Op& op) {
  Thread& thread = threads_[runner];
  Withdraw(locks_[Index(thread.lock)], runner);
  validator_.AcquireFailed(*thread.state, thread.request);
  if (op.conditional) return GoTo(thread, op.target);
  // The script cannot say "unlock if it was got", so its next unlock says just that.
  thread.not_got.push_back(thread.lock);
  return GoOn(thread);
}

Simulation::Step Simulation::Unlock(Thread& thread, Runner runner, const Op& op) {
  if (LeavesOut(thread.not_got, op.lock)) return GoOn(thread);
  if (UsesDestroyed(thread, op.lock, op.at)) return GoOn(thread);
  if (RulesOf(program_.locks[Index(op.lock)].type).reentrant && HoldCount(locks_[Index(op.lock)], runner) > 1) {
    Release(locks_[Index(op.lock)], runner);
    return GoOn(thread);
  }
  const auto held =
      std::find_if(thread.held.rbegin(), thread.held.rend(), [&](const Held& each) { return each.lock == op.lock; });
  if (held == thread.held.rend() && LeavesOut(thread.not_got_before, op.lock)) return GoOn(thread);
  const LockId id = held == thread.held.rend() ? instances_.lock(op.lock) : held->request.lock;
  if (held != thread.held.rend()) thread.held.erase(std::next(held).base());
  validator_.Release(*thread.state, id, SiteOf(thread));
  Release(locks_[Index(op.lock)], runner);
  return GoOn(thread);
}

Simulation::Step Simulation::LockOperation(Thread& thread, Runner runner, const Op& op) {
  const LockId id = instances_.lock(op.lock);
  if (op.code != OpCode::kInit && UsesDestroyed(thread, op.lock, op.at)) return GoOn(thread);
  switch (op.code) {
    case OpCode::kDowngrade:
      if (!HoldsIn(locks_[Index(op.lock)], runner, Mode::kExclusive)) {
        Fail(op.at, "expected '" + program_.locks[Index(op.lock)].name + "' held exclusively by '" + thread.name +
                        "', found it not");
        break;
      }
      lockdep::Downgrade(locks_[Index(op.lock)], runner);
      for (Held& held : thread.held) {
        if (held.lock == op.lock) held.mode = Mode::kShared;
      }
      validator_.Downgrade(*thread.state, id, SiteOf(thread));
      break;
    case OpCode::kSync: return Sync(thread, runner, op);
    case OpCode::kInit: Destroy(thread, op, true); break;
    case OpCode::kDestroy: Destroy(thread, op, false); break;
    default:
      validator_.SetClass(*thread.state, id, instances_.lock_class(op.number), static_cast<unsigned>(op.subclass),
                          SiteOf(thread));
      classes_[Index(op.lock)] = op.number;
      subclasses_[Index(op.lock)] = op.subclass;
      instances_.RenewAtNextRun(op.lock);
      break;
  }
  return GoOn(thread);
}

Simulation::Step Simulation::Sync(Thread& thread, Runner runner, const Op& op) {
  LockState& state = locks_[Index(op.lock)];
  validator_.Sync(*thread.state, instances_.lock(op.lock), SiteOf(thread));
  NoteContext(thread);
  StartSync(state, runner);
  if (SyncDone(state, runner)) return GoOn(thread);
  thread.stamp = ++clock_;
  return Stop(thread, Status::kSyncing);
}

void Simulation::Assert(Thread& thread, Runner runner, const Op& op) {
  const LockState& state = locks_[Index(op.lock)];
  const bool holds = lockdep::Holds(state, runner);
  const bool exclusively = HoldsIn(state, runner, Mode::kExclusive);
  const char* wanted = "held";
  bool as_wanted = holds;
  if (op.assertion == Assertion::kShared) {
    wanted = "held shared";
    as_wanted = holds && !exclusively;
  } else if (op.assertion == Assertion::kNotHeld) {
    wanted = "not held";
    as_wanted = !holds;
  }
  if (as_wanted) return;
  broken_asserts_.push_back({program_.file, op.at,
                             "expected '" + program_.locks[Index(op.lock)].name + "' " + wanted + " by '" +
                                 thread.name + "', found it " +
                                 (exclusively ? "held exclusively"
                                  : holds     ? "held shared"
                                              : "not held")});
}

void Simulation::AssertThat(Thread& thread, const Op& op) {
  validator_.Observe(*thread.state);
  if (Holds(op.condition)) return;
  const int variable = op.condition.variable;
  broken_asserts_.push_back({program_.file, op.at,
                             "expected " + StatementText(program_, op).substr(std::string_view("assert ").size()) +
                                 " in '" + thread.name + "', found " + program_.variables[Index(variable)].name +
                                 " at " + std::to_string(variables_[Index(variable)])});
}

// The old instance is gone, and whoever holds it has nothing to release any more.
void Simulation::Destroy(Thread& thread, const Op& op, bool and_init) {
  const std::size_t lock = Index(op.lock);
  if (!destroyed_[lock]) {
    const LockId id = instances_.lock(op.lock);
    const bool mine =
        std::any_of(thread.held.begin(), thread.held.end(), [&](const Held& held) { return held.request.lock == id; });
    validator_.Destroy(*thread.state, id, SiteOf(thread), !mine && !locks_[lock].holds.empty());
    for (Thread& each : threads_) {
      for (const Held& held : each.held) {
        if (held.request.lock != id || each.state == nullptr || held.contexts != each.state->contexts.size()) continue;
        validator_.Release(*each.state, id, SiteOf(thread));
      }
      std::erase_if(each.held, [&](const Held& held) { return held.request.lock == id; });
    }
    LockState fresh;
    fresh.waiting_writers = locks_[lock].waiting_writers;
    locks_[lock] = std::move(fresh);
    instances_.Renew(op.lock);
    classes_[lock] = program_.locks[lock].lock_class;
    subclasses_[lock] = program_.locks[lock].subclass;
  }
  destroyed_[lock] = !and_init;
}

bool Simulation::UsesDestroyed(const Thread& thread, int lock, Position at) {
  if (!destroyed_[Index(lock)]) return false;
  Fail(at, "expected an initialised lock, found '" + program_.locks[Index(lock)].name + "', which '" + thread.name +
               "' uses after it was destroyed");
  return true;
}

// --- Waiting for other things -----------------------------------------------------------------------

Simulation::Step Simulation::Waiting(Thread& thread, Runner runner, const Op& op) {
  const Site site = SiteOf(thread);
  Status status = Status::kAwaiting;
  switch (op.code) {
    case OpCode::kWait: return WaitCondition(thread, runner, op);
    case OpCode::kWaitFor:
      validator_.CompletionWait(*thread.state, instances_.completion(op.number), site);
      status = Status::kCompletion;
      break;
    case OpCode::kJoin:
      validator_.Join(*thread.state, instances_.role(program_.threads[Index(op.number)].role), site);
      NoteContext(thread);
      status = Status::kJoining;
      break;
    default: validator_.CompletionWait(*thread.state, instances_.variable(op.condition.variable), site); break;
  }
  thread.status = status;
  if (CanGo(thread, runner)) return Resume(runner);
  thread.stamp = ++clock_;
  return Step::kStop;
}

Simulation::Step Simulation::WaitCondition(Thread& thread, Runner runner, const Op& op) {
  const auto held =
      std::find_if(thread.held.rbegin(), thread.held.rend(), [&](const Held& each) { return each.lock == op.lock; });
  const LockId id = instances_.lock(op.lock);
  thread.lock = op.lock;
  thread.request = {id,
                    validator_.HowFor(id, How::Of(Mode::kExclusive, Kind::kBlocking,
                                                  static_cast<unsigned>(subclasses_[Index(op.lock)]))),
                    0, SiteOf(thread)};
  if (held != thread.held.rend()) {
    // As it is held, and however it was got: the thread waits for it now.
    thread.request.how = validator_.HowFor(id, How::Of(held->mode, Kind::kBlocking, held->request.how.subclass()));
    thread.held.erase(std::next(held).base());
  }
  validator_.Release(*thread.state, id, thread.request.site);
  Release(locks_[Index(op.lock)], runner);
  validator_.CompletionWait(*thread.state, instances_.condition(op.number), thread.request.site);
  Sleep(conditions_[Index(op.number)], runner);
  thread.stamp = ++clock_;
  return Stop(thread, Status::kAsleep);
}

bool Simulation::Joinable(int thread) const {
  if (spawned_[Index(thread)] == 0) return false;
  return std::none_of(threads_.begin(), threads_.end(),
                      [&](const Thread& each) { return each.index == thread && each.status != Status::kEnded; });
}

std::int64_t Simulation::Value(const ProgramExpression& expression) const {
  // Wraps around, as a counter of a program that counts for ever would.
  const auto base =
      expression.variable == kNone ? 0U : static_cast<std::uint64_t>(variables_[Index(expression.variable)]);
  return static_cast<std::int64_t>(base + static_cast<std::uint64_t>(expression.offset));
}

bool Simulation::Holds(const ProgramCondition& condition) const {
  return Compare(variables_[Index(condition.variable)], condition.comparison, Value(condition.right));
}

// --- Places and failures ------------------------------------------------------------------------------

void Simulation::Fail(Position at, std::string message) {
  failures_.push_back({program_.file, at, std::move(message)});
}

// --- The end ------------------------------------------------------------------------------------------

void Simulation::Finish(SimulationResult& result) {
  bool exhausted = false;
  bool blocked = false;
  for (const Thread& thread : threads_) {
    result.steps += thread.steps;
    blocked = blocked || (thread.status != Status::kEnded && thread.status != Status::kExhausted);
    if (thread.status != Status::kExhausted) continue;
    exhausted = true;
    result.unended.push_back({program_.file, OpOf(thread).at,
                              "expected an end of '" + thread.name + "', found none after " +
                                  std::to_string(options_.steps_max) + " steps"});
  }
  result.hung = blocked && !exhausted;
  if (blocked) result.snapshot = Describe();
  result.succeeded = std::move(succeeded_);
  result.all_failed = fail_.empty();
  result.failures = std::move(failures_);
  result.broken_asserts = std::move(broken_asserts_);
  result.contexts = std::move(contexts_);
  result.ran = std::move(ran_);
}

}  // namespace lockdep::workloads
