// Runs something in a process of its own, and reads what it writes.
//
// REQUIRES: the calling process has one thread, because it forks.
// Thread-confined.
#ifndef WORKLOADS_OTHER_PROCESS_H_
#define WORKLOADS_OTHER_PROCESS_H_

#include <chrono>
#include <functional>
#include <string>

namespace lockdep::workloads {

struct Ended {
  std::string text;     // what it wrote
  std::string problem;  // why that may not be all
};

// `inside` writes to the file descriptor and ends the process, with 0 if all is well.  The process is killed if it has
// not ended after `time`, and when the calling one ends.  `meanwhile`, if there is one, is called some times a second.
Ended RunInOtherProcess(const std::function<void(int fd)>& inside, std::chrono::milliseconds time,
                        const std::function<void()>& meanwhile = nullptr);

// Writes all of it, unless the reader is gone.
void WriteAll(int fd, const std::string& text);

}  // namespace lockdep::workloads

#endif  // WORKLOADS_OTHER_PROCESS_H_
