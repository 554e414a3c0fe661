// The paper's names: a range of 2^i tags is in overflow when it holds more than (2/T)^i items.
#include "lockdep/order_list.h"

#include <algorithm>

#include "lockdep/check.h"
#include "lockdep/grow_by_half.h"

namespace lockdep {
namespace {

constexpr int kTagBits = 63;
constexpr std::uint64_t kTagLimit = std::uint64_t{1} << kTagBits;

// 2/T, for T = 1.4: the greatest T (the sparsest spreading) for which (2/T)^63 exceeds 2^32 items.
constexpr double kTwoOverT = 2.0 / 1.4;

// Distance to the old end when inserting at an end.  2^32 items fit on either side of the middle,
// so that lists which only grow at their ends are never relabelled.
constexpr std::uint64_t kStep = std::uint64_t{1} << 30;

}  // namespace

OrderList::OrderList() : entries_(1) { entries_[kHead].prev = entries_[kHead].next = kHead; }

void OrderList::PushBack(Item item) { LinkAfter(entries_[kHead].prev, item); }

void OrderList::InsertAfter(Item where, Item item) {
  LOCKDEP_CHECK(Contains(where));
  LinkAfter(where + 1, item);
}

void OrderList::InsertBefore(Item where, Item item) {
  LOCKDEP_CHECK(Contains(where));
  LinkAfter(entries_[where + 1].prev, item);
}

void OrderList::Remove(Item item) {
  LOCKDEP_CHECK(Contains(item));
  Entry& entry = entries_[item + 1];
  entries_[entry.prev].next = entry.next;
  entries_[entry.next].prev = entry.prev;
  entry.prev = entry.next = kNone;
  --size_;
}

std::vector<OrderList::Item> OrderList::Items() const {
  std::vector<Item> items;
  items.reserve(size_);
  for (Slot slot = entries_[kHead].next; slot != kHead; slot = entries_[slot].next) items.push_back(slot - 1);
  return items;
}

void OrderList::LinkAfter(Slot where, Item item) {
  LOCKDEP_CHECK(item < kNone - 1 && !Contains(item));
  const Slot slot = item + 1;
  if (slot >= entries_.size()) {
    GrowByHalf(entries_);
    entries_.resize(slot + std::size_t{1});
  }
  std::uint64_t tag = FreeTagAfter(where);
  if (tag == 0) {
    MakeRoomAfter(where);
    tag = FreeTagAfter(where);
    LOCKDEP_CHECK(tag != 0);
  }
  const Slot next = entries_[where].next;
  entries_[slot] = Entry{tag, where, next};
  entries_[where].next = slot;
  entries_[next].prev = slot;
  ++size_;
}

std::uint64_t OrderList::FreeTagAfter(Slot where) const {
  const Slot next = entries_[where].next;
  const std::uint64_t low = entries_[where].tag;
  const std::uint64_t high = next == kHead ? kTagLimit : entries_[next].tag;
  const std::uint64_t half = (high - low) / 2;
  if (half == 0) return 0;
  const bool at_front = where == kHead;
  const bool at_back = next == kHead;
  if (at_back && !at_front) return low + std::min(half, kStep);
  if (at_front && !at_back) return high - std::min(half, kStep);
  return low + half;
}

void OrderList::MakeRoomAfter(Slot where) {
  const std::uint64_t tag = entries_[where].tag;
  Slot first = where;  // of the items in the range, and the last of them
  Slot last = where;
  std::uint64_t count = 1;
  double count_max = 1;
  for (int bits = 1; bits <= kTagBits; ++bits) {
    count_max *= kTwoOverT;
    const std::uint64_t width = std::uint64_t{1} << bits;
    const std::uint64_t base = tag & ~(width - 1);
    while (first != kHead && entries_[entries_[first].prev].tag >= base) {
      first = entries_[first].prev;
      ++count;
    }
    while (entries_[last].next != kHead && entries_[entries_[last].next].tag - base < width) {
      last = entries_[last].next;
      ++count;
    }
    // Then width / count is at least 2 (by hand for bits 1 and 2, else because T^3 > 2): a tag is
    // free behind each item of the range, as whatever follows the range begins behind it.
    if (static_cast<double>(count) <= count_max) return Spread(first, count, base, width);
  }
  LOCKDEP_CHECK(false);  // more items than ids
}

void OrderList::Spread(Slot first, std::uint64_t count, std::uint64_t base, std::uint64_t width) {
  const std::uint64_t distance = width / count;
  Slot slot = first;
  for (std::uint64_t i = 0; i < count; ++i, slot = entries_[slot].next) entries_[slot].tag = base + i * distance;
  relabels_ += count;
}

void OrderList::CheckInvariants() const {
  LOCKDEP_CHECK(entries_[kHead].tag == 0);
  std::size_t count = 0;
  Slot slot = kHead;
  do {
    const Slot next = entries_[slot].next;
    LOCKDEP_CHECK(next < entries_.size() && entries_[next].prev == slot);
    LOCKDEP_CHECK(next == kHead || entries_[next].tag > entries_[slot].tag);
    LOCKDEP_CHECK(entries_[slot].tag < kTagLimit);
    LOCKDEP_CHECK(++count <= entries_.size());
    slot = next;
  } while (slot != kHead);
  LOCKDEP_CHECK(count == size_ + 1);
}

}  // namespace lockdep
