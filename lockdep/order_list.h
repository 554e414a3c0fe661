// A list of ids that answers "which of these two comes first?" in one comparison.
//
// M. Bender, R. Cole, E. Demaine, M. Farach-Colton, J. Zito, "Two Simplified Algorithms for
// Maintaining Order in a List", ESA 2002: the first of the two.  Every item carries a tag, the tags
// increase along the list, and an item goes halfway between its neighbours.  When no tag is left
// between two neighbours, the smallest aligned range of tags around them that is not too full is
// spread evenly.  Beyond the paper, a run of items moves at once and divides a gap evenly.
//
// Promises: any number of items up to 2^32 - 2; ids are the caller's and best dense, because the
// list keeps an array indexed by id.
// Does not: say anything about an item that is not in the list.
//
// Thread-compatible: guard with whatever guards the owner; const calls may run at the same time.
// Cost: 16 bytes per id up to the greatest one used; Before is O(1); Remove is O(1); an insertion
// is O(log n) amortised, and O(1) at both ends.  A move costs no more than its insertions.
//
// Invariants:
//  1. the tags strictly increase along the list;
//  2. the head, which is before all items, has tag 0, and every tag is below 2^63.
#ifndef LOCKDEP_ORDER_LIST_H_
#define LOCKDEP_ORDER_LIST_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lockdep {

class OrderList {
 public:
  using Item = std::uint32_t;

  OrderList();

  // Each puts `item` into the list.  REQUIRES: `item` is not in it, `where` is.
  void PushBack(Item item);
  void InsertAfter(Item where, Item item);
  void InsertBefore(Item where, Item item);

  // Moves `items`, which become neighbours in this order.  REQUIRES: all are in the list, each once;
  // `where` is in the list and not among them.
  void MoveAfter(Item where, std::span<const Item> items);
  void MoveBefore(Item where, std::span<const Item> items);

  // REQUIRES: `item` is in the list.  Its id may be inserted again.
  void Remove(Item item);

  bool Contains(Item item) const { return item < entries_.size() - 1 && entries_[item + 1].next != kNone; }

  // Whether `a` is nearer to the front than `b`.  REQUIRES: both are in the list.
  bool Before(Item a, Item b) const { return Tag(a) < Tag(b); }

  // Grows along the list; valid until the next insertion.  REQUIRES: `item` is in the list.
  std::uint64_t Tag(Item item) const { return entries_[item + 1].tag; }

  // All items, front to back.
  std::vector<Item> Items() const;

  std::size_t size() const { return size_; }
  // Tags that were changed so far to make room.
  std::uint64_t relabels() const { return relabels_; }
  std::size_t memory_bytes() const { return entries_.capacity() * sizeof(Entry); }

  // Aborts if an invariant does not hold.  O(n).
  void CheckInvariants() const;

 private:
  // Index into entries_: 0 is the head, item i is i + 1.
  using Slot = std::uint32_t;
  static constexpr Slot kHead = 0;
  static constexpr Slot kNone = 0xffffffff;

  struct Entry {
    std::uint64_t tag = 0;
    Slot prev = kNone;
    Slot next = kNone;
  };

  void Insert(Slot where, Item item);
  // Links `items`, none of which is in the list, behind `where` with tags up to the next one's.
  void LinkAfter(Slot where, std::span<const Item> items);
  // Tags the `count` entries behind `where`; false if there are not enough tags before the next.
  bool TagRun(Slot where, std::uint64_t count);
  // Tags the `count` entries behind `where` by spreading a range of tags around them.
  void SpreadAround(Slot where, std::uint64_t count);

  std::vector<Entry> entries_;  // circular through prev and next
  std::size_t size_ = 0;
  std::uint64_t relabels_ = 0;
};

}  // namespace lockdep

#endif  // LOCKDEP_ORDER_LIST_H_
