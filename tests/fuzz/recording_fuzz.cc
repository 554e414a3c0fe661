// Whatever bytes are read as a recording, merged or not: an error, or findings; and what is merged of it is the same
// once more.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "lockdep/across_processes.h"
#include "lockdep/canonical_recording.h"
#include "lockdep/check.h"
#include "lockdep/merged_recording.h"
#include "lockdep/recording_replay.h"

namespace {

void Check(const lockdep::MergedRecording& merged) {
  for (const auto& [hash, bytes] : merged.processes()) {
    const absl::StatusOr<lockdep::Recording> recording = lockdep::FromCanonicalBytes("fuzz", bytes);
    LOCKDEP_CHECK(recording.ok());
    lockdep::Replay(*recording, {"fuzz", true, true});
  }
  const absl::StatusOr<lockdep::RecordingFile> again = lockdep::RecordingFile::Parse("fuzz.rec", merged.Bytes());
  LOCKDEP_CHECK(again.ok() && again->damage.empty() && again->content.Bytes() == merged.Bytes());
  lockdep::FindAcrossProcesses(merged, "fuzz");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  absl::StatusOr<lockdep::RecordingFile> file = lockdep::RecordingFile::Parse("fuzz.rec", bytes);
  if (!file.ok()) return 0;
  if (const absl::StatusOr<lockdep::Recording> recording = lockdep::Recording::Parse("fuzz.rec", bytes);
      recording.ok()) {
    lockdep::Replay(*recording, {"fuzz", true, true});
    // Another process, which did the first half of it.
    lockdep::recording::RecordingHeader header;
    std::memcpy(&header, bytes.data(), sizeof header);
    header.used = recording->header().used / 16 * 8;
    std::string half = bytes;
    std::memcpy(half.data(), &header, sizeof header);
    if (const absl::StatusOr<lockdep::Recording> other = lockdep::Recording::Parse("half.rec", half); other.ok()) {
      file->content.Add(*other);
    }
  }
  Check(file->content);
  return 0;
}
