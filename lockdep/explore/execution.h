// One run of a body on simulated threads, step by step under the control of a caller.
//
// Each thread runs on a fiber to its next operation and stops before it.  Choices() says what can be done then,
// Do() does it, and the thread goes on to its next operation; the code in between belongs to the step.  Locks are
// simulated by the rules of lockdep/blocking_rules.h.
//
// The *digest of a thread* stands for its happens-before history: its own operations with what came of them,
// and at each acquisition, wake, join and read the digest that was published by what it synchronises with.  The
// digest of the state is the sum over threads and objects, so it does not depend on the order of independent steps.
// What is a function of the threads' histories, such as plain data under explored locks, is thereby a function of
// the digest.  A thread that restarts (explore.h) goes back to the digest of its mark; from then on it publishes
// nothing through locks, and its writes are known by their values.
//
// A release is no step of its own, but part of the one before it, as long as the lock is only taken by blocking
// calls: it only enables others, so whatever they do before it they can do after it as well, and what follows is
// the same.  (A right mover's mirror image: Lipton, Reduction, CACM 18(12), 1975.)  A try, a timed wait, or the end of
// the lock's life that nothing orders behind the release could tell the difference: from the first one on the lock is
// watched, and the caller has to begin anew.  The release that falls asleep on a condition is always a step.  A join
// is part of the step by which the joined thread ends, or of the one before, if it has ended, and a sleeper's waking
// up is part of the signal: nothing that others do can be told from it.
//
// A problem (a failed check, a misuse, an exception) ends the run: nothing more can be done.
//
// Thread-confined.  Cost of a step: two switches of context and some hashing, 0.2 to 0.5 us.
#ifndef LOCKDEP_EXPLORE_EXECUTION_H_
#define LOCKDEP_EXPLORE_EXECUTION_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/explore/fiber.h"
#include "lockdep/explore/object.h"
#include "lockdep/explore/operation.h"
#include "lockdep/explore/stack_at.h"
#include "lockdep/explore/vocabulary.h"
#include "lockdep/lock_class.h"
#include "lockdep/lock_map.h"
#include "lockdep/scheduler.h"

namespace lockdep::explore {

class ValidatorFeed;

struct Operation {
  Code code = Code::kYield;
  Mode mode = Mode::kExclusive;
  Kind kind = Kind::kBlocking;
  How how;  // of kTake
  Object* object = nullptr;
  Runner target = 0;        // of kJoin
  std::uint32_t count = 0;  // of kChoose
  Site site = 0;
  Caller caller;
};

// One thing that can be done now.
struct Choice {
  Runner runner = 0;
  Outcome outcome = Outcome::kDone;
  std::uint16_t argument = 0;  // of kSignal: the runner to wake + 1, or 0; of kChoose: which
};

// Why a run ended before its time.
struct Problem {
  std::optional<FindingKind> kind;  // nothing: it could not be explored
  std::string text;
  std::string action;  // "breaks it", "releases it": of the thread
  ThreadUid thread = 0;
  std::string thread_name;
  ObjectUid object = 0;
  Mode mode = Mode::kExclusive;
  std::vector<std::uintptr_t> stack;
  Site site = 0;
};

// Two accesses that nothing orders, the earlier one first.
struct Race {
  Object* object = nullptr;
  Access first, second;
};

struct Hold {
  Object* object = nullptr;
  Mode mode = Mode::kExclusive;   // now
  Mode asked = Mode::kExclusive;  // when it was taken
  Kind kind = Kind::kBlocking;
  How how;
  std::uint64_t step = 0;
  std::vector<std::uintptr_t> stack;
};

struct SimulatedThread {
  class Execution* execution = nullptr;
  Runner runner = 0;
  ThreadUid uid = 0;
  Fiber fiber;
  std::unique_ptr<ThreadRoutine> routine;  // null for the first thread, which runs the body

  Operation pending;
  std::vector<std::uintptr_t> stack;  // at the pending operation, if places are kept
  std::uint64_t since = 0;            // step in which it came to the pending operation
  std::uint32_t result = 0;           // what the operation returns
  bool ended = false;
  bool announced = false;
  bool woken = false;
  bool joined = false;
  bool detached = false;
  bool stopping = false;  // leaves at its next boundary
  Object* bed = nullptr;  // falls asleep there with its next release
  std::vector<Hold> holds;
  Step last_try;  // that failed
  std::vector<std::uintptr_t> last_try_stack;
  std::uint64_t last_try_step = 0;  // 0: none

  Digest digest;
  Digest wake_history;
  bool keeps_in_variables = false;   // what it knows; see Restart
  std::uint32_t spurious_wakes = 0;  // since the last restart
  std::uint32_t spins = 0;           // steps that may be rounds of waiting, since the last restart
  std::uint64_t last_word = 0;
  Clock clock;
  Digest contribution;

