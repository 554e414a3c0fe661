#include "workloads/native_threads.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <thread>

#include "lockdep/runtime.h"
#include "workloads/describe.h"
#include "workloads/other_process.h"

namespace lockdep::workloads {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

// A timed wait that may fail ends soon; one that is expected to succeed has the time of a slow machine.
constexpr milliseconds kShortWait{50};
constexpr milliseconds kLongWait{1000};
// How often a thread that waits for an event looks, and the watch over all of them.
constexpr std::chrono::microseconds kPoll{200};
constexpr milliseconds kWatch{20};
// A suspected hang is one if its threads were found asleep so often, in the same waits.
constexpr int kSleepsNeeded = 10;
// A step of a schedule that takes longer does not happen.
constexpr milliseconds kStepTime{2000};

std::vector<LockType> TypesOf(const Program& program) {
  std::vector<LockType> types;
  for (const ProgramLock& lock : program.locks) types.push_back(lock.type);
  return types;
}

NativeReaders ReadersOf(const Program& program, int lock) {
  const LockType type = program.locks[Index(lock)].type;
  for (const ProgramThread& thread : program.threads) {
    for (const Op& op : thread.ops) {
      if (op.code == OpCode::kTake && op.lock == lock && IsOtherReader(type, op.mode)) return NativeReaders::kMixed;
    }
  }
  return NativeReaders::kOfItsType;
}

// A statement that no other thread sees.
bool IsLocal(OpCode code) {
  switch (code) {
    case OpCode::kJump:
    case OpCode::kCountStart:
    case OpCode::kCountNext:
    case OpCode::kReclass:
    case OpCode::kBlock:
    case OpCode::kYield:
    case OpCode::kEnd: return true;
    default: return false;
  }
}

}  // namespace

NativeThreads::NativeThreads(const Program& program, milliseconds timeout, int report_fd, ScheduleGate* gate)
    : program_(program), timeout_(timeout), report_fd_(report_fd), gate_(gate), table_(TypesOf(program)) {
  for (std::size_t i = 0; i < program.locks.size(); ++i) {
    const ProgramLock& lock = program.locks[i];
    locks_.push_back(MakeNativeLock(lock.type, ReadersOf(program, static_cast<int>(i)), lock.name.c_str()));
  }
  for (const std::string& name : program.conditions) conditions_.emplace_back(name.c_str());
  for (const std::string& name : program.completions) completions_.emplace_back(name.c_str());
  OwnMutexLock variables_guard(variables_mutex_);
  for (const ProgramVariable& variable : program.variables) variables_.push_back(variable.value);
  OwnMutexLock guard(mutex_);
  started_.assign(program.threads.size(), 0);
}

void NativeThreads::Run() {
  // What the wrappers find is what the order pass found.
  SetPolicy(Policy::kIgnore);
  for (std::size_t i = 0; i < program_.threads.size(); ++i) {
    if (!program_.threads[i].spawned) Start(static_cast<int>(i));
  }
  Watch();
  Report(NativeEnd::kEnded, {});
}

void NativeThreads::Start(int thread) {
  for (int i = 0; i < program_.threads[Index(thread)].count; ++i) {
    OwnMutexLock guard(mutex_);
    Running& running = running_.emplace_back();
    running.runner = table_.AddThread();
    running.thread = thread;
    running.number = ++started_[Index(thread)];
    running.counters.assign(Index(program_.threads[Index(thread)].counters), 0);
    running.handle =
        Thread(ThreadRole{program_.threads[Index(thread)].name.c_str()}, [this, &running] { RunThread(running); });
  }
}

void NativeThreads::RunThread(Running& running) {
  running.tid = static_cast<pid_t>(::syscall(SYS_gettid));
  const std::vector<Op>& ops = program_.threads[Index(running.thread)].ops;
  for (int pc = 0; pc != kNone;) {
    running.op = pc;
    if (gate_ != nullptr) EnterGate(running, pc);
    pc = RunOp(running, pc, ops[Index(pc)]);
    if (running.turn == ScheduleGate::Turn::kStep) gate_->Done();
    running.turn = ScheduleGate::Turn::kFree;
  }
  table_.End(running.runner);
}

