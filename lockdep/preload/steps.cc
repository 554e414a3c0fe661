#include "lockdep/preload/steps.h"

#include <atomic>

#include "lockdep/preload/signals.h"
#include "lockdep/preload/thread_block.h"

namespace lockdep::preload {
namespace {

// Of so many steps that find another one in their place, one takes it: keeping each costs more than it saves where a
// thread makes more than there is room for.
constexpr std::uint32_t kTakesPlaceEvery = 8;

}  // namespace

void KeepStep(ThreadBlock& block, const LockSlot* slot, How asked, How how, std::uint64_t key, const CallPlace& call) {
  const std::uintptr_t address = slot->Place();
  const std::uint64_t wanted = Steps::OriginOf(address, call.site, block.held.StepsFrom());
  if (block.steps.At(wanted).origin != 0 && ++block.steps.without_place % kTakesPlaceEvery != 0) return;
  const std::uint64_t word = slot->LiveWord();
  const std::uint64_t lock_word = LockWord(static_cast<LockId>(word), how);
  if (LockSlot::RulesOf(word) == LockSlot::Rules::kAny || !block.held.MayStep()) return;
  // All is as it was when the chain was looked up: another thread may have ended the lock, or have come to it.
  if ((static_cast<std::uint16_t>(word >> 32) | asked.bits) != how.bits) return;
  if (block.held.KeyOf(lock_word, 0, call.site) != key) return;
  // A second request of its writer is refused.
  if (LockSlot::RulesOf(word) == LockSlot::Rules::kReaderWriter && block.held.Find(slot->id) >= 0) return;
  HeldLocks::Step step;
  const std::uint64_t from = block.held.FindStep(lock_word, call.site, key, address, step);
  if (from == 0) return;
  // Signals that are handled only now: the chain may have to be told again.
  std::atomic_thread_fence(std::memory_order_acquire);
  if (block.handled_signals != HandledSignals()) return;
  const std::uint64_t origin = Steps::OriginOf(address, call.site, from);
  block.steps.At(origin) = {step, origin, slot, Steps::Asked(word, asked, LockSlot::RulesOf(word))};
}

}  // namespace lockdep::preload
