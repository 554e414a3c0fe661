// The bytes of the file `starts`, which lies beside the recordings of a run: the programs that its processes started.
//
// It is one file for all of them, and no part of a recording: who starts a program may be the child of a vfork, in
// whose memory (its parent's) nothing may be changed, or a signal handler.  So each record is appended by one write,
// which needs no lock and no memory, and that is all.  A write that is cut short, by a full disk, ends what can be
// read.
//
// Depends on nothing but the language: the recorder is loaded into foreign programs.
#ifndef LOCKDEP_STARTS_FORMAT_H_
#define LOCKDEP_STARTS_FORMAT_H_

#include <cstddef>
#include <cstdint>

namespace lockdep::recording {

inline constexpr char kStartsFile[] = "starts";
inline constexpr std::uint32_t kStartMagic = 0x7472736c;
inline constexpr std::size_t kStartsBytesMax = std::size_t{256} << 20;  // of the file

enum class StartKind : std::uint16_t {
  kExec = 1,        // process `pid` is about to become the program
  kExecFailed = 2,  // it did not: the kExec of that pid and time is void; `error` says why
  kSpawn = 3,       // process `pid` was made for the program; or `error`: none was
  kShell = 4,       // the C library starts /bin/sh, and does not tell as which process
};

struct StartRecord {
  static constexpr std::uint16_t kPreloaded = 1;   // LD_PRELOAD of the program has the recorder
  static constexpr std::uint16_t kNamed = 2;       // its LOCKDEP_RECORDING is that of who starts it
  static constexpr std::uint16_t kSearched = 4;    // in PATH, where the name has no slash
  static constexpr std::uint16_t kShellReads = 8;  // what is no program is given to /bin/sh
  std::uint32_t magic;
  std::uint32_t bytes;  // of the whole record, a multiple of eight
  StartKind kind;
  std::uint16_t flags;
  std::int32_t error;     // of errno
  std::uint64_t time_ns;  // when the call began, by the clock of the system
  std::uint32_t caller;   // the process that calls
  std::uint32_t pid;      // that becomes the program
  std::uint32_t path_bytes;
  std::uint32_t directory_bytes;
  std::uint32_t search_bytes;
  std::uint32_t padding;
  // path_bytes of the name as it was given, directory_bytes of the directory that a relative one begins at (none where
  // it does not matter, or is not known), search_bytes of PATH.
};

}  // namespace lockdep::recording

#endif  // LOCKDEP_STARTS_FORMAT_H_