void NativeThreads::EnterGate(Running& running, int pc) {
  const Op& op = program_.threads[Index(running.thread)].ops[Index(pc)];
  running.turn = gate_->Enter({running.thread, running.number}, pc, IsLocal(op.code));
  // A write that could be had is announced in the model only, where that is a step of its own.
  const bool begins = running.turn == ScheduleGate::Turn::kAnnounce && op.code == OpCode::kTake && !IsHeld(op.lock);
  if (!begins) return;
  gate_->Announced();
  EnterGate(running, pc);
}

bool NativeThreads::IsHeld(int lock) const {
  const std::vector<WaitFor::ThreadView> view = table_.View();
  return std::any_of(view.begin(), view.end(), [&](const WaitFor::ThreadView& each) {
    return std::any_of(each.holds.begin(), each.holds.end(),
                       [&](const WaitFor::Hold& hold) { return hold.lock == lock; });
  });
}

int NativeThreads::RunOp(Running& running, int pc, const Op& op) {
  switch (op.code) {
    case OpCode::kTake: return Take(running, pc, op);
    case OpCode::kUnlock: Unlock(running, op.lock); break;
    case OpCode::kDowngrade: Downgrade(running, op.lock); break;
    case OpCode::kAssert: op.lock == kNone ? AssertThat(running, op) : Assert(running, op); break;
    case OpCode::kAssign: {
      OwnMutexLock guard(variables_mutex_);
      variables_[Index(op.number)] = Value(op.expression);
      break;
    }
    case OpCode::kAwait: WaitUntil(running, pc, op.condition); break;
    case OpCode::kJump: return op.target;
    case OpCode::kJumpUnless:
      if (!Holds(op.condition)) return op.target;
      break;
    case OpCode::kCountStart:
      running.counters[Index(op.number)] = op.count;
      if (op.count == 0) return op.target;
      break;
    case OpCode::kCountNext:
      if (--running.counters[Index(op.number)] > 0) return op.target;
      break;
    case OpCode::kWait: {
      Relock lock{*this, running, op.lock};
      conditions_[Index(op.number)].wait(lock);
      break;
    }
    case OpCode::kSignal: conditions_[Index(op.number)].notify_one(); break;
    case OpCode::kBroadcast: conditions_[Index(op.number)].notify_all(); break;
    case OpCode::kWaitFor:
      table_.WaitForEvent(running.runner, pc);
      completions_[Index(op.number)].Wait();
      table_.StopWaiting(running.runner);
      break;
    case OpCode::kComplete: completions_[Index(op.number)].Complete(); break;
    case OpCode::kCompleteAll: completions_[Index(op.number)].CompleteAll(); break;
    case OpCode::kSpawn: Start(op.number); break;
    case OpCode::kJoin: Join(running, pc, op.number); break;
    case OpCode::kYield: std::this_thread::yield(); break;
    case OpCode::kSubsystem: break;  // memory hotplug: runs as a whole (scenario_check.h)
    case OpCode::kEnd: return kNone;
    case OpCode::kReclass:  // changes what is validated, not who waits
    case OpCode::kBlock: break;
    case OpCode::kSync:
    case OpCode::kEnter:
    case OpCode::kLeave:
    case OpCode::kIrqs:
    case OpCode::kSoftirqs:
    case OpCode::kInit:
    case OpCode::kDestroy: break;  // such a program is not run
  }
  return pc + 1;
}

bool NativeThreads::TakesAgain(const Running& running, int lock) const {
  return program_.locks[Index(lock)].type == LockType::kRecursiveMutex &&
         std::any_of(running.held.begin(), running.held.end(), [&](const Held& held) { return held.lock == lock; });
}

