#include "lockdep/explore/execution.h"

#include <exception>
#include <iterator>

#include "lockdep/check.h"
#include "lockdep/explore/stack_at.h"
#include "lockdep/explore/validator_feed.h"

namespace lockdep::explore {
namespace {

// Marks of what a digest is about, so that no two kinds of things look alike.
constexpr std::uint64_t kFirstThread = 0x6d61696e, kEnd = 0x656e64;
constexpr std::uint64_t kFlags = 0x666c616773, kHold = 0x686f6c64, kQueue = 0x7175657565, kBed = 0x626564;
constexpr std::uint64_t kDone = 0x646f6e65, kValue = 0x76616c7565;

}  // namespace

void SimulatedThread::Reset() {
  fiber.Abandon();
  // What it still owned is leaked with its stack, since destructors could use what is gone.
  (void)routine.release();
  pending = {};
  stack.clear();
  since = 0;
  result = 0;
  ended = announced = woken = joined = detached = stopping = false;
  spurious_wakes = 0;
  bed = nullptr;
  holds.clear();
  last_try = {};
  last_try_stack.clear();
  last_try_step = 0;
  digest = wake_history = contribution = mark = {};
  keeps_in_variables = false;
  spins = 0;
  last_word = 0;
  clock.Clear();
  made = made_at_mark = {};
}

Execution::Execution(const std::function<void()>& body, Vocabulary& vocabulary, ExecutionSettings settings)
    : body_(body), vocabulary_(vocabulary), settings_(settings) {}

Execution::~Execution() { EndThreads(); }

// --- Control -------------------------------------------------------------------------------------------

void Execution::EndThreads() {
  for (std::size_t i = 0; i < thread_count_; ++i) {
    if (settings_.feed != nullptr && !threads_[i]->ended) settings_.feed->Abandon(threads_[i]->runner);
    threads_[i]->Reset();
  }
}

void Execution::Begin(bool with_places) {
  EndThreads();
  ++number_;
  with_places_ = with_places;
  winding_up_ = false;
  steps_ = 0;
  thread_count_ = 0;
  newborn_.clear();
  runner_of_uid_.assign(runner_of_uid_.size(), 0);
  object_count_ = 0;
  by_address_.clear();
  touched_.clear();
  invariants_.clear();
  problem_.reset();
  races_.clear();
  trail_.clear();
  sum_ = {};
  SimulatedThread& first = AddThread(NameThread(nullptr, "main"), nullptr);
  first.digest = first.mark = Extend(Digest{}, kFirstThread);
  first.keeps_in_variables = settings_.only_variables_shared;
  newborn_.push_back(first.runner);
  Settle();
  for (Object* object : touched_) Refresh(*object);
}

void Execution::Do(const Choice& choice) {
  LOCKDEP_CHECK(!problem_);
  SimulatedThread& thread = *threads_[choice.runner];
  ++steps_;
  if (with_places_) trail_.push_back({StepOf(choice), thread.pending, thread.stack});
  touched_.clear();
  Apply(thread, choice);
  if (choice.outcome != Outcome::kAnnounced) {
    Resume(thread);
    Settle();
  }
  Refresh(thread);
  for (Object* object : touched_) Refresh(*object);
  if (!problem_ && !invariants_.empty() && !winding_up_) CheckInvariants();
}

// The same thread goes on for a while; then the next, for it may be waiting in a loop.
void Execution::WindUp(std::uint64_t steps_max) {
  winding_up_ = true;
  Runner last = 0;
  int in_a_row = 0;
  std::vector<Choice> choices;
  for (std::uint64_t step = 0; step < steps_max && !problem_; ++step) {
    choices.clear();
    for (std::size_t i = in_a_row < 50 ? 0 : 1; i <= thread_count_ && choices.empty(); ++i) {
      const SimulatedThread& thread = *threads_[(last + i) % thread_count_];
      AppendChoicesOf(thread, choices);
      std::erase_if(choices, [](const Choice& choice) { return choice.outcome == Outcome::kSpurious; });
    }
    if (choices.empty()) break;
    // Any of several, in turn: a loop that only one of them ends does end.
    const Choice next = choices[step % choices.size()];
    in_a_row = next.runner != last ? 0 : next.outcome == Outcome::kNotGot ? in_a_row + 10 : in_a_row + 1;
    last = next.runner;
    SimulatedThread& thread = *threads_[last];
    thread.stopping = thread.pending.code == Code::kBoundary;
    Do(next);
  }
}

std::optional<Choice> Execution::Find(const Step& step) const {
  if (step.thread >= runner_of_uid_.size() || runner_of_uid_[step.thread] == 0) return std::nullopt;
  const SimulatedThread& thread = *threads_[runner_of_uid_[step.thread] - 1U];
  scratch_.clear();
  AppendChoicesOf(thread, scratch_);
  for (const Choice& choice : scratch_) {
    if (StepOf(choice) == step) return choice;
  }
  return std::nullopt;
}

Step Execution::PendingStep(const SimulatedThread& thread) const {
  const Operation& op = thread.pending;
  Step step;
  step.thread = thread.uid;
  step.code = op.code;
  step.mode = op.mode;
  step.kind = op.kind;
  if (op.code == Code::kJoin) {
    step.object = threads_[op.target]->uid;
  } else if (op.object != nullptr) {
    step.object = op.object->uid;
  }
  return step;
}

Step Execution::StepOf(const Choice& choice) const {
  Step step = PendingStep(*threads_[choice.runner]);
  step.outcome = choice.outcome;
  step.argument = choice.argument;
  if (step.code == Code::kSignal && choice.argument != 0) step.argument = threads_[choice.argument - 1U]->uid + 1;
  return step;
}

std::uint64_t Execution::OperationsHash() const {
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < thread_count_; ++i) {
    const SimulatedThread& thread = *threads_[i];
    if (thread.ended) continue;
    const Operation& op = thread.pending;
    const std::uint64_t what = static_cast<std::uint64_t>(op.code) << 40 | static_cast<std::uint64_t>(op.mode) << 36 |
                               static_cast<std::uint64_t>(op.kind) << 32 |
                               (op.code == Code::kJoin ? threads_[op.target]->uid
                                : op.object != nullptr ? op.object->uid
                                                       : 0);
    hash += MixBits(what ^ 0xa0761d6478bd642fULL,
                    (static_cast<std::uint64_t>(thread.uid) << 48) ^ op.site ^ 0xe7037ed1a0b428dbULL);
  }
  return hash;
}

