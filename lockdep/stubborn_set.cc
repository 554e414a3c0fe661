#include "lockdep/stubborn_set.h"

#include <bit>

namespace lockdep {
namespace {

using Slots = StubbornSets::Slots;

constexpr Slots Bit(int slot) { return Slots{1} << slot; }

}  // namespace

Slots StubbornSets::Pick(const Word* state, Slots enabled) {
  if (std::has_single_bit(enabled)) return enabled;
  deeds_.Look(state);
  known_ = 0;
  Slots best = enabled;
  for (Slots seeds = enabled; seeds != 0; seeds &= seeds - 1) {
    const Slots closed = Closure(std::countr_zero(seeds), enabled, std::popcount(best));
    if (std::popcount(closed) < std::popcount(best)) best = closed;
    if (std::has_single_bit(best)) break;
  }
  return best;
}

// Gives up, with all, where it is not better than `best`.
Slots StubbornSets::Closure(int seed, Slots enabled, int best) {
  Slots set = Bit(seed);
  for (Slots work = set; work != 0;) {
    const int slot = std::countr_zero(work);
    work &= work - 1;
    if ((known_ & Bit(slot)) == 0) {
      needed_[static_cast<std::size_t>(slot)] = Needed(slot, (enabled & Bit(slot)) != 0);
      known_ |= Bit(slot);
    }
    const Slots more = needed_[static_cast<std::size_t>(slot)] & ~set;
    set |= more;
    work |= more;
    if (std::popcount(set & enabled) >= best) return enabled;
  }
  return set & enabled;
}

// One of those in the way is enough: itself, or the first.
Slots StubbornSets::Needed(int slot, bool enabled) const {
  if (enabled) return deeds_.Disturbers(slot);
  const Slots in_the_way = deeds_.InTheWay(slot);
  const Slots one = (in_the_way & Bit(slot)) != 0 ? 0 : in_the_way & (~in_the_way + 1);
  return deeds_.Helpers(slot) | one;
}

}  // namespace lockdep
