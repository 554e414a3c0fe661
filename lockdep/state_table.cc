#include "lockdep/state_table.h"

#include <algorithm>

#include "lockdep/check.h"

namespace lockdep {
namespace {

constexpr int kBitsAtFirst = 8;  // of the number of slots

// The finalizer of MurmurHash3 (A. Appleby, public domain).
constexpr std::uint64_t Mix(std::uint64_t value) {
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccd;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53;
  return value ^ value >> 33;
}

}  // namespace

StateTable::StateTable(std::size_t words)
    : words_(words), slots_(std::size_t{1} << kBitsAtFirst), mask_(slots_.size() - 1), shift_(32 - kBitsAtFirst) {}

StateTable::Hash StateTable::HashOf(const Word* state) const {
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < words_; ++i) hash = Mix(hash * 0x9e3779b97f4a7c15 + state[i] + i);
  return static_cast<Hash>(hash >> 32);
}

bool StateTable::Equal(const Word* a, const Word* b) const {
  for (std::size_t i = 0; i < words_; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

StateTable::Inserted StateTable::Insert(const Word* state, Hash hash) {
  std::size_t at = hash >> shift_;
  for (; slots_[at].number_plus_1 != 0; at = (at + 1) & mask_) {
    const Number number = slots_[at].number_plus_1 - 1;
    if (slots_[at].hash == hash && Equal(At(number), state)) return {number, false};
  }
  LOCKDEP_CHECK(size_ < kSizeMax);
  if ((size_ & (kChunkStates - 1)) == 0) {
    chunks_.push_back(std::make_unique_for_overwrite<Word[]>(kChunkStates * words_));
  }
  slots_[at] = {size_ + 1, hash};
  std::copy(state, state + words_, const_cast<Word*>(At(size_)));
  ++size_;
  if (2 * std::size_t{size_} > slots_.size() && shift_ > 0) Grow();
  return {size_ - 1, true};
}

StateTable::Number StateTable::Find(const Word* state) const {
  const Hash hash = HashOf(state);
  for (std::size_t at = hash >> shift_; slots_[at].number_plus_1 != 0; at = (at + 1) & mask_) {
    const Number number = slots_[at].number_plus_1 - 1;
    if (slots_[at].hash == hash && Equal(At(number), state)) return number;
  }
  return kNotThere;
}

void StateTable::Grow() {
  std::vector<Slot> slots(2 * slots_.size());
  --shift_;
  mask_ = slots.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.number_plus_1 == 0) continue;
    std::size_t at = slot.hash >> shift_;
    while (slots[at].number_plus_1 != 0) at = (at + 1) & mask_;
    slots[at] = slot;
  }
  slots_ = std::move(slots);
}

std::size_t StateTable::memory_bytes() const {
  return slots_.capacity() * sizeof(Slot) + chunks_.size() * kChunkStates * words_ * sizeof(Word);
}

}  // namespace lockdep
