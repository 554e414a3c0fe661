// What the process of a native run tells the one that started it, as lines of numbers.
//
// Plain data.  Thread-safe: no state.
#ifndef WORKLOADS_NATIVE_REPORT_H_
#define WORKLOADS_NATIVE_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lockdep/wait_for.h"

namespace lockdep::workloads {

enum class NativeEnd : std::uint8_t {
  kEnded,    // all threads did
  kHang,     // `cycle` waits for itself
  kTimeout,  // the time was over
  kSettled,  // the schedule was done, and all that were let go wait or have ended
  kAstray,   // the schedule could not be followed; `problems` says why
};

// A thread of the program and what it does; places in `view` are its statements.
struct NativeThreadReport {
  int thread = 0;  // in Program::threads
  int number = 1;  // the how many-th that runs it
  int op = 0;      // where it is
  WaitFor::ThreadView view;
};

struct NativeReport {
  NativeEnd end = NativeEnd::kEnded;
  std::vector<Runner> cycle;
  std::vector<NativeThreadReport> threads;
  std::vector<std::string> problems;
};

std::string Write(const NativeReport& report);
// Nothing if the text is not the whole of a report.
std::optional<NativeReport> ReadReport(std::string_view text);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_NATIVE_REPORT_H_