int NativeThreads::Take(Running& running, int pc, const Op& op) {
  NativeLock& lock = *locks_[Index(op.lock)];
  if (TakesAgain(running, op.lock)) {
    lock.Lock(op.mode);
    Hold(running, op.lock, op.mode);
    return pc + 1;
  }
  if (op.take_kind == Kind::kTrylock) {
    if (!lock.TryLock(op.mode)) return NotGot(running, pc, op);
    table_.Take(running.runner, op.lock, op.mode, op.take_kind, pc);
  } else {
    CheckCycle(table_.Wait(running.runner, op.lock, op.mode, op.take_kind, pc));
    if (op.take_kind == Kind::kBlocking) {
      lock.Lock(op.mode);
    } else if (!lock.TryLockFor(op.mode, op.conditional ? kShortWait : kLongWait)) {
      table_.StopWaiting(running.runner);
      return NotGot(running, pc, op);
    }
    table_.Got(running.runner);
  }
  // It had announced itself; having it is the next step.
  if (running.turn == ScheduleGate::Turn::kAnnounce) EnterGate(running, pc);
  Hold(running, op.lock, op.mode);
  return pc + 1;
}

void NativeThreads::Hold(Running& running, int lock, Mode mode) {
  running.held.push_back({lock, mode});
  std::erase(running.not_got, lock);
}

int NativeThreads::NotGot(Running& running, int pc, const Op& op) {
  if (op.conditional) return op.target;
  running.not_got.push_back(op.lock);
  return pc + 1;
}

void NativeThreads::Unlock(Running& running, int lock) {
  const auto not_got = std::find(running.not_got.begin(), running.not_got.end(), lock);
  if (not_got != running.not_got.end()) {
    running.not_got.erase(not_got);
    return;
  }
  Release(running, lock);
}

std::optional<Mode> NativeThreads::Release(Running& running, int lock) {
  const auto held =
      std::find_if(running.held.rbegin(), running.held.rend(), [&](const Held& each) { return each.lock == lock; });
  // Releasing what is not held would be undefined for a real lock; the order pass reports it.
  if (held == running.held.rend()) return std::nullopt;
  const Mode mode = held->mode;
  running.held.erase(std::next(held).base());
  if (!TakesAgain(running, lock)) table_.Release(running.runner, lock);
  locks_[Index(lock)]->Unlock(mode);
  return mode;
}

void NativeThreads::Downgrade(Running& running, int lock) {
  for (Held& held : running.held) {
    if (held.lock != lock || held.mode != Mode::kExclusive) continue;
    held.mode = Mode::kShared;
    table_.Downgrade(running.runner, lock);
    locks_[Index(lock)]->Downgrade();
    return;
  }
}

void NativeThreads::AssertThat(const Running& running, const Op& op) {
  if (Holds(op.condition)) return;
  const ScriptError failure{
      program_.file, op.at,
      "'" + StatementText(program_, op) + "' does not hold in '" + program_.threads[Index(running.thread)].name + "'"};
  OwnMutexLock guard(mutex_);
  problems_.push_back(failure.ToString());
}

void NativeThreads::Assert(Running& running, const Op& op) {
  const auto held =
      std::find_if(running.held.begin(), running.held.end(), [&](const Held& each) { return each.lock == op.lock; });
  const bool holds = held != running.held.end();
  const bool as_wanted = op.assertion == Assertion::kNotHeld ? !holds
                         : op.assertion == Assertion::kHeld  ? holds
                                                             : holds && IsShared(held->mode);
  if (as_wanted) return;
  const ScriptError failure{program_.file, op.at,
                            "the assert of '" + program_.locks[Index(op.lock)].name + "' does not hold in '" +
                                program_.threads[Index(running.thread)].name + "'"};
  OwnMutexLock guard(mutex_);
  problems_.push_back(failure.ToString());
}