  // How many of each it made, for their names; and what that was at its mark.
  struct Made {
    std::vector<std::pair<std::string, std::uint32_t>> threads;
    std::vector<std::pair<Digest, std::uint32_t>> objects;
  };
  Made made, made_at_mark;
  Digest mark;

  void Reset();
};

struct ExecutionSettings {
  std::size_t stack_bytes = 256U << 10;
  std::size_t threads_max = 1'000;
  std::uint32_t spurious_wakes_max = 1;
  bool only_variables_shared = false;
  bool every_step = false;  // every operation is a step of its own; else see Execution
  ValidatorFeed* feed = nullptr;
};

// What the watchdog looks at, from its own thread.
struct Pulse {
  std::atomic<std::uint64_t> beats{0};
  std::atomic<const SimulatedThread*> running{nullptr};
};

class Execution final : public Scheduler {
 public:
  Execution(const std::function<void()>& body, Vocabulary& vocabulary, ExecutionSettings settings);
  ~Execution() override;
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // --- Control ----------------------------------------------------------------------------------
  // Starts the body anew; threads of an earlier run that did not end are abandoned.  `with_places`: stacks
  // are kept for each operation.
  void Begin(bool with_places = false);
  void AppendChoices(std::vector<Choice>& choices) const;
  Step StepOf(const Choice& choice) const;
  // The choice that is this step now, if there is one.
  std::optional<Choice> Find(const Step& step) const;
  // REQUIRES: one of Choices(), and no problem.
  void Do(const Choice& choice);
  // Lets all threads go on to their ends, so that nothing of theirs is leaked; those that do not get there in
  // `steps_max` are abandoned.
  void WindUp(std::uint64_t steps_max);

  // --- State ------------------------------------------------------------------------------------
  const std::optional<Problem>& problem() const { return problem_; }
  std::vector<Race> TakeRaces() { return std::exchange(races_, {}); }
  const Digest& state() const { return sum_; }
  // Locks whose releases became steps of their own since this was last asked: what was concluded from runs before
  // is void.
  bool every_step() const { return settings_.every_step; }
  bool newly_watched() const { return newly_watched_; }
  bool TakeNewlyWatched() { return std::exchange(newly_watched_, false); }
  // Of the operations that the threads stand before: the same for equal states, or something is wrong.
  std::uint64_t OperationsHash() const;
  // All threads ended, or at a boundary, or waiting for the end of such.
  bool AtGoal() const;
  bool Rests(const SimulatedThread& thread) const;
  // Whether some thread kept its knowledge in variables only, that is called Restart or Boundary.
  bool declared() const { return declared_ || settings_.only_variables_shared; }
  std::uint64_t steps() const { return steps_; }
  std::size_t thread_count() const { return thread_count_; }
  const SimulatedThread& thread(std::size_t runner) const { return *threads_[runner]; }
  // The pairs of threads whose next accesses race.
  std::vector<std::pair<Runner, Runner>> PendingRaces() const;
  Vocabulary& vocabulary() { return vocabulary_; }
  const Pulse& pulse() const { return pulse_; }
  // The pending operation, as a step that is done.
  Step PendingStep(const SimulatedThread& thread) const;
  // With places: every step done, with its stack.
  struct Trail {
    Step step;
    Operation operation;
    std::vector<std::uintptr_t> stack;
  };
  const std::vector<Trail>& trail() const { return trail_; }

  // --- Operations of the running thread that are no wrapper's (explore.h, var.h) -------------------
  void MakeVariable(const void* address, const char* name, const Birth& birth, const std::optional<Digest>& value);
  void DropVariable(const void* address);
  void BeforeAccess(const void* address, Code code, Site site, Caller caller);
  // After a write: what is there now; nothing where values of the type cannot be told apart.
  void AfterWrite(const void* address, const std::optional<Digest>& value);
  void Yield(Site site, Caller caller);
  void Mark();
  void Restart(Code code, Site site, Caller caller);
  std::uint32_t Choose(std::uint32_t count, Site site, Caller caller);
  // Does not come back, except to an invariant that is being checked.
  void FailCheck(std::string text, Site site, Caller caller);
  // An invariant: checked after each step until it is removed.
  std::uint64_t AddInvariant(std::string name, std::function<bool()> predicate);
  void RemoveInvariant(std::uint64_t id);
  bool observing() const { return observing_; }

