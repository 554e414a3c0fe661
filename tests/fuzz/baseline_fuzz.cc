// Any bytes as a baseline: what is read without a mistake is written, and reads back as the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lockdep/check.h"
#include "tools/baseline.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using lockdep::tools::Baseline;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  absl::StatusOr<Baseline> first = Baseline::Parse(text, "x");
  if (!first.ok()) {
    LOCKDEP_CHECK(std::string(first.status().message()).rfind("x:", 0) == 0);
    return 0;
  }
  const std::string written = first->Text();
  const absl::StatusOr<Baseline> second = Baseline::Parse(written, "x");
  LOCKDEP_CHECK(second.ok());
  LOCKDEP_CHECK(second->Text() == written);
  LOCKDEP_CHECK(second->Unseen().size() == second->size());
  LOCKDEP_CHECK(first->Prune() == second->size());
  return 0;
}
