// The steps that a thread keeps for the quick path: from what it holds to one lock more, at a place, as it took that
// step before (HeldLocks::Step).
//
// A step counts as long as what it rests on is the same: what is held, the place, the lock's address, its word and how
// it is asked for.  What is not seen in these lets steps be forgotten: HeldLocks::ForgetSteps.
//
// Thread-confined.  Cost: 16 KiB a thread; a look-up is one cache line.
#ifndef LOCKDEP_PRELOAD_STEPS_H_
#define LOCKDEP_PRELOAD_STEPS_H_

#include <bit>
#include <cstddef>
#include <cstdint>

#include "lockdep/held_locks.h"
#include "lockdep/preload/lock_table.h"

namespace lockdep::preload {

struct CallPlace;
struct ThreadBlock;

struct Steps {
  static constexpr std::size_t kMax = 256;

  struct alignas(64) Kept {
    HeldLocks::Step step;
    std::uint64_t origin;  // OriginOf(its address, its site, where it starts); 0: there is none
    const LockSlot* slot;
    std::uint64_t asked;  // Asked(its word, the request's how, its rules)
  };

  // With the address it tells the site and `from` as surely as chains are told apart: sums of those would have to be
  // the same, and `from` is a random number.
  static std::uint64_t OriginOf(std::uintptr_t address, std::uintptr_t site, std::uint64_t from) {
    return (address ^ site) + from;
  }
  // Another number once the lock has ended, or has other rules, and for each way to ask for it; and for who takes it
  // for one that has other rules, as where a lock of another type lay unseen.  Nothing to be computed for a plain lock.
  static std::uint64_t Asked(std::uint64_t word_of_slot, How how, LockSlot::Rules rules) {
    const bool is_reader_writer = rules == LockSlot::Rules::kReaderWriter;
    return word_of_slot ^ LockWord(0, how) ^
           static_cast<std::uint64_t>(is_reader_writer) << 49;  // no word has that bit
  }
  Kept& At(std::uint64_t origin) { return kept[origin * 0x9e3779b97f4a7c15ULL >> (64 - std::bit_width(kMax - 1))]; }

  Kept kept[kMax] = {};
  std::uint32_t without_place = 0;  // how many found another one in their place
};

// The lock is had, by a request that was `asked` so and became `how`, and is about to be pushed: keeps the step, so
// that the quick path may take it the next time.
[[gnu::cold, gnu::noinline]] void KeepStep(ThreadBlock& block, const LockSlot* slot, How asked, How how,
                                           std::uint64_t key, const CallPlace& call);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_STEPS_H_
