// A set of packed states, each with a number: the order in which it came.
//
// Whole states are compared, so two states are never mistaken for each other.
//
// Thread-compatible.
// Cost: the words of a state plus 12 to 24 bytes each; O(1) to find or add.
//
// Invariant: a state is never moved, so pointers to states stay valid.
#ifndef LOCKDEP_STATE_TABLE_H_
#define LOCKDEP_STATE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "lockdep/packed_state.h"

namespace lockdep {

class StateTable {
 public:
  using Number = std::uint32_t;
  static constexpr Number kSizeMax = 0xfffffffe;

  explicit StateTable(std::size_t words);

  struct Inserted {
    Number number;
    bool is_new;
  };
  Inserted Insert(const Word* state) { return Insert(state, Hash(state)); }
  // In two steps, so that the memory can be on its way in between.
  std::uint64_t Hash(const Word* state) const;
  void Prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask_]); }
  Inserted Insert(const Word* state, std::uint64_t hash);

  // REQUIRES: number < size().
  const Word* At(Number number) const {
    return chunks_[number >> kChunkBits].get() + (number & (kChunkStates - 1)) * words_;
  }
  Number size() const { return size_; }
  std::size_t words() const { return words_; }
  std::size_t memory_bytes() const;

 private:
  static constexpr unsigned kChunkBits = 14;
  static constexpr Number kChunkStates = 1U << kChunkBits;

  // An entry with number + 1 of 0 is free; the upper half of the hash saves most looks at the state.
  struct Slot {
    std::uint32_t number_plus_1 = 0;
    std::uint32_t tag = 0;
  };

  void Grow();
  bool Equal(const Word* a, const Word* b) const;

  const std::size_t words_;
  std::vector<std::unique_ptr<Word[]>> chunks_;
  std::vector<Slot> slots_;
  std::uint64_t mask_;
  Number size_ = 0;
};

}  // namespace lockdep

#endif  // LOCKDEP_STATE_TABLE_H_
