#include "lockdep/state_table.h"

#include <algorithm>

#include "lockdep/check.h"

namespace lockdep {
namespace {

constexpr std::size_t kSlotsAtFirst = 1024;

// The finalizer of MurmurHash3 (A. Appleby, public domain).
constexpr std::uint64_t Mix(std::uint64_t value) {
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccd;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53;
  return value ^ value >> 33;
}

constexpr std::uint32_t TagOf(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

}  // namespace

StateTable::StateTable(std::size_t words) : words_(words), slots_(kSlotsAtFirst), mask_(kSlotsAtFirst - 1) {}

std::uint64_t StateTable::Hash(const Word* state) const {
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < words_; ++i) hash = Mix(hash * 0x9e3779b97f4a7c15 + state[i] + i);
  return hash;
}

bool StateTable::Equal(const Word* a, const Word* b) const { return std::equal(a, a + words_, b); }

StateTable::Inserted StateTable::Insert(const Word* state, std::uint64_t hash) {
  const std::uint32_t tag = TagOf(hash);
  std::uint64_t at = hash & mask_;
  for (; slots_[at].number_plus_1 != 0; at = (at + 1) & mask_) {
    const Number number = slots_[at].number_plus_1 - 1;
    if (slots_[at].tag == tag && Equal(At(number), state)) return {number, false};
  }
  LOCKDEP_CHECK(size_ < kSizeMax);
  if ((size_ & (kChunkStates - 1)) == 0) {
    chunks_.push_back(std::make_unique_for_overwrite<Word[]>(kChunkStates * words_));
  }
  slots_[at] = {size_ + 1, tag};
  std::copy(state, state + words_, const_cast<Word*>(At(size_)));
  ++size_;
  if (2 * std::size_t{size_} > slots_.size()) Grow();
  return {size_ - 1, true};
}

void StateTable::Grow() {
  std::vector<Slot> slots(2 * slots_.size());
  const std::uint64_t mask = slots.size() - 1;
  for (Number number = 0; number < size_; ++number) {
    const std::uint64_t hash = Hash(At(number));
    std::uint64_t at = hash & mask;
    while (slots[at].number_plus_1 != 0) at = (at + 1) & mask;
    slots[at] = {number + 1, TagOf(hash)};
  }
  slots_ = std::move(slots);
  mask_ = mask;
}

std::size_t StateTable::memory_bytes() const {
  return slots_.capacity() * sizeof(Slot) + chunks_.size() * kChunkStates * words_ * sizeof(Word);
}

}  // namespace lockdep
