// A recording without what chance decides: the same doings of a process give the same bytes, in every run.
//
// What differs from run to run is left out or numbered anew: process ids and times, where files, heap and stacks lie,
// in which order threads came to write.  What verdicts rest on is kept:
//   * each file that an address lies in has a range of addresses of its own, in the order of build id and path; an
//     address that lies in no file is 0;
//   * each thread's records keep their order; a thread stands behind its start, and a join behind the end of the one
//     that is joined; beyond that, the threads follow each other as they were started, the first one first;
//   * locks and roles are numbered as they are mentioned first; what nothing mentions is left out.
// So the result is a recording again, with the findings of the original one.
//
// What a race between threads decides (which of two equal threads was the first to do something) stays as it was.
//
// Thread-safe: no state.  Cost: O(n log n) for a recording of n bytes, and a copy of it in memory.
#ifndef LOCKDEP_CANONICAL_RECORDING_H_
#define LOCKDEP_CANONICAL_RECORDING_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "lockdep/recording.h"

namespace lockdep {

// In front of the records of a canonical recording.
struct CanonicalHead {
  std::uint64_t lost_events;  // these three as in RecordingHeader
  std::uint64_t capped;
  std::uint32_t full;  // kDamaged also where the original was damaged
  std::uint32_t program_bytes;
  std::uint64_t asks_for_futexes;  // 1: RecordingHeader::futex_calls is not 0; plus twice RecordingHeader::imports
  std::uint64_t threads;           // that were started
  std::uint64_t locks;             // that are described
  std::uint64_t chains;
  // program_bytes of the path of the executable, padded to eight; then the records.
};

std::string CanonicalBytes(const Recording& recording);

// From what CanonicalBytes made.  An error says why it is none; `name` is for messages.
absl::StatusOr<Recording> FromCanonicalBytes(const std::string& name, std::string_view bytes);

// Of the bytes; the same on every machine.
std::uint64_t HashOf(std::string_view bytes);

}  // namespace lockdep

#endif  // LOCKDEP_CANONICAL_RECORDING_H_