bool Execution::Rests(const SimulatedThread& thread) const {
  if (thread.ended || thread.pending.code == Code::kBoundary) return true;
  return thread.pending.code == Code::kJoin && !threads_[thread.pending.target]->ended &&
         thread.pending.target != thread.runner && Rests(*threads_[thread.pending.target]);
}

bool Execution::AtGoal() const {
  for (std::size_t i = 0; i < thread_count_; ++i) {
    if (!Rests(*threads_[i])) return false;
  }
  return true;
}

std::vector<std::pair<Runner, Runner>> Execution::PendingRaces() const {
  std::vector<std::pair<Runner, Runner>> races;
  for (std::size_t i = 0; i < thread_count_; ++i) {
    const SimulatedThread& one = *threads_[i];
    if (one.ended || !IsAccess(one.pending.code)) continue;
    for (std::size_t j = i + 1; j < thread_count_; ++j) {
      const SimulatedThread& other = *threads_[j];
      if (other.ended || !IsAccess(other.pending.code) || other.pending.object != one.pending.object) continue;
      if (Conflict(one.pending.code, other.pending.code)) races.emplace_back(one.runner, other.runner);
    }
  }
  return races;
}

// --- Threads -------------------------------------------------------------------------------------------

ThreadUid Execution::NameThread(SimulatedThread* parent, const char* role) {
  const std::string base = role == nullptr ? "t" : role;
  if (parent == nullptr) return vocabulary_.Thread(base);
  auto& made = parent->made.threads;
  auto it = std::find_if(made.begin(), made.end(), [&](const auto& each) { return each.first == base; });
  if (it == made.end()) it = made.insert(made.end(), {base, 0});
  const std::string prefix = parent->runner == 0 ? "" : vocabulary_.ThreadName(parent->uid) + "/";
  for (;;) {
    const std::uint32_t number = ++it->second;
    std::string name = prefix + base;
    if (role == nullptr) {
      name += std::to_string(number);
    } else if (number > 1) {
      name += "#" + std::to_string(number);
    }
    const ThreadUid uid = vocabulary_.Thread(name);
    // After a restart the numbers begin again, and an older thread may still be there.
    const Runner taken = uid < runner_of_uid_.size() ? runner_of_uid_[uid] : 0;
    if (taken == 0 || (threads_[taken - 1U]->ended && threads_[taken - 1U]->joined)) return uid;
  }
}

