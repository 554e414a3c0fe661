// Random lock programs, to compare engines on: all types of locks, variables, conditions, completions, threads that
// start and join others, loops with and without an end.
//
// Thread-confined.
// Cost: microseconds a program.
#ifndef TESTS_REFERENCE_LOCK_PROGRAM_GENERATOR_H_
#define TESTS_REFERENCE_LOCK_PROGRAM_GENERATOR_H_

#include <cstdint>
#include <random>
#include <vector>

#include "lockdep/lock_program.h"

namespace lockdep::reference {

// Probabilities in percent.
struct LockProgramOptions {
  int threads_max = 3;
  int statements_max = 3;   // in a row
  int depth_max = 2;        // of blocks
  bool loops = true;        // that may go on for ever
  int locks_only_chance = 40;  // nothing but locks
  int wild_chance = 15;     // operations at random, jumps to anywhere
};

// Always the same programs for the same seed, on every platform.
class RandomLockPrograms {
 public:
  RandomLockPrograms(std::uint64_t seed, LockProgramOptions options) : random_(seed), options_(options) {}
  LockProgram Next();

 private:
  using Op = LockProgram::Op;
  using Code = LockProgram::Code;
  using Ops = std::vector<Op>;

  int Below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  bool Chance(int percent) { return Below(100) < percent; }

  void AddThings();
  void AddThread();
  void AddWildThread();
  Op WildOp(int ops);
  Mode AnyMode(int lock);
  Op Plain(Code code, int lock) const;
  Op AnyTake(int lock, Kind kind);
  LockProgram::Condition AnyCondition();
  Op AnyAssignment();

  void Block(Ops& ops, int depth);
  void Statement(Ops& ops, int depth);
  void LockStatement(Ops& ops, int depth);
  void Section(Ops& ops, int depth);
  void IfTry(Ops& ops, int depth);
  void BackOff(Ops& ops, int depth);
  void SpinOnTry(Ops& ops, int depth);
  void While(Ops& ops, int depth);
  void Choice(Ops& ops, int depth);
  void Repeat(Ops& ops, int depth);
  void ConditionStatement(Ops& ops);
  void EventStatement(Ops& ops);
  void EndlessLoop(Ops& ops, int depth);

  std::mt19937_64 random_;
  const LockProgramOptions options_;
  LockProgram program_;
  bool locks_only_ = false;
  int counters_ = 0;
};

}  // namespace lockdep::reference

#endif  // TESTS_REFERENCE_LOCK_PROGRAM_GENERATOR_H_
