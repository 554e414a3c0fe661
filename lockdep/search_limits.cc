#include "lockdep/search_limits.h"

#include <unistd.h>

namespace lockdep {
namespace {

constexpr auto kProgressEvery = std::chrono::milliseconds(250);

// Half of what the machine has.
std::uint64_t MemoryMax() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long size = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || size <= 0) return ~std::uint64_t{0};
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size) / 2;
}

}  // namespace

SearchLimits::SearchLimits(const ExploreOptions& options) : options_(options), memory_max_(MemoryMax()) {}

void SearchLimits::Look(ExploreProgress progress, std::uint64_t memory) {
  const auto now = Clock::now();
  if (options_.on_progress && now - last_progress_ >= kProgressEvery) {
    last_progress_ = now;
    progress.seconds = std::chrono::duration<double>(now - start_).count();
    options_.on_progress(progress);
  }
  if (options_.time_max.count() > 0 && now - start_ >= options_.time_max) {
    End("the time of " + std::to_string(options_.time_max.count()) + " ms was over");
  }
  if (memory > memory_max_) End("the states took " + std::to_string(memory_max_ >> 20) + " MiB of memory");
}

}  // namespace lockdep
