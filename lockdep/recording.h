// A recording, read: records that are whole, in the order in which they were written.
//
// A recording may be of a process that was killed, or that still runs: what was written whole is read.  One that is
// damaged is read up to there, and says so; only what is no recording at all, or of another version, is an error.
//
// Thread-compatible.  Cost: reads the used part of the file into memory.
#ifndef LOCKDEP_RECORDING_H_
#define LOCKDEP_RECORDING_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "lockdep/recording_format.h"

namespace lockdep {

class Recording {
 public:
  static absl::StatusOr<Recording> Read(const std::string& path);
  // `name` is for messages.
  static absl::StatusOr<Recording> Parse(const std::string& name, std::string_view bytes);
  // A copy's records would lie in the original.
  Recording(Recording&&) = default;
  Recording& operator=(Recording&&) = default;
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  const recording::RecordingHeader& header() const { return header_; }
  std::string program() const;
  std::vector<std::string> command_line() const;

  // Each is of a known type, and all that it says to have lies in it.
  const std::vector<const recording::RecordHead*>& records() const { return records_; }
  // A sentence; empty if there is none.
  const std::string& damage() const { return damage_; }

 private:
  Recording() = default;
  void FindRecords(const std::string& name);

  recording::RecordingHeader header_{};
  std::vector<std::uint64_t> words_;  // the bytes behind the header, aligned
  std::vector<const recording::RecordHead*> records_;
  std::string damage_;
};

// The record of which this is the head.  REQUIRES: it is of that type.
template <class T>
const T& As(const recording::RecordHead* head) {
  return *reinterpret_cast<const T*>(head);
}

// What stands behind the fixed part of a record.
std::span<const recording::HeldEntry> HeldOf(const recording::ChainRecord& chain);
std::span<const std::uint64_t> FramesOf(const recording::ChainRecord& chain);
std::span<const recording::HeldEntry> HeldOf(const recording::MisuseRecord& misuse);
std::span<const std::uint64_t> FramesOf(const recording::MisuseRecord& misuse);
std::span<const recording::EpisodeOperation> OperationsOf(const recording::EpisodeRecord& episode);
std::span<const std::uint64_t> FramesOf(const recording::RoleRecord& role);
std::string_view NameOf(const recording::RoleRecord& role);
std::string_view TextOf(const recording::NameRecord& name);
std::string_view BuildIdOf(const recording::ModuleRecord& module);
std::string_view PathOf(const recording::ModuleRecord& module);
std::vector<const recording::HangThread*> ThreadsOf(const recording::HangRecord& hang);
std::span<const recording::HeldEntry> HeldOf(const recording::HangThread& thread);

}  // namespace lockdep

#endif  // LOCKDEP_RECORDING_H_
