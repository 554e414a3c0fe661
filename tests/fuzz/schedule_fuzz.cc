// Any bytes as the one-line text of a schedule: what is read without a mistake is printed, and reads
// back as the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lockdep/check.h"
#include "workloads/schedule_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lockdep::workloads;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ScheduleTextResult first = ParseSchedule(text);
  for (const ScheduleTextError& error : first.errors) {
    LOCKDEP_CHECK(error.column >= 1 && static_cast<std::size_t>(error.column) <= size + 1);
  }
  if (!first.errors.empty()) return 0;
  const ScheduleTextResult second = ParseSchedule(Print(first.schedule));
  LOCKDEP_CHECK(second.errors.empty());
  LOCKDEP_CHECK(second.schedule == first.schedule);
  return 0;
}
