#include "lockdep/adjacency.h"

#include <algorithm>
#include <utility>

#include "lockdep/check.h"
#include "lockdep/grow_by_half.h"

namespace lockdep {
namespace {

// Two sizes per doubling: on average 1.2 places per neighbour instead of 1.4 with powers of two.
constexpr std::array<std::uint32_t, 9> kBlockSize = {2, 3, 4, 6, 8, 12, 16, 24, 32};

// kClassOf[n] is the smallest block that holds n.
constexpr auto kClassOf = [] {
  std::array<std::uint8_t, kBlockSize.back() + 1> classes{};
  for (std::size_t count = 0, size_class = 0; count < classes.size(); ++count) {
    if (count > kBlockSize[size_class]) ++size_class;
    classes[count] = static_cast<std::uint8_t>(size_class);
  }
  return classes;
}();

}  // namespace

Adjacency::Adjacency() {
  static_assert(kBlockSize.size() == kBlockSizes && kBlockSize.back() == kShortMax);
  free_blocks_.fill(kNone);
}

void Adjacency::AddNode() {
  GrowByHalf(headers_);
  headers_.emplace_back();
}

std::span<const Adjacency::Node> Adjacency::Of(Node node) const {
  const Header& header = headers_[node];
  if (header.is_long) return long_[header.where].items;
  if (header.count <= 1) return {&header.where, header.count};
  return {Block(header.where), header.count};
}

std::uint32_t Adjacency::PositionOf(Node node, Node neighbour) const {
  const Header& header = headers_[node];
  if (header.is_long) {
    const auto& position = long_[header.where].position;
    const auto found = position.find(neighbour);
    return found == position.end() ? header.count : found->second;
  }
  const std::span<const Node> items = Of(node);
  return static_cast<std::uint32_t>(std::find(items.begin(), items.end(), neighbour) - items.begin());
}

bool Adjacency::Contains(Node node, Node neighbour) const {
  return PositionOf(node, neighbour) != headers_[node].count;
}

void Adjacency::Add(Node node, Node neighbour) {
  Header& header = headers_[node];
  if (!header.is_long && header.count == kShortMax) MakeLong(header);
  if (header.is_long) {
    LongList& list = long_[header.where];
    list.position.emplace(neighbour, static_cast<std::uint32_t>(list.items.size()));
    list.items.push_back(neighbour);
    ++header.count;
    return;
  }
  Resize(header, header.count + 1);
  Data(header)[header.count - 1] = neighbour;
}

void Adjacency::Remove(Node node, Node neighbour) {
  const std::uint32_t position = PositionOf(node, neighbour);
  Header& header = headers_[node];
  LOCKDEP_CHECK(position < header.count);
  if (!header.is_long) {
    Node* items = Data(header);
    items[position] = items[header.count - 1];
    Resize(header, header.count - 1);
    return;
  }
  LongList& list = long_[header.where];
  const Node last = list.items.back();
  list.items[position] = last;
  list.position[last] = position;
  list.items.pop_back();
  list.position.erase(neighbour);
  if (--header.count == kLongMin) MakeShort(header);
}

void Adjacency::Clear(Node node) {
  Header& header = headers_[node];
  if (header.is_long) {
    long_[header.where] = LongList();
    free_long_.push_back(header.where);
  } else {
    Resize(header, 0);
  }
  header = Header();
}

Adjacency::Node* Adjacency::Data(Header& header) { return header.count <= 1 ? &header.where : Block(header.where); }

void Adjacency::Resize(Header& header, std::uint32_t count) {
  const std::uint32_t old_count = header.count;
  const bool had_block = old_count >= 2;
  const bool needs_block = count >= 2;
  header.count = count;
  if (had_block == needs_block && (!needs_block || kClassOf[count] == kClassOf[old_count])) return;
  Header old = header;
  old.count = old_count;
  if (needs_block) header.where = NewBlock(kClassOf[count]);
  std::copy_n(Data(old), std::min(old_count, count), Data(header));
  if (had_block) FreeBlock(old.where, kClassOf[old_count]);
}

std::uint32_t Adjacency::NewBlock(std::size_t size_class) {
  if (free_blocks_[size_class] != kNone) {
    const std::uint32_t offset = free_blocks_[size_class];
    free_blocks_[size_class] = *Block(offset);
    return offset;
  }
  const std::uint32_t size = kBlockSize[size_class];
  if (page_used_ + size > (1u << kPageBits)) {
    LOCKDEP_CHECK(pages_.size() < kNone >> kPageBits);  // 16 GiB of neighbours
    pages_.push_back(std::make_unique_for_overwrite<Node[]>(1u << kPageBits));
    page_used_ = 0;
  }
  const auto page = static_cast<std::uint32_t>(pages_.size() - 1);
  const std::uint32_t offset = (page << kPageBits) + page_used_;
  page_used_ += size;
  return offset;
}

void Adjacency::FreeBlock(std::uint32_t offset, std::size_t size_class) {
  *Block(offset) = free_blocks_[size_class];
  free_blocks_[size_class] = offset;
}

void Adjacency::MakeLong(Header& header) {
  if (free_long_.empty()) {
    free_long_.push_back(static_cast<std::uint32_t>(long_.size()));
    long_.emplace_back();
  }
  const std::uint32_t index = free_long_.back();
  free_long_.pop_back();
  LongList& list = long_[index];
  const Node* items = Data(header);
  list.items.assign(items, items + header.count);
  for (std::uint32_t i = 0; i < header.count; ++i) list.position.emplace(list.items[i], i);
  const std::uint32_t count = header.count;
  Resize(header, 0);
  header.where = index;
  header.count = count;
  header.is_long = 1;
}

void Adjacency::MakeShort(Header& header) {
  const std::uint32_t index = header.where;
  const std::vector<Node> items = std::move(long_[index].items);
  long_[index] = LongList();
  free_long_.push_back(index);
  header = Header();
  Resize(header, static_cast<std::uint32_t>(items.size()));
  std::copy(items.begin(), items.end(), Data(header));
}

std::size_t Adjacency::memory_bytes() const {
  std::size_t bytes = headers_.capacity() * sizeof(Header) + pages_.capacity() * sizeof(pages_[0]) +
                      pages_.size() * (sizeof(Node) << kPageBits) + long_.capacity() * sizeof(LongList) +
                      free_long_.capacity() * sizeof(std::uint32_t);
  for (const LongList& list : long_) {
    // A flat hash map keeps one control byte beside each slot.
    bytes += list.items.capacity() * sizeof(Node) + list.position.capacity() * (2 * sizeof(std::uint32_t) + 1);
  }
  return bytes;
}

void Adjacency::CheckInvariants() const {
  for (Node node = 0; node < headers_.size(); ++node) {
    const Header& header = headers_[node];
    LOCKDEP_CHECK(header.is_long ? header.count > kLongMin : header.count <= kShortMax);
    if (!header.is_long) continue;
    const LongList& list = long_[header.where];
    LOCKDEP_CHECK(list.items.size() == header.count && list.position.size() == header.count);
    for (std::uint32_t i = 0; i < header.count; ++i) {
      const auto found = list.position.find(list.items[i]);
      LOCKDEP_CHECK(found != list.position.end() && found->second == i);
    }
  }
}

}  // namespace lockdep
