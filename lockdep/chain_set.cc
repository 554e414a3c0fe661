#include "lockdep/chain_set.h"

#include "lockdep/check.h"

namespace lockdep {
namespace {
constexpr std::size_t kFirstCapacity = 1024;
}  // namespace

ChainSet::Table::Table(std::size_t capacity) : mask(capacity - 1), slots(new std::atomic<std::uint64_t>[capacity]()) {
  LOCKDEP_CHECK((capacity & mask) == 0);
}

ChainSet::ChainSet() {
  tables_.push_back(std::make_unique<Table>(kFirstCapacity));
  current_.store(tables_.back().get(), std::memory_order_release);
}

ChainSet::~ChainSet() = default;

void ChainSet::Place(Table& table, std::uint64_t key) {
  std::size_t i = key & table.mask;
  while (table.slots[i].load(std::memory_order_relaxed) != 0) i = (i + 1) & table.mask;
  table.slots[i].store(key, std::memory_order_relaxed);
}

bool ChainSet::Insert(std::uint64_t key) {
  if (key == 0) key = 1;
  if (Contains(key)) return false;
  if ((size_ + 1) * 2 > tables_.back()->mask + 1) Grow();
  Place(*tables_.back(), key);
  ++size_;
  return true;
}

void ChainSet::Grow() {
  const Table& old = *tables_.back();
  auto table = std::make_unique<Table>((old.mask + 1) * 2);
  for (std::size_t i = 0; i <= old.mask; ++i) {
    const std::uint64_t key = old.slots[i].load(std::memory_order_relaxed);
    if (key != 0) Place(*table, key);
  }
  current_.store(table.get(), std::memory_order_release);
  tables_.push_back(std::move(table));
}

std::size_t ChainSet::memory_bytes() const {
  std::size_t bytes = 0;
  for (const auto& table : tables_) bytes += (table->mask + 1) * sizeof(std::uint64_t);
  return bytes;
}

}  // namespace lockdep
