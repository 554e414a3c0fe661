// Programs to compare engines on: random ones, and all small ones.
//
// Thread-confined.
// Cost: a random program takes microseconds; ForEachSmallProgram says how many programs there are.
#ifndef TESTS_REFERENCE_PROGRAM_GENERATOR_H_
#define TESTS_REFERENCE_PROGRAM_GENERATOR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "tests/reference/program.h"

namespace lockdep::reference {

// What random programs contain; probabilities in percent.
struct RandomProgramOptions {
  int locks_max = 4;  // without those of classes
  int threads_max = 3;
  int acquisitions_max = 4;  // per thread
  int class_chance = 40;     // a class with two or three instances
  int second_class_chance = 10;
  int several_chance = 15;  // two threads with the same operations
  int shared_role_chance = 10;
  int gate_chance = 30;  // a lock around all of some threads
  int trylock_chance = 12;
  int timed_chance = 8;
  int same_lock_chance = 4;  // wants a lock again that it holds
  int nest_chance = 25;      // where another instance of the class and some other lock are held
  int subclass_chance = 20;  // where another instance of the class is held
};

// Always the same programs for the same seed, on every platform.
class RandomPrograms {
 public:
  RandomPrograms(std::uint64_t seed, RandomProgramOptions options) : random_(seed), options_(options) {}
  Program Next();

 private:
  int Below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  bool Chance(int percent) { return Below(100) < percent; }
  void AddLocks(Program& program);
  void AddClass(Program& program, const char* name, const char* lock);
  LockType AnyType();
  Mode AnyMode(LockType type);
  Op AnyAcquire(const Program& program, const std::vector<Hold>& held, int lock);
  int AnyLock(const Program& program, const std::vector<Hold>& held);
  std::vector<Op> AnyOps(const Program& program, int gate);

  std::mt19937_64 random_;
  const RandomProgramOptions options_;
};

// A family of small programs: `threads` threads, each takes up to `depth` of `locks` locks in every order, in every
// mode and kind allowed here.  Everything is released at the end or, with `early_release`, also in between.
struct SmallPrograms {
  int locks = 2;
  int threads = 2;
  int depth = 2;
  std::vector<Mode> modes = {Mode::kExclusive};
  std::vector<Kind> kinds = {Kind::kBlocking};
  bool early_release = false;
  bool take_again = false;        // a thread may want a lock that it holds
  std::vector<int> counts = {1};  // of each thread
};

// Calls `visit` with one program of each class of programs that differ only in the names of locks and the order of
// threads, smallest first, until it returns false.  Returns how many there were.
std::size_t ForEachSmallProgram(const SmallPrograms& family, const std::function<bool(const Program&)>& visit);

}  // namespace lockdep::reference

#endif  // TESTS_REFERENCE_PROGRAM_GENERATOR_H_
