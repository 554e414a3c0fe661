// Runs ordinary C++ under every schedule.
//
//   lockdep::Exploration result = lockdep::explore::Explore([] {
//     lockdep::Mutex a{"a"}, b{"b"};
//     lockdep::Thread t1([&] { std::scoped_lock both(a, b); });
//     lockdep::Thread t2([&] { b.lock(); a.lock(); a.unlock(); b.unlock(); });
//     t1.join(); t2.join();
//   });
//
// The body runs once for each schedule that leads to something new, on simulated threads.  Mutex, RecursiveMutex,
// SpinLock, RwSem, RwLock, PercpuRwSem, CondVar, Completion and Thread of lockdep/ work in it unchanged, also below
// the standard's guards.  What it needs, it makes anew each time; what it does must depend on nothing but itself and
// the schedule: no clock, no random numbers, no addresses, no input.
//
// It finds hangs, livelocks, failed checks and broken invariants, data races of Var, and misuses of locks, each
// with a schedule that leads there; README.md says what a search that was `exhausted` has proved.
//
// Real blocking inside the body (std::mutex, a sleep for ever, input) stops everything, for all its threads are one:
// after FiberOptions::watchdog the process says which thread it was, and aborts.
//
// Thread-safe: several threads may explore at once, each its own body.  The functions that explored code calls do
// nothing of note where code really runs.
#ifndef LOCKDEP_EXPLORE_EXPLORE_H_
#define LOCKDEP_EXPLORE_EXPLORE_H_

#ifdef LOCKDEP_DISABLED
#error "With LOCKDEP_DISABLED the wrappers are raw locks, which nothing can explore"
#endif

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "lockdep/checking.h"
#include "lockdep/exploration.h"
#include "lockdep/explore/var.h"

namespace lockdep {
class Validator;
}

namespace lockdep::explore {

struct FiberOptions {
  std::size_t stack_bytes = 256U << 10;  // of each thread; below it is a guard page
  // How long a thread may run without an operation before the process is ended; 0: for ever.
  std::chrono::milliseconds watchdog{10'000};
  // A thread that fails a try, yields, or repeats a step so often since its last restart is not followed any
  // further, and the search is not exhausted.
  std::uint32_t spins_max = 32;
  // A thread in a condition wait wakes up by itself at most so often: without a bound, loops around a wait would go
  // round for ever.  That nothing goes wrong is proved for so many only.
  std::uint32_t spurious_wakes = 1;
  // All that the threads share is in Var, as if each had called Restart at its beginning: fewer states, and the
  // proof is `declared`.
  bool only_variables_shared = false;
  std::string source;              // in findings; empty: the name of the program
  Validator* validator = nullptr;  // is told of every operation of every execution
};

Exploration Explore(const std::function<void()>& body, const ExploreOptions& options = {},
                    const FiberOptions& fibers = {});

// Follows a schedule that was found (Finding::schedule), and then every way on from its end.  A body that does not
// follow is an error: "diverges at step 3: expected t2:lock(b), found t2:unlock(c)".
Exploration Replay(const std::function<void()>& body, std::string_view schedule, const ExploreOptions& options = {},
                   const FiberOptions& fibers = {});

// --- For explored code -----------------------------------------------------------------------------------

// A scheduling point, at which the thread lets others run.
void Yield();

// Whether it holds: if not, a finding of kind invariant, and the run ends there.  Where code really runs: prints
// and aborts, or calls the handler, and goes on if that returns.
void Check(bool condition, std::string_view text);
// Null: none.  Called on the thread whose check does not hold, with the program's locks held.
void SetCheckHandler(void (*handler)(std::string_view text));

// Holds after every step of every thread, from here to the end of the block.  The predicate may read, also
// Var, and nothing else.
class [[nodiscard]] Invariant {
 public:
  Invariant(std::string name, std::function<bool()> predicate);
  ~Invariant();
  Invariant(const Invariant&) = delete;
  Invariant& operator=(const Invariant&) = delete;

 private:
  std::uint64_t id_ = 0;
};

// 0, 1, ... count - 1, each in a schedule of its own: what the code under test does not decide.
std::uint32_t Choose(std::uint32_t count);

// --- Loops that wait -------------------------------------------------------------------------------------
//
// A thread that goes round a loop until others have done something has a longer history each time, so no state
// comes again.  These say that it has learned nothing: it is, but for the place where it is called, the thread
// that it was at its beginning, or at its last Mark().  Then what threads share beyond that must be in Var; data that
// a restarted thread guards by locks alone is taken to be the same.  What is proved rests on that declaration.

// Starts over: a try failed, all was given back.
void Restart();
// The end of a round of a loop without end.  A thread that stands there has done its work: if all others ended or
// stand there too, all is well.  When an execution is over it leaves the thread by an exception that must not be
// caught for good.
void Boundary();
// What it knows now it keeps.
void Mark();

}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_EXPLORE_H_
