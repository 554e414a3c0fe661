// Which processes of a run were looked at, and which were not, and why.
//
// A recorded process that starts a program writes that down; the program is covered if there is a recording of that
// process, of that program, from after the start and before the process became yet another one.  All else is not
// covered, with the reason that its file and its environment show.  What a program that is not recorded starts in turn
// is not known.
//
// Covered says that the recorder was there, not that it saw a lock: processes in which no lock was seen are told apart.
//
// Thread-confined.
#ifndef TOOLS_COVERAGE_H_
#define TOOLS_COVERAGE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "lockdep/recording.h"
#include "tools/program_file.h"
#include "tools/program_starts.h"

namespace lockdep::tools {

enum class NotRecordedWhy {
  kStatic,
  kPrivileged,
  kEnvironment,  // cleared or changed: the loader was not told to load the recorder, or it not where to write
  kArchitecture,
  kLibrary,
  kGone,      // the file is, so nothing can be said
  kNotKnown,  // nothing stood against it
};

// As a word for programs.
std::string_view ToString(NotRecordedWhy why);
// "... programs were not recorded: " and this.
std::string_view Sentence(NotRecordedWhy why);

struct NotRecorded {
  std::string program;    // as it was started
  std::string executed;   // what runs: another one than `program` for a script
  std::uint32_t pid = 0;  // 0: not known
  NotRecordedWhy why = NotRecordedWhy::kNotKnown;
  bool allowed = false;
};

// A program that could not be started, which leaves nothing to be looked at.
struct NotStarted {
  std::string program;
  int error = 0;
};

class Coverage {
 public:
  // `allowed` are base names of programs that need not be covered.
  explicit Coverage(std::vector<std::string> allowed);

  // `still_runs`: its process has not ended.
  void Add(const Recording& recording, bool still_runs = false);
  void Add(const ProgramStart& start);
  // Not all starts are known; a sentence.
  void NoteDamage(const std::string& damage);

  // After all of them.
  void Finish();

  const std::vector<NotRecorded>& not_recorded() const { return not_recorded_; }
  const std::vector<NotStarted>& not_started() const { return not_started_; }

  // Whether every program that is not allowed for was recorded to its end with all that it started, and used a lock.  At
  // least one has to be there.
  bool complete() const;
  // Sentences: at most six, but for damage; each only if there is something to say, and of names only the first few.
  std::vector<std::string> Notes() const;
  // Who keeps it from being complete, and which allowed names were not needed; empty: neither.
  std::string Shortfall() const;

  // Members for the JSON document: those of a recorded process, and entries of those that are not.
  static nlohmann::ordered_json Members(const Recording& recording);
  std::vector<nlohmann::ordered_json> Runs() const;

 private:
  struct Process {
    std::uint32_t pid;
    std::uint64_t start_ns;
    std::string program;
    std::vector<std::string> arguments;
    bool used_locks;
    bool started_threads;
    std::uint64_t futex_calls;
    bool still_runs;
    std::uint32_t unwritten;

    bool covered() const { return used_locks && !still_runs && unwritten == 0; }
  };

  bool Allow(const std::string& path, const std::string& other);
  bool IsRecorded(const ProgramStart& start, const std::string& path, const ProgramFile& file) const;
  void Judge(const ProgramStart& start);
  void AddFailures();

  std::vector<std::string> allowed_;
  std::vector<bool> needed_;  // of allowed_
  std::vector<Process> processes_;
  std::vector<bool> process_allowed_;
  std::vector<ProgramStart> starts_;
  std::map<std::uint32_t, std::vector<std::uint64_t>> became_;  // by process: when it was to become another program
  std::vector<NotRecorded> not_recorded_;
  std::vector<NotStarted> not_started_;
  std::vector<std::string> damage_;
};

}  // namespace lockdep::tools

#endif  // TOOLS_COVERAGE_H_
