// The findings of several recordings, each once.
//
// A finding that several processes have is one, by its kind and fingerprint; it is shown as the process has it that
// can say most of it.  A real one is worth more than a predicted one, that more than an unknown one, and that more than
// a false one: what is impossible in one process may happen in another.  What is found across processes
// (across_processes.h) is one more to choose from.
//
// Thread-confined.
#ifndef TOOLS_PROCESS_FINDINGS_H_
#define TOOLS_PROCESS_FINDINGS_H_

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/finding.h"
#include "lockdep/recording.h"
#include "lockdep/recording_replay.h"

namespace lockdep::tools {

struct ProcessFinding {
  Finding finding;
  std::size_t processes = 0;     // that have it
  std::size_t with_verdict = 0;  // as it is shown
  bool across = false;           // no process has it so: it is shown as it was found across processes
};

class ProcessFindings {
 public:
  struct Totals {
    std::size_t processes = 0;
    std::size_t without_locks = 0;  // in which no lock was seen
    std::uint64_t threads = 0;      // that were started, the first ones not among them
    std::uint64_t locks = 0;
    std::uint64_t chains = 0;
    std::uint64_t acquisitions = 0;
    bool some_did_not_say = false;  // how often they took locks: they were killed
  };

  // What each recording is replayed with; the source is its program.
  explicit ProcessFindings(ReplayOptions options = {}) : options_(std::move(options)) {}

  void Add(const Recording& recording);
  // What was found across the processes that were added.
  void AddAcross(std::vector<Finding> findings);

  // By kind and names.
  std::vector<ProcessFinding> Sorted() const;
  const std::vector<std::string>& notes() const { return notes_; }
  const Totals& totals() const { return totals_; }
  // What findings are of that are not of one process: the program's name, or those of all.
  std::string source() const;

 private:
  const ReplayOptions options_;
  ProcessFinding* Find(const Finding& finding);

  std::set<std::string> programs_;
  std::vector<ProcessFinding> findings_;
  std::vector<std::string> notes_;
  Totals totals_;
};

}  // namespace lockdep::tools

#endif  // TOOLS_PROCESS_FINDINGS_H_
