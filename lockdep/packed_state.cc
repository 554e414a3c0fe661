#include "lockdep/packed_state.h"

#include "lockdep/check.h"

namespace lockdep {

void BitSet::Add(Field field, Word bits) {
  if (bits == 0) return;
  const Word mask = bits << field.shift;
  if (first_.mask == 0 || first_.word == field.word) {
    first_ = {field.word, first_.mask | mask};
    return;
  }
  for (Part& part : others_) {
    if (part.word != field.word) continue;
    part.mask |= mask;
    return;
  }
  others_.push_back({field.word, mask});
}

Field FieldAllocator::Add(int width) {
  LOCKDEP_CHECK(width >= 0 && width < 64);
  if (width == 0) return {};
  std::size_t word = 0;
  while (word < used_.size() && used_[word] + width > 64) ++word;
  if (word == used_.size()) used_.push_back(0);
  LOCKDEP_CHECK(word <= 0xffff);
  const Field field{static_cast<std::uint16_t>(word), static_cast<std::uint8_t>(used_[word]),
                    static_cast<std::uint8_t>(width)};
  used_[word] += width;
  return field;
}

}  // namespace lockdep
