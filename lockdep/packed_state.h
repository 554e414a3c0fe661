// A state as a few words of bits.
//
// Values; plain functions on words that the caller owns.
#ifndef LOCKDEP_PACKED_STATE_H_
#define LOCKDEP_PACKED_STATE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lockdep {

using Word = std::uint64_t;

// Up to 63 bits of one word.  Of width 0 it is always 0.
struct Field {
  std::uint16_t word = 0;
  std::uint8_t shift = 0;
  std::uint8_t width = 0;

  constexpr Word ones() const { return (Word{1} << width) - 1; }
  constexpr Word mask() const { return ones() << shift; }
  friend bool operator==(const Field&, const Field&) = default;
};

inline Word Get(const Word* state, Field field) { return (state[field.word] >> field.shift) & field.ones(); }

// REQUIRES: the value fits.
inline void Set(Word* state, Field field, Word value) {
  state[field.word] = (state[field.word] & ~field.mask()) | (value << field.shift);
}

// Bits anywhere in a state.
class BitSet {
 public:
  void Add(Field field) { Add(field, field.ones()); }
  // Some bits of the field.
  void Add(Field field, Word bits);
  bool AnyOf(const Word* state) const {
    if ((state[first_.word] & first_.mask) != 0) return true;
    for (const Part& part : others_) {
      if ((state[part.word] & part.mask) != 0) return true;
    }
    return false;
  }
  void Clear(Word* state) const {
    state[first_.word] &= ~first_.mask;
    for (const Part& part : others_) state[part.word] &= ~part.mask;
  }

 private:
  struct Part {
    std::uint16_t word = 0;
    Word mask = 0;
  };
  Part first_;  // nearly always all
  std::vector<Part> others_;
};

// Gives each field its place: the first word with room.
class FieldAllocator {
 public:
  Field Add(int width);
  std::size_t words() const { return used_.empty() ? 1 : used_.size(); }

 private:
  std::vector<int> used_;
};

// How many bits a number up to `value` needs.
constexpr int WidthOf(std::uint64_t value) {
  int width = 0;
  for (; value != 0; value >>= 1) ++width;
  return width;
}

}  // namespace lockdep

#endif  // LOCKDEP_PACKED_STATE_H_