void NativeThreads::Join(Running& running, int pc, int thread) {
  std::vector<Runner> others;
  bool waiting = false;
  while (true) {
    {
      OwnMutexLock guard(mutex_);
      for (const Running& each : running_) {
        if (each.thread == thread) others.push_back(each.runner);
      }
    }
    if (!others.empty()) break;
    if (!std::exchange(waiting, true)) table_.WaitForEvent(running.runner, pc);
    std::this_thread::sleep_for(kPoll);
  }
  CheckCycle(table_.WaitForEnd(running.runner, others, pc));
  const auto ended = [&] {
    const std::vector<WaitFor::ThreadView> view = table_.View();
    return std::all_of(others.begin(), others.end(), [&](Runner other) { return view[other].ended; });
  };
  while (!ended()) std::this_thread::sleep_for(kPoll);
  table_.StopWaiting(running.runner);
}

void NativeThreads::WaitUntil(Running& running, int pc, const ProgramCondition& condition) {
  if (Holds(condition)) return;
  table_.WaitForEvent(running.runner, pc);
  while (!Holds(condition)) std::this_thread::sleep_for(kPoll);
  table_.StopWaiting(running.runner);
}

std::int64_t NativeThreads::Value(const ProgramExpression& expression) const {
  const auto base =
      expression.variable == kNone ? 0U : static_cast<std::uint64_t>(variables_[Index(expression.variable)]);
  return static_cast<std::int64_t>(base + static_cast<std::uint64_t>(expression.offset));
}

bool NativeThreads::Holds(const ProgramCondition& condition) {
  OwnMutexLock guard(variables_mutex_);
  const std::int64_t left = variables_[Index(condition.variable)];
  return Compare(left, condition.comparison, Value(condition.right));
}

void NativeThreads::Relock::unlock() {
  mode = threads.Release(running, lock_number).value_or(Mode::kExclusive);
  threads.table_.WaitForEvent(running.runner, running.op);
}

void NativeThreads::Relock::lock() {
  threads.table_.StopWaiting(running.runner);
  if (threads.gate_ != nullptr) threads.EnterGate(running, running.op);
  const bool again = threads.TakesAgain(running, lock_number);
  if (!again) threads.CheckCycle(threads.table_.Wait(running.runner, lock_number, mode, Kind::kBlocking, running.op));
  threads.locks_[Index(lock_number)]->Lock(mode);
  if (!again) threads.table_.Got(running.runner);
  if (running.turn == ScheduleGate::Turn::kAnnounce) threads.EnterGate(running, running.op);
  Hold(running, lock_number, mode);
}

void NativeThreads::CheckCycle(std::vector<Runner> cycle) {
  if (!cycle.empty()) Report(NativeEnd::kHang, std::move(cycle));
}

// Never unlocks: the first to come here ends the process.
void NativeThreads::Report(NativeEnd end, std::vector<Runner> cycle) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  mutex_.Lock();
  NativeReport report;
  report.end = end;
  report.cycle = std::move(cycle);
  report.problems = std::move(problems_);
  const std::vector<WaitFor::ThreadView> view = table_.View();
  for (const Running& running : running_) {
    report.threads.push_back({running.thread, running.number, running.op, view[running.runner]});
  }
  WriteAll(report_fd_, Write(report));
  ::_exit(0);
}

void NativeThreads::Watch() {
  const auto end = std::chrono::steady_clock::now() + timeout_;
  if (gate_ != nullptr) FollowSchedule(end);
  WaitFor::Suspicion suspicion;
  int sleeps = 0;
  int settled = 0;
  while (!AllEnded()) {
    std::this_thread::sleep_for(kWatch);
    if (std::chrono::steady_clock::now() >= end) Report(NativeEnd::kTimeout, {});
    settled = gate_ != nullptr && Settled() ? settled + 1 : 0;
    if (settled == 2 * kSleepsNeeded) Report(NativeEnd::kSettled, {});
    const WaitFor::Suspicion now = table_.Suspect();
    // A reader that was let in but did not run yet is runnable, not asleep.
    const bool stands = !now.threads.empty() && now == suspicion && AllSleep(now.threads) && table_.Suspect() == now;
    sleeps = stands ? sleeps + 1 : 0;
    if (sleeps == kSleepsNeeded) Report(NativeEnd::kHang, now.threads);
    suspicion = now;
  }
}