  // --- Scheduler --------------------------------------------------------------------------------
  bool Acquire(LockMap& lock, How how, const LockMap* nest, Site site) override;
  void Release(LockMap& lock, Site site) override;
  void Downgrade(LockMap& lock, Site site) override;
  void Assert(const LockMap& lock, bool held, bool exclusively, Site site) override;
  void Born(LockMap& lock) override;
  void Destroyed(LockMap& lock, Site site) override;
  void Forget(const void* memory, std::size_t size, Site site) override;
  Bed PrepareSleep(LockMap& condition) override;
  bool Sleep(Bed bed, bool timed, Site site) override;
  void Notify(LockMap& condition, bool all, Site site) override;
  bool WaitFor(LockMap& completion, Kind kind, Site site) override;
  void Complete(LockMap& completion, bool all, Site site) override;
  ThreadNumber StartThread(const char* role, std::unique_ptr<ThreadRoutine> routine, Site site) override;
  void Join(ThreadNumber thread, Site site) override;
  void Detach(ThreadNumber thread) override;
  void Orphan(ThreadNumber thread, Site site) override;

 private:
  struct StopThread {};
  struct Invariant {
    std::uint64_t id;
    std::string name;
    std::function<bool()> predicate;
  };

  // Threads.
  SimulatedThread& AddThread(ThreadUid uid, std::unique_ptr<ThreadRoutine> routine);
  void EndThreads();  // those of the last run, also where they stand
  ThreadUid NameThread(SimulatedThread* parent, const char* role);
  static void ThreadMain(void* thread);
  void RunToEnd(SimulatedThread& thread);
  void Resume(SimulatedThread& thread);
  void Settle();
  SimulatedThread* NextFreed() const;
  SimulatedThread* Find(ThreadNumber number);
  std::uint32_t Perform(const Operation& operation);
  // Ends the run from the running thread, which does not come back.
  [[noreturn]] void Fail(Problem problem, Site site, Caller caller);
  // False where an invariant is being checked, which must only look.
  bool MayAct(const char* what);

  // Objects.
  Object& ObjectOf(const LockMap& lock);
  Object* VariableAt(const void* address);
  // Gives what the running thread makes its name; `named` describes it where that is new.
  template <typename Named>
  Object& MakeObject(Object::Type type, const void* address, const Digest& kind, Named named);
  Object& AddObject(Object::Type type, const void* address, ObjectUid uid, const Digest& identity);
  void DropObject(Object& object);

  // What operations do.
  void AppendChoicesOf(const SimulatedThread& thread, std::vector<Choice>& choices) const;
  void AppendTakes(const SimulatedThread& thread, std::vector<Choice>& choices) const;
  void Apply(SimulatedThread& thread, const Choice& choice);
  void ApplyAtOnce(SimulatedThread& thread, const std::vector<std::uintptr_t>& stack);
  bool IsStep(const Object& object) const;
  void Watch(const Object& object);
  void ApplyTake(SimulatedThread& thread, Outcome outcome);
  void ApplyRelease(SimulatedThread& thread);
  void ApplySleep(SimulatedThread& thread, Outcome outcome);
  void Wake(SimulatedThread& thread, Object& condition, Runner sleeper);
  void ApplyAccess(SimulatedThread& thread);
  void Publish(SimulatedThread& thread, Object& object, bool exclusively);
  void NoteSpin(SimulatedThread& thread, std::uint64_t word, Outcome outcome);
  void CheckInvariants();

  // Digests.
  void Refresh(SimulatedThread& thread);
  void Refresh(Object& object);
  Digest ContributionOf(const SimulatedThread& thread) const;
  Digest ContributionOf(const Object& object) const;

  const std::function<void()>& body_;
  Vocabulary& vocabulary_;
  const ExecutionSettings settings_;
  std::uint64_t number_ = 0;  // of this run
  bool with_places_ = false;
  bool declared_ = false;
  bool winding_up_ = false;
  bool observing_ = false;
  std::uint64_t steps_ = 0;
  std::vector<std::unique_ptr<SimulatedThread>> threads_;  // the first thread_count_ are of this run
  std::size_t thread_count_ = 0;
  std::vector<Runner> newborn_;
  std::vector<Runner> runner_of_uid_;  // + 1; 0: not in this run
  SimulatedThread* running_ = nullptr;
  std::deque<Object> objects_;  // the first object_count_ are of this run
  std::size_t object_count_ = 0;
  absl::flat_hash_map<const void*, Object*> by_address_;
  std::vector<std::uint64_t> uid_used_in_;  // the run in which an object with this number lives
  std::vector<Object*> touched_;
  mutable std::vector<Choice> scratch_;
  std::vector<bool> watched_;  // by uid
  bool newly_watched_ = false;
  std::vector<Invariant> invariants_;
  std::uint64_t invariants_made_ = 0;
  std::optional<Problem> problem_;
  std::vector<Race> races_;
  std::vector<Trail> trail_;
  Digest sum_;
  Pulse pulse_;
};

// The execution that the calling code runs in, or null where it really runs.
inline Execution* RunningExecution() { return static_cast<Execution*>(CurrentScheduler()); }

}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_EXECUTION_H_
