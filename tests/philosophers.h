// The dining philosophers as a lock program.
//
// Pure function.
#ifndef TESTS_PHILOSOPHERS_H_
#define TESTS_PHILOSOPHERS_H_

#include <algorithm>
#include <string>

#include "lockdep/lock_program.h"

namespace lockdep {

enum class Table {
  kCyclic,   // each takes the fork on his left first
  kOrdered,  // each takes the fork of the lower number first
  kGated,    // cyclic, but only one may reach for forks at a time
};

inline LockProgram Philosophers(Table table, int count, int rounds) {
  LockProgram program;
  for (int i = 0; i < count; ++i) program.locks.push_back({"fork" + std::to_string(i), LockType::kMutex});
  if (table == Table::kGated) program.locks.push_back({"gate", LockType::kMutex});
  for (int i = 0; i < count; ++i) {
    LockProgram::Thread thread;
    thread.name = std::string("p").append(std::to_string(i));
    const auto add = [&thread](LockProgram::Code code, int lock) {
      LockProgram::Op op;
      op.code = code;
      op.lock = lock;
      thread.ops.push_back(op);
    };
    int first = i;
    int second = (i + 1) % count;
    if (table == Table::kOrdered && first > second) std::swap(first, second);
    for (int round = 0; round < rounds; ++round) {
      if (table == Table::kGated) add(LockProgram::Code::kTake, count);
      add(LockProgram::Code::kTake, first);
      add(LockProgram::Code::kTake, second);
      add(LockProgram::Code::kUnlock, second);
      add(LockProgram::Code::kUnlock, first);
      if (table == Table::kGated) add(LockProgram::Code::kUnlock, count);
    }
    thread.ops.emplace_back();
    program.threads.push_back(thread);
  }
  return program;
}

}  // namespace lockdep

#endif  // TESTS_PHILOSOPHERS_H_