// Until all steps were done.
void NativeThreads::FollowSchedule(std::chrono::steady_clock::time_point end) {
  std::size_t done = 0;
  auto last = std::chrono::steady_clock::now();
  while (!gate_->finished()) {
    std::this_thread::sleep_for(kPoll);
    const std::size_t now_done = gate_->steps_done();
    const auto now = std::chrono::steady_clock::now();
    if (std::exchange(done, now_done) != now_done) last = now;
    if (const auto astray = gate_->Astray()) {
      const ProgramThread& thread = program_.threads[Index(astray->thread.first)];
      ReportAstray(ThreadName(thread, astray->thread.second) + " came to line " +
                   std::to_string(thread.ops[Index(astray->op)].at.line) + " instead of its next step");
    }
    if (now - last > kStepTime || now >= end) {
      if (gate_->finished()) return;
      const ScheduleGate::Step step = gate_->at_hand();
      const ProgramThread& thread = program_.threads[Index(step.thread.first)];
      ReportAstray(ThreadName(thread, step.thread.second) + " did not do its step at line " +
                   std::to_string(thread.ops[Index(step.op)].at.line));
    }
    if (const auto announcing = gate_->Announcing()) LetBegin(*announcing);
  }
}

// The thread is about to wait: once it sleeps in that wait, the step is done.
void NativeThreads::LetBegin(ScheduleGate::ThreadKey key) {
  std::optional<Runner> runner;
  {
    OwnMutexLock guard(mutex_);
    for (const Running& each : running_) {
      if (ScheduleGate::ThreadKey{each.thread, each.number} == key) runner = each.runner;
    }
  }
  if (!runner) return;
  for (int sleeps = 0; sleeps < 3; ++sleeps) {
    if (table_.View()[*runner].waits == WaitFor::Waits::kNot || !AllSleep({*runner})) return;
    std::this_thread::sleep_for(kPoll);
  }
  gate_->Announced();
}

bool NativeThreads::Settled() {
  const std::vector<WaitFor::ThreadView> view = table_.View();
  std::vector<Runner> waiting;
  {
    OwnMutexLock guard(mutex_);
    for (const Running& each : running_) {
      if (!gate_->IsLetGo({each.thread, each.number})) continue;
      if (view.size() <= each.runner || view[each.runner].ended) continue;
      if (view[each.runner].waits == WaitFor::Waits::kNot) return false;
      waiting.push_back(each.runner);
    }
  }
  return AllSleep(waiting);
}

void NativeThreads::ReportAstray(const std::string& why) {
  {
    OwnMutexLock guard(mutex_);
    problems_.push_back(why);
  }
  Report(NativeEnd::kAstray, {});
}

bool NativeThreads::AllEnded() {
  const std::vector<WaitFor::ThreadView> view = table_.View();
  OwnMutexLock guard(mutex_);
  // A thread that was just spawned is in running_, and in the view only if it is older than that.
  return view.size() == running_.size() &&
         std::all_of(view.begin(), view.end(), [](const auto& each) { return each.ended; });
}

// As the kernel sees it: state S behind the name in /proc/self/task/TID/stat.
bool NativeThreads::AllSleep(const std::vector<Runner>& threads) {
  OwnMutexLock guard(mutex_);
  return std::all_of(threads.begin(), threads.end(), [&](Runner runner) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    std::ifstream file("/proc/self/task/" + std::to_string(running_[runner].tid.load()) + "/stat");
    std::string stat;
    std::getline(file, stat);
    const std::size_t name_end = stat.rfind(") ");
    return name_end != std::string::npos && stat.size() > name_end + 2 && stat[name_end + 2] == 'S';
  });
}

}  // namespace lockdep::workloads
