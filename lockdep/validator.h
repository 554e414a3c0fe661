// The validator: events in, findings out.
//
// Several sources feed it: the wrappers of a running program (through lockdep/runtime.h), workload
// scripts, recordings and kernel logs.  It holds no global state, so every test has its own.
//
// What is a finding is a function of the *set of contexts* recorded (who wanted which lock, how,
// while holding which others), never of their order: Findings() computes all of them anew.
//
// Thread-safe, except that a ThreadState belongs to the thread that uses it.
// Cost: Acquire and Release are a few instructions for a chain seen before; a new chain takes the
// graph mutex, O(held locks) insertions into the dependency graph.  Findings() is proportional to
// the graph, plus a search in each strongly connected component.
#ifndef LOCKDEP_VALIDATOR_H_
#define LOCKDEP_VALIDATOR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lockdep/acquisition.h"
#include "lockdep/finding.h"
#include "lockdep/held_locks.h"
#include "lockdep/thread_past.h"

namespace lockdep {

using ClassId = std::uint32_t;  // 0: none
using RoleId = std::uint32_t;

struct ValidatorOptions {
  std::string source;  // script or program name, copied into findings
  // Only the recorded roles, instances and contexts exist (a script): an absence is a fact.
  // Otherwise (a run of a program) it is only not seen, and no verdict rests on it.
  bool closed_world = false;
  bool check_wait_context = false;  // report sleeping locks inside spinning ones
  // Record in which contexts every lock is used (a script with interrupts).  Otherwise usage is recorded from the first
  // EnterContext on; what was done before is known of nested acquisitions only.
  bool track_usage = false;
  bool sites_are_code = true;                     // a Site is a code address; else a number from AddSite
  std::string signal_handler = "signal handler";  // what findings call Context::kSignal
  // Instance tuples kept for one chain of classes, at least one; past it the edges are marked incomplete,
  // and no verdict uses an absence on them.
  std::size_t instances_per_chain_max = 256;
  // Steps of the cycle search in one component; past it the search says that it gave up.
  std::size_t search_steps_max = 2'000'000;
  // States of the search of episodes for one finding; past it the finding stays `unknown`.  0: no such
  // search, where the caller searches more.
  std::size_t episode_states_max = 200'000;
  // Called for each new finding that is not `false`, as soon as it is seen, by the thread whose
  // event completed it, before it blocks.  No lock of the validator is held.  A preview: the
  // final word is Findings(), which alone follows an instance through several subclasses and, in a
  // closed world, sees a writer that comes after its readers.
  std::function<void(const Finding&)> on_finding;
};

struct ClassInfo {
  std::string name;
  bool no_validate = false;
  // Same-class nesting is in order when compare(held, wanted) < 0.  Called without any lock of the
  // validator.  The arguments are LockInfo::order of both locks.
  std::function<int(std::uint64_t held, std::uint64_t wanted)> compare;
};

struct LockInfo {
  std::string name;        // empty: named after `birth`
  ClassId lock_class = 0;  // 0: the lock is its own node
  LockType type = LockType::kMutex;
  std::uint64_t order = 0;  // what ClassInfo::compare sees: an index or an address
  bool no_validate = false;
  Doubt doubt = Doubt::kNone;
  bool declared = false;  // it is no lock that the program has: it declares what excludes what
  Place birth;            // where it was constructed (no pcs needed)
};

struct RoleInfo {
  std::string name;
  // At most one thread of this role can exist at a time, and it is known why: the main thread, a
  // declared single, or a thread of a script.
  bool single = false;
  bool declared_single = false;  // `single` by declaration only
  // A thread of it does several things in turns, each on a stack of its own: what it holds for one of them it need not
  // hold for another, and that it is one thread puts none before another.
  bool several_stacks = false;
};

class Validator;

// What the validator keeps for one running thread.
// Thread-confined: only the thread itself passes it to the validator.
struct ThreadState {
  ThreadState(std::uint64_t role_seed, RoleId role_id, std::string thread_name)
      : held(role_seed), role(role_id), name(std::move(thread_name)) {}

  HeldLocks held;
  RoleId role;
  std::string name;
  std::uint32_t name_id = 0;  // of `name`, in the validator
  std::uint32_t number = 0;
  Context context = Context::kTask;
  bool hardirqs_on = true;
  bool softirqs_on = true;
  bool signals_on = true;

  struct Frame {
    Context context;
    bool hardirqs_on;
    bool softirqs_on;
    HeldLocks::Saved saved;
  };
  std::vector<Frame> contexts;  // those below the current one

  ThreadPast::Ref past;     // before what it does now
  std::uint32_t marks = 0;  // that it made
  // A try that fails tells what others do.  How it failed the first time can be searched for in its own
  // episode; what comes after that one rests on it.
  std::uint32_t failed_tries = 0;
  ThreadPast::Ref past_before_try;
  bool has_past_before_try = false;
};

class Validator {
 public:
  explicit Validator(ValidatorOptions options = {});
  ~Validator();
  Validator(const Validator&) = delete;
  Validator& operator=(const Validator&) = delete;

  // --- Registration -------------------------------------------------------------------------
  ClassId AddClass(ClassInfo info);
  LockId AddLock(LockInfo info);
  RoleId AddRole(RoleInfo info);
  // A place in a script, or, with `pcs`, in the code of another process; for Options::sites_are_code == false.  The
  // same place gives the same Site.
  Site AddSite(Place place);
  // The How bits that depend on the lock (unchecked, tracked) added to `how`.
  How HowFor(LockId lock, How how) const;

