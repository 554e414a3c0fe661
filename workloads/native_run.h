// Runs a program on real threads, with the locks of lockdep/, in a process of its own.
//
// Threads that wait for each other are noticed at the wait that closes the cycle (WaitFor); anything
// else that does not end is noticed when the time is over.  Then the process is ended, and what its
// threads did last is told as a finding.  Which schedule happens is chance, so no hang says nothing.
//
// REQUIRES: the calling process has one thread, because it forks.
// Thread-confined.
#ifndef WORKLOADS_NATIVE_RUN_H_
#define WORKLOADS_NATIVE_RUN_H_

#include <chrono>
#include <string>
#include <vector>

#include "lockdep/finding.h"
#include "workloads/program.h"

namespace lockdep::workloads {

struct NativeOptions {
  std::chrono::milliseconds timeout{10'000};
};

struct NativeResult {
  std::string not_run;  // why it cannot be run for real; empty: it was
  std::vector<Finding> hangs;
  std::vector<std::string> problems;  // asserts that did not hold, threads that did not end, a crash
};

NativeResult RunNatively(const Program& program, const NativeOptions& options = {});

}  // namespace lockdep::workloads

#endif  // WORKLOADS_NATIVE_RUN_H_
