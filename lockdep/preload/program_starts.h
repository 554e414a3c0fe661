// Writes down which programs the process starts (lockdep/starts_format.h), and that a recording ends by that.
//
// Async-signal-safe, and usable in the child of a vfork: no lock, nothing of the process's memory is changed but the
// stack and, in the process that a recording is of, its header.  No call here is one at which a thread is cancelled.
// errno stays as it is.  Where nothing is recorded, nothing is done.
//
// Thread-safe.
#ifndef LOCKDEP_PRELOAD_PROGRAM_STARTS_H_
#define LOCKDEP_PRELOAD_PROGRAM_STARTS_H_

#include <sys/types.h>

#include <cstdint>

namespace lockdep::preload {

// The program, and how it is looked for.
struct Program {
  const char* path;  // null: that of `fd`
  int fd;
  std::uint16_t flags;       // StartRecord::kSearched, kShellReads
  char* const* environment;  // null: an empty one
};

// Where the file is, and what the loader is told to load: before the first start.
void PrepareProgramStarts();

// An exec that is under way, or a spawn.
struct Starting {
  std::uint64_t time_ns = 0;       // 0: not recorded
  bool ends_recording = false;     // the header says that the process has become another program
  std::uint64_t acquisitions = 0;  // what it was told of for that
};

// Before the process becomes the program.
Starting BeginExec(const Program& program);
// It did not.  `error` is what errno was set to.
void ExecFailed(const Program& program, const Starting& starting, int error);

// Around a spawn, of process `pid`; `error` as the call returned it.
Starting BeginSpawn();
void EndSpawn(const Program& program, const Starting& starting, pid_t pid, int error);

// system() or popen() start a shell.
void ShellStarts();

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_PROGRAM_STARTS_H_