  // --- Threads ------------------------------------------------------------------------------
  // The same threads run once more, from the start: the source is a script that is run several times.
  void StartRun();
  // The state stays valid until EndThread or ForgetThread, which free it.  In a closed world a name
  // stands for one thread, also where it runs again.  Without an origin it is there from the start.
  ThreadState* StartThread(RoleId role, std::string name, const ThreadOrigin& origin = {});
  // kHeldAtExit for every lock still held.  What it returns is for Joined.
  ThreadOrigin EndThread(ThreadState* thread, Site site);
  // The thread never goes on.  What it holds is no finding.
  void ForgetThread(ThreadState* thread);
  // `creator` is about to start a thread.
  ThreadOrigin Create(ThreadState& creator);
  // The thread has waited for the end of one whose EndThread returned `ended`.
  void Joined(ThreadState& thread, const ThreadOrigin& ended);
  // The thread looks at what another one may have done, other than under a lock alone: how it goes on
  // may depend on that.
  void Observe(ThreadState& thread);

  // --- Events of one thread -------------------------------------------------------------------
  // Asks for the lock.  Called before the thread can block; a trylock calls it after success.
  // Adds dependencies and findings; changes nothing in the held set.
  void Acquire(ThreadState& thread, const Request& request);
  // The lock is held from now on.
  void Acquired(ThreadState& thread, const Request& request);
  // A trylock did not get it, or a timed wait ended.
  void AcquireFailed(ThreadState& thread, const Request& request);
  // False and a kUnbalancedUnlock finding if the thread does not hold the lock.  `stack`: as in NewChain.
  bool Release(ThreadState& thread, LockId lock, Site site, std::vector<std::uintptr_t> stack = {});
  // Exclusive -> shared.
  void Downgrade(ThreadState& thread, LockId lock, Site site);
  // Waits until every section of the lock that exists now has ended; holds nothing afterwards.
  // (Kernel: lock_sync.)
  void Sync(ThreadState& thread, LockId lock, Site site);
  // The lock's memory is destroyed, freed or initialised again.  Only this thread's held set is looked at:
  // `held_elsewhere` says that another thread holds the lock.
  void Destroy(ThreadState& thread, LockId lock, Site site, bool held_elsewhere = false,
               std::vector<std::uintptr_t> stack = {});
  // The lock, held or not, belongs to another class from now on.
  void SetClass(ThreadState& thread, LockId lock, ClassId lock_class, unsigned subclass, Site site);
  void EnterContext(ThreadState& thread, Context context);
  void LeaveContext(ThreadState& thread, Site site);
  void SetInterrupts(ThreadState& thread, bool hardirqs_on, bool softirqs_on, Site site);
  // Whether signal handlers can interrupt the thread from now on.  What it holds already is not told.
  void SetSignals(ThreadState& thread, bool on);
  // Threads of the role will be joined under locks: what they ask for while they hold nothing counts from now on.
  // Cost: once for a role, all contexts.
  void ExpectJoin(RoleId joined);
  // Waits for the end of a thread of `joined`, holding what it holds: a dependency on everything
  // that a thread of that role asks for.  (In an open world, of what it asked for while it held nothing, on what came
  // after the first such join, or ExpectJoin.)
  void Join(ThreadState& thread, RoleId joined, Site site);
  // Waits for an event that is no lock (a condition, a completion): part of the episode only, since
  // who must signal is not known; so anything may come before what follows.  `completion` is a lock of
  // type kCompletion.
  void CompletionWait(ThreadState& thread, LockId completion, Site site);
  // Events were lost (a handler interrupted the validator): no verdict rests on an absence.
  void NoteLostEvents(std::uint64_t count);

  // --- For callers with their own fast path (lockdep/runtime.h) ------------------------------
  // The chain `held + request` with `key` is not in the thread's cache.  `stack`: return addresses
  // at the request, innermost first; may be empty.
  bool ChainIsKnown(std::uint64_t key) const;  // lock-free
  void NewChain(ThreadState& thread, const Request& request, std::uint64_t key, std::vector<std::uintptr_t> stack);
  // An episode ended that is new: thread.held.PopTop() or EpisodeIsNew() returned true.
  void NewEpisode(ThreadState& thread);

  // --- Results --------------------------------------------------------------------------------
  // All findings, sorted by kind and names: the same contexts give the same list.  Works on a copy of
  // the evidence where there are cycles, so events of other threads go on meanwhile.
  std::vector<Finding> Findings() const;
  // Every dependency, as (held, wanted) node names, sorted, each once.
  std::vector<std::pair<std::string, std::string>> Dependencies() const;

  struct Episode {
    RoleId role = 0;
    bool complete = true;
    std::vector<EpisodeOp> ops;
  };
  std::vector<Episode> Episodes() const;

  // Counted costs, for tests and benchmarks.
  struct Counters {
    std::uint64_t classes = 0, locks = 0, nodes = 0, edges = 0, contexts = 0, episodes = 0, chains = 0;
    std::uint64_t order_visits = 0;  // nodes visited to keep the order
    std::uint64_t search_steps = 0;  // steps of cycle searches
    std::uint64_t lost_events = 0;
    std::uint64_t memory_bytes = 0;  // of graph, registry, chains and episodes, approximately
  };
  Counters counters() const;
  // Sentences for the user: searches that gave up, caps that were reached.
  std::vector<std::string> Notes() const;

  void CheckInvariants() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lockdep

#endif  // LOCKDEP_VALIDATOR_H_