SimulatedThread& Execution::AddThread(ThreadUid uid, std::unique_ptr<ThreadRoutine> routine) {
  if (thread_count_ == threads_.size()) threads_.push_back(std::make_unique<SimulatedThread>());
  SimulatedThread& thread = *threads_[thread_count_];
  thread.execution = this;
  thread.runner = static_cast<Runner>(thread_count_++);
  thread.uid = uid;
  thread.routine = std::move(routine);
  if (uid >= runner_of_uid_.size()) runner_of_uid_.resize(uid + 1U, 0);
  runner_of_uid_[uid] = static_cast<Runner>(thread.runner + 1U);
  thread.clock.Tick(thread.runner);
  thread.fiber.Start(&ThreadMain, &thread, settings_.stack_bytes);
  pulse_.beats.fetch_add(1, std::memory_order_relaxed);  // who starts a thousand threads has not stopped
  if (settings_.feed != nullptr) settings_.feed->Start(thread.runner, vocabulary_.ThreadName(uid));
  return thread;
}

void Execution::ThreadMain(void* thread) {
  auto& self = *static_cast<SimulatedThread*>(thread);
  self.execution->RunToEnd(self);
}

void Execution::RunToEnd(SimulatedThread& thread) {
  std::string what;
  bool threw = true;
  try {
    if (thread.routine != nullptr) {
      thread.routine->Run();
    } else {
      body_();
    }
    thread.routine.reset();
    threw = false;
  } catch (const StopThread&) {
    threw = false;
  } catch (const std::exception& exception) {
    what = exception.what();
  } catch (...) {
    what = "of a type that is no std::exception";
  }
  if (threw && !problem_) {
    problem_.emplace();
    problem_->thread = thread.uid;
    problem_->text = "'" + vocabulary_.ThreadName(thread.uid) + "' ended by an exception: " + what;
  }
  thread.ended = true;
  thread.digest = Extend(thread.digest, kEnd);
  if (settings_.feed != nullptr) settings_.feed->End(thread.runner);
}

void Execution::Resume(SimulatedThread& thread) {
  ThreadState* const real = current_thread.load(std::memory_order_relaxed);
  Scheduler* const outer = std::exchange(current_scheduler, this);
  running_ = &thread;
  pulse_.running.store(&thread, std::memory_order_release);
  pulse_.beats.fetch_add(1, std::memory_order_relaxed);
  current_thread.store(ExploredMark(), std::memory_order_relaxed);
  thread.fiber.Resume();
  current_thread.store(real, std::memory_order_relaxed);
  pulse_.running.store(nullptr, std::memory_order_release);
  running_ = nullptr;
  current_scheduler = outer;
}

// What belongs to the step that was done: new threads come to their first operations, and those go on that waited for
// a signal or an end that has come.
void Execution::Settle() {
  for (;;) {
    for (std::size_t i = 0; i < newborn_.size() && !problem_; ++i) {
      SimulatedThread& thread = *threads_[newborn_[i]];
      Resume(thread);
      Refresh(thread);
    }
    newborn_.clear();
    SimulatedThread* const freed = settings_.every_step || problem_ ? nullptr : NextFreed();
    if (freed == nullptr) return;
    ApplyAtOnce(*freed, freed->stack);
    Resume(*freed);
    Refresh(*freed);
  }
}

SimulatedThread* Execution::NextFreed() const {
  for (std::size_t i = 0; i < thread_count_; ++i) {
    SimulatedThread& thread = *threads_[i];
    if (thread.ended) continue;
    const Operation& op = thread.pending;
    if (op.code == Code::kJoin && threads_[op.target]->ended) return &thread;
    if (op.code == Code::kSleep && thread.woken) return &thread;
  }
  return nullptr;
}

