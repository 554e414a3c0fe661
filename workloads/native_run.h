// Runs a program on real threads, with the locks of lockdep/, in a process of its own.
//
// Threads that wait for each other are noticed at the wait that closes the cycle (WaitFor); anything
// else that does not end is noticed when the time is over.  Then the process is ended, and what its
// threads did last is told as a finding.  Which schedule happens is chance, so no hang says nothing;
// a replay makes one happen.
//
// REQUIRES: the calling process has one thread, because it forks.
// Thread-confined.
#ifndef WORKLOADS_NATIVE_RUN_H_
#define WORKLOADS_NATIVE_RUN_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lockdep/finding.h"
#include "lockdep/schedule_search.h"
#include "workloads/program.h"

namespace lockdep::workloads {

struct NativeOptions {
  std::chrono::milliseconds timeout{10'000};
  // Not 0: scripts about memory hotplug are run as a stress (native_scenario.h), for so long, by so many threads.
  std::chrono::milliseconds stress{0};
  int threads = 4;
  std::uint64_t seed = 1;
  std::function<void(const std::string& text)> progress = nullptr;  // how far it is, some times a second
};

struct NativeResult {
  std::string not_run;  // why it cannot be run for real; empty: it was
  std::vector<Finding> hangs;
  std::vector<std::string> problems;  // asserts that did not hold, threads that did not end, a crash
};

NativeResult RunNatively(const Program& program, const NativeOptions& options = {});

// What came of a schedule on real threads.
struct NativeReplay {
  bool confirmed = false;  // the threads of the hang were seen to wait for each other, as it says
  std::string why_not;     // else: that it cannot be run for real, or what happened instead
};

// Makes the threads follow a schedule to its end.  Then those of `hang` go on, and the others stay.
NativeReplay ReplayNatively(const Program& program, const ProgramSchedule& schedule, const Finding& hang,
                            const NativeOptions& options = {});

}  // namespace lockdep::workloads

#endif  // WORKLOADS_NATIVE_RUN_H_
