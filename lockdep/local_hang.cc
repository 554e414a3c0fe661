#include "lockdep/local_hang.h"

#include <bit>

namespace lockdep {
namespace {

using Slots = LocalHangs::Slots;

constexpr Slots Bit(int slot) { return Slots{1} << slot; }

}  // namespace

Slots LocalHangs::Stuck(const Word* state, Slots enabled) {
  Slots started = 0;
  Slots waiting = 0;  // or not started
  for (std::size_t i = 0; i < program_.slots.size(); ++i) {
    const int slot = static_cast<int>(i);
    const bool has_started = transitions_.HasStarted(state, slot);
    if (has_started) started |= Bit(slot);
    if ((enabled & Bit(slot)) == 0 && !(has_started && transitions_.HasEnded(state, slot))) waiting |= Bit(slot);
  }
  if ((waiting & started) == 0) return 0;
  deeds_.Look(state);
  Slots live = enabled;
  for (bool changed = true; changed;) {
    changed = false;
    for (Slots rest = waiting & ~live; rest != 0; rest &= rest - 1) {
      const int slot = std::countr_zero(rest);
      const Slots in_the_way = deeds_.InTheWay(slot);
      const bool held_up = in_the_way == 0 || (in_the_way & ~live) != 0;
      if (held_up && (deeds_.Helpers(slot) & live) == 0) continue;
      live |= Bit(slot);
      changed = true;
    }
  }
  return waiting & started & ~live;
}

}  // namespace lockdep
