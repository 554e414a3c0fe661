// Whatever bytes are read as a recording: an error, or findings.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lockdep/recording_replay.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const absl::StatusOr<lockdep::Recording> recording =
      lockdep::Recording::Parse("fuzz.rec", std::string_view(reinterpret_cast<const char*>(data), size));
  if (recording.ok()) lockdep::Replay(*recording, {"fuzz", true});
  return 0;
}
