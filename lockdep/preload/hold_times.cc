#include "lockdep/preload/hold_times.h"

#include <time.h>

#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/environment.h"
#include "lockdep/preload/recorder.h"
#include "lockdep/preload/records.h"

namespace lockdep::preload {

constinit std::uint64_t hold_limit_ns = 0;

namespace {

std::uint64_t Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

void ReadHoldLimit() { hold_limit_ns = NumberFromEnvironment("LOCKDEP_HELD_LONGER_NS"); }

void NoteTaken(ThreadBlock& block) {
  const std::size_t top = block.held.depth() - 1;
  if (top < HeldLocks::kInlineDepth) block.beside[top].taken_ns = Now();
}

void NoteGiven(ThreadBlock& block, std::size_t index, const CallPlace& call) {
  if (index >= HeldLocks::kInlineDepth || block.beside[index].taken_ns == 0) return;
  const std::uint64_t held_ns = Now() - block.beside[index].taken_ns;
  if (held_ns <= hold_limit_ns) return;
  const HeldLock& held = block.held.entry(index);
  const std::uint64_t doublings = 64 - static_cast<std::uint64_t>(__builtin_clzll(held_ns / hold_limit_ns));
  const std::uint64_t key = MixBits(held.site ^ 0x4b33a62ed433d4a3ULL, call.site) ^
                            MixBits(held.lock ^ doublings << 32, 0x8bb84b93962eacc9ULL);
  if (recorded_chains.Find(key) != 0) return;
  recording::Where released{call.site, {}};
  FramesAbove(block, call, released.above);
  LookAtLoader(block, nullptr, released);
  const ColdSection section;
  if (recorded_chains.Count(key) == 1) RecordHeldLong(block, index, held_ns, released);
}

}  // namespace lockdep::preload
