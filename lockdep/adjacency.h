// One direction of a graph's arcs: for each node the list of its neighbours, packed.
//
// Most nodes of a lock graph have few neighbours and a few have very many, so a list is kept in one
// of three forms: a single neighbour lies in the node's header; a short list lies in a block of a
// pool, of the smallest of nine sizes; a long list is an array with an index from neighbour to position.
//
// Promises: a list is contiguous, has no duplicates and keeps the order of addition until something
// is removed from it.
//
// Thread-compatible: guard with whatever guards the owner; const calls may run at the same time.
// Cost: 8 bytes per node, 4 bytes per neighbour and what the block has free (long lists: up to 28 in
// all).  Contains, Add and Remove scan up to kShortMax ids or do one hash lookup.
//
// Invariants:
//  1. a list of more than kShortMax neighbours is long, one of at most kLongMin is not;
//  2. the index of a long list maps exactly its neighbours to their positions.
#ifndef LOCKDEP_ADJACENCY_H_
#define LOCKDEP_ADJACENCY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace lockdep {

class Adjacency {
 public:
  using Node = std::uint32_t;

  Adjacency();

  // Adds an empty list, of the node after the last one.
  void AddNode();

  // Valid until the next change of this object.
  std::span<const Node> Of(Node node) const;
  std::size_t Count(Node node) const { return headers_[node].count; }

  bool Contains(Node node, Node neighbour) const;
  // REQUIRES: !Contains(node, neighbour).
  void Add(Node node, Node neighbour);
  // Puts the last neighbour in its place.  REQUIRES: Contains(node, neighbour).
  void Remove(Node node, Node neighbour);
  void Clear(Node node);

  std::size_t memory_bytes() const;

  // Aborts if an invariant does not hold.
  void CheckInvariants() const;

 private:
  // Scanning 32 ids (two cache lines) costs about what one lookup in an index costs.
  static constexpr std::uint32_t kShortMax = 32;
  // A long list becomes short again at half of that, so that one at the border does not flip.
  static constexpr std::uint32_t kLongMin = 16;
  static constexpr std::size_t kBlockSizes = 9;
  static constexpr std::uint32_t kPageBits = 12;
  static constexpr std::uint32_t kNone = 0xffffffff;

  struct Header {
    std::uint32_t where = kNone;  // the only neighbour, an offset in the pool, or an index in long_
    std::uint32_t count : 31 = 0;
    std::uint32_t is_long : 1 = 0;
  };

  struct LongList {
    std::vector<Node> items;
    absl::flat_hash_map<Node, std::uint32_t> position;
  };

  Node* Block(std::uint32_t offset) { return pages_[offset >> kPageBits].get() + (offset & ((1u << kPageBits) - 1)); }
  const Node* Block(std::uint32_t offset) const {
    return pages_[offset >> kPageBits].get() + (offset & ((1u << kPageBits) - 1));
  }
  std::uint32_t NewBlock(std::size_t size_class);
  void FreeBlock(std::uint32_t offset, std::size_t size_class);
  Node* Data(Header& header);
  // Gives a short list the place for `count` neighbours; the first ones stay.
  void Resize(Header& header, std::uint32_t count);
  void MakeLong(Header& header);
  void MakeShort(Header& header);
  // `node` has `neighbour` at this position, or Count(node) if it has not.
  std::uint32_t PositionOf(Node node, Node neighbour) const;

  std::vector<Header> headers_;
  // The pool: pages of 2^kPageBits ids, filled one after the other; free blocks are chained through
  // their first id, one chain per size.
  std::vector<std::unique_ptr<Node[]>> pages_;
  std::uint32_t page_used_ = 1u << kPageBits;
  std::array<std::uint32_t, kBlockSizes> free_blocks_;
  std::vector<LongList> long_;
  std::vector<std::uint32_t> free_long_;
};

}  // namespace lockdep

#endif  // LOCKDEP_ADJACENCY_H_