std::uint32_t Execution::Perform(const Operation& operation) {
  SimulatedThread& self = *running_;
  self.pending = operation;
  self.since = steps_;
  if (with_places_) self.stack = StackAt(operation.site, operation.caller);
  self.fiber.Suspend();
  return self.result;
}

void Execution::Fail(Problem problem, Site site, Caller caller) {
  SimulatedThread& self = *running_;
  problem.thread = self.uid;
  problem.thread_name = vocabulary_.ThreadName(self.uid);
  problem.site = site;
  problem.stack = with_places_ ? StackAt(site, caller) : std::vector<std::uintptr_t>{site};
  problem_ = std::move(problem);
  for (;;) self.fiber.Suspend();
}

bool Execution::MayAct(const char* what) {
  if (!observing_) return true;
  if (!problem_) {
    problem_.emplace();
    problem_->text = std::string("the predicate of an invariant ") + what + "; it may only read";
  }
  return false;
}

SimulatedThread* Execution::Find(ThreadNumber number) {
  // Of an earlier run: a handle that outlived it.
  if (number >> 16 != number_) return nullptr;
  return threads_[(number & 0xffffU) - 1].get();
}

// --- Invariants ----------------------------------------------------------------------------------------

std::uint64_t Execution::AddInvariant(std::string name, std::function<bool()> predicate) {
  invariants_.push_back({++invariants_made_, std::move(name), std::move(predicate)});
  return invariants_made_;
}

void Execution::RemoveInvariant(std::uint64_t id) {
  std::erase_if(invariants_, [&](const Invariant& each) { return each.id == id; });
}

void Execution::CheckInvariants() {
  ThreadState* const real = current_thread.load(std::memory_order_relaxed);
  Scheduler* const outer = std::exchange(current_scheduler, this);
  current_thread.store(ExploredMark(), std::memory_order_relaxed);
  observing_ = true;
  for (const Invariant& each : invariants_) {
    if (each.predicate() || problem_) continue;
    problem_.emplace();
    problem_->kind = FindingKind::kInvariant;
    problem_->text = each.name;
  }
  observing_ = false;
  current_thread.store(real, std::memory_order_relaxed);
  current_scheduler = outer;
}

// --- Digests -------------------------------------------------------------------------------------------

void Execution::Refresh(SimulatedThread& thread) {
  sum_ -= thread.contribution;
  thread.contribution = ContributionOf(thread);
  sum_ += thread.contribution;
}

void Execution::Refresh(Object& object) {
  sum_ -= object.contribution;
  object.contribution = ContributionOf(object);
  sum_ += object.contribution;
}

Digest Execution::ContributionOf(const SimulatedThread& thread) const {
  // Who joined it has its history; nobody can learn anything more from it.
  if (thread.ended && (thread.joined || (thread.detached && thread.keeps_in_variables))) return {};
  const std::uint64_t flags = (thread.ended ? 1U : 0U) | (thread.announced ? 2U : 0U) | (thread.woken ? 4U : 0U);
  return Extend(Extend(thread.digest, kFlags ^ flags), thread.uid);
}

Digest Execution::ContributionOf(const Object& object) const {
  Digest sum;
  const auto add = [&](std::uint64_t what, Runner runner, std::uint64_t more) {
    sum += Extend(Extend(Extend(object.identity, what), threads_[runner]->uid), more);
  };
  switch (object.type) {
    case Object::Type::kLock:
      for (const LockHold& hold : object.lock.holds) {
        add(kHold, hold.runner, static_cast<std::uint64_t>(hold.mode) << 32 | hold.count);
      }
      for (const Runner writer : object.lock.waiting_writers) add(kQueue, writer, 0);
      break;
    case Object::Type::kCondition:
      for (const Runner sleeper : object.condition.sleepers) add(kBed, sleeper, 0);
      break;
    case Object::Type::kCompletion:
      if (object.completion.done == 0 && !object.completion.for_all) break;
      sum = Extend(Extend(object.identity, kDone), object.completion.for_all ? ~0ULL : object.completion.done);
      break;
    case Object::Type::kVariable:
      if (object.address == nullptr) break;
      sum = Extend(Extend(object.identity, kValue), object.value);
      if (!object.value_says_all) sum = Extend(sum, object.exclusive_history);
      break;
  }
  return sum;
}

}  // namespace lockdep::explore
