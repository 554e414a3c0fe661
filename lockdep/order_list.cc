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

// Distance to the old end when inserting at an end: 2^26 items fit on either side of the middle before
// the first is relabelled, and 36 items at one place between two of them.
constexpr std::uint64_t kStep = std::uint64_t{1} << 36;

}  // namespace

OrderList::OrderList() : entries_(1) { entries_[kHead].prev = entries_[kHead].next = kHead; }

void OrderList::PushBack(Item item) { Insert(entries_[kHead].prev, item); }

void OrderList::InsertAfter(Item where, Item item) {
  LOCKDEP_CHECK(Contains(where));
  Insert(where + 1, item);
}

void OrderList::InsertBefore(Item where, Item item) {
  LOCKDEP_CHECK(Contains(where));
  Insert(entries_[where + 1].prev, item);
}

void OrderList::Insert(Slot where, Item item) {
  LOCKDEP_CHECK(item < kNone - 1 && !Contains(item));
  if (item + std::size_t{1} >= entries_.size()) {
    GrowByHalf(entries_);
    entries_.resize(item + std::size_t{2});
  }
  LinkAfter(where, {&item, 1});
}

void OrderList::MoveAfter(Item where, std::span<const Item> items) {
  for (Item item : items) Remove(item);
  LOCKDEP_CHECK(Contains(where));
  LinkAfter(where + 1, items);
}

void OrderList::MoveBefore(Item where, std::span<const Item> items) {
  for (Item item : items) Remove(item);
  LOCKDEP_CHECK(Contains(where));
  LinkAfter(entries_[where + 1].prev, items);
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

void OrderList::LinkAfter(Slot where, std::span<const Item> items) {
  const Slot next = entries_[where].next;
  Slot last = where;
  for (Item item : items) {
    const Slot slot = item + 1;
    entries_[slot].prev = last;
    entries_[last].next = slot;
    last = slot;
  }
  entries_[last].next = next;
  entries_[next].prev = last;
  size_ += items.size();
  if (!TagRun(where, items.size())) SpreadAround(where, items.size());
}

bool OrderList::TagRun(Slot where, std::uint64_t count) {
  Slot slot = where;
  for (std::uint64_t i = 0; i <= count; ++i) slot = entries_[slot].next;
  const Slot next = slot;
  const std::uint64_t low = entries_[where].tag;
  const std::uint64_t high = next == kHead ? kTagLimit : entries_[next].tag;
  std::uint64_t distance = (high - low) / (count + 1);
  if (distance == 0) return false;
  const bool at_front = where == kHead;
  const bool at_back = next == kHead;
  if (at_front != at_back) distance = std::min(distance, kStep);
  std::uint64_t tag = at_front && !at_back ? high - count * distance : low + distance;
  for (slot = entries_[where].next; slot != next; slot = entries_[slot].next, tag += distance) {
    entries_[slot].tag = tag;
  }
  return true;
}

void OrderList::SpreadAround(Slot where, std::uint64_t count) {
  const std::uint64_t tag = entries_[where].tag;
  Slot first = where;  // of the entries in the range
  Slot next = where;   // the first one behind it
  for (std::uint64_t i = 0; i <= count; ++i) next = entries_[next].next;
  ++count;
  double count_max = 1;
  for (int bits = 1; bits <= kTagBits; ++bits) {
    count_max *= kTwoOverT;
    const std::uint64_t width = std::uint64_t{1} << bits;
    const std::uint64_t base = tag & ~(width - 1);
    for (; first != kHead && entries_[entries_[first].prev].tag >= base; ++count) first = entries_[first].prev;
    for (; next != kHead && entries_[next].tag - base < width; ++count) next = entries_[next].next;
    if (static_cast<double>(count) > count_max) continue;
    const std::uint64_t distance = width / count;
    Slot slot = first;
    for (std::uint64_t i = 0; i < count; ++i, slot = entries_[slot].next) entries_[slot].tag = base + i * distance;
    relabels_ += count;
    return;
  }
  LOCKDEP_CHECK(false);  // more items than ids
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
