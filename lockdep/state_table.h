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
  Inserted Insert(const Word* state) { return Insert(state, HashOf(state)); }
  // In two steps, so that the memory can be on its way in between.
  using Hash = std::uint32_t;
  Hash HashOf(const Word* state) const;
  void Prefetch(Hash hash) const { __builtin_prefetch(&slots_[hash >> shift_]); }
  Inserted Insert(const Word* state, Hash hash);

  // kNotThere if it was not added.
  static constexpr Number kNotThere = 0xffffffff;
  Number Find(const Word* state) const;

  // REQUIRES: number < size().
  const Word* At(Number number) const {
    return chunks_[number >> kChunkBits].get() + (number & (kChunkStates - 1)) * words_;
  }
  Number size() const { return size_; }
  std::size_t words() const { return words_; }
  std::size_t memory_bytes() const;

 private:
  static constexpr unsigned kChunkBits = 10;
  static constexpr Number kChunkStates = 1U << kChunkBits;

  // Of linear probing from the upper bits of the hash, which makes growing a walk through memory.  The other bits
  // save most looks at the state.
  struct Slot {
    std::uint32_t number_plus_1 = 0;  // 0: free
    Hash hash = 0;
  };

  void Grow();
  bool Equal(const Word* a, const Word* b) const;

  const std::size_t words_;
  std::vector<std::unique_ptr<Word[]>> chunks_;
  std::vector<Slot> slots_;
  std::size_t mask_;
  int shift_;  // of a hash, to its first slot
  Number size_ = 0;
};

}  // namespace lockdep

#endif  // LOCKDEP_STATE_TABLE_H_
