// Recordings of many processes, joined: a set of canonical recordings (canonical_recording.h), by content.
//
// Two processes that did the same are one element of the set.  So it does not matter in which order recordings are
// merged, in which groups, or how often; the same processes give the same bytes.  If there are more than
// `processes_max`, those with the smallest hashes are kept, which does not depend on the order either.
//
// As a file: a MergedHeader, then for each process, by hash, a MergedProcessHead and its canonical bytes, padded to
// eight.  Numbers are those of the machine (little-endian only).
//
// Thread-compatible.  Cost: that of making recordings canonical; all of them are in memory.
#ifndef LOCKDEP_MERGED_RECORDING_H_
#define LOCKDEP_MERGED_RECORDING_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "lockdep/recording.h"

namespace lockdep {

struct MergedHeader {
  static constexpr char kMagic[8] = {'l', 'k', 'd', 'p', 'm', 'r', 'g', '\n'};
  static constexpr std::uint32_t kVersion = 1;
  char magic[8];
  std::uint32_t version;
  std::uint32_t recording_version;
  std::uint64_t processes;
  std::uint32_t left_out;  // 1: there were more
  std::uint32_t padding;
};

struct MergedProcessHead {
  std::uint64_t hash;   // of the bytes
  std::uint64_t bytes;  // a multiple of eight
};

class MergedRecording {
 public:
  static constexpr std::size_t kProcessesMax = 16384;

  explicit MergedRecording(std::size_t processes_max = kProcessesMax) : processes_max_(processes_max) {}

  void Add(const Recording& recording);
  void Add(const MergedRecording& other);

  // By hash, and then by bytes: hash and canonical bytes.
  using Process = std::pair<std::uint64_t, std::string>;
  const std::set<Process>& processes() const { return processes_; }
  // Whether there were more than are kept.
  bool left_out() const { return left_out_; }

  // The file.
  std::string Bytes() const;

 private:
  friend struct RecordingFile;  // reads one
  void Add(Process process);

  std::size_t processes_max_;
  std::set<Process> processes_;
  bool left_out_ = false;
};

// A file that is a recording, or a merged one.
struct RecordingFile {
  MergedRecording content;
  std::string damage;  // a sentence; empty if all of it could be read

  // Only what is neither, or of another version, or cannot be read, is an error.
  static absl::StatusOr<RecordingFile> Read(const std::string& path);
  // `name` is for messages.
  static absl::StatusOr<RecordingFile> Parse(const std::string& name, std::string_view bytes);
};

}  // namespace lockdep

#endif  // LOCKDEP_MERGED_RECORDING_H_
