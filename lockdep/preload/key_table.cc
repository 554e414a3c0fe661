#include "lockdep/preload/key_table.h"

#include "lockdep/preload/arena.h"

namespace lockdep::preload {

// Where the key is, or the free place where it belongs.  A table is never full.
KeyTable::Slot* KeyTable::SlotOf(Table* table, std::uint64_t key) {
  Slot* const slots = table->slots();
  for (std::size_t i = (key ^ key >> 32) & table->mask;; i = (i + 1) & table->mask) {
    const std::uint64_t there = slots[i].key.load(std::memory_order_relaxed);
    if (there == key || there == 0) return &slots[i];
  }
}

std::uint32_t KeyTable::Find(std::uint64_t key) const {
  if (key == 0) key = 1;
  // Pairs with the release store in Grown: the slots are initialised.
  Table* const table = table_.load(std::memory_order_acquire);
  if (table == nullptr) return 0;
  const Slot* const slot = SlotOf(table, key);
  return slot->key.load(std::memory_order_relaxed) == key ? slot->number.load(std::memory_order_relaxed) : 0;
}

KeyTable::Table* KeyTable::Grown() {
  Table* const old = table_.load(std::memory_order_relaxed);
  const std::size_t slots = old == nullptr ? 512 : (old->mask + 1) * 2;
  auto* const table = static_cast<Table*>(MapPages(sizeof(Table) + slots * sizeof(Slot)));
  if (table == nullptr) return nullptr;
  table->mask = slots - 1;
  for (std::size_t i = 0; old != nullptr && i <= old->mask; ++i) {
    const std::uint64_t key = old->slots()[i].key.load(std::memory_order_relaxed);
    if (key == 0) continue;
    Slot* const slot = SlotOf(table, key);
    slot->key.store(key, std::memory_order_relaxed);
    slot->number.store(old->slots()[i].number.load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  table_.store(table, std::memory_order_release);
  return table;
}

std::uint32_t KeyTable::Count(std::uint64_t key) {
  if (key == 0) key = 1;
  Table* table = table_.load(std::memory_order_relaxed);
  if (table == nullptr || size_ * 2 > table->mask) {
    Table* const grown = Grown();
    if (grown != nullptr) table = grown;
    if (table == nullptr || size_ * 8 > table->mask * 7) return 0;
  }
  Slot* const slot = SlotOf(table, key);
  if (slot->key.load(std::memory_order_relaxed) == 0) {
    ++size_;
    slot->key.store(key, std::memory_order_relaxed);
  }
  const std::uint32_t number = slot->number.load(std::memory_order_relaxed) + 1;
  slot->number.store(number, std::memory_order_relaxed);
  return number;
}

void KeyTable::Clear() {
  Table* const table = table_.load(std::memory_order_relaxed);
  if (table == nullptr) return;
  for (std::size_t i = 0; i <= table->mask; ++i) {
    table->slots()[i].key.store(0, std::memory_order_relaxed);
    table->slots()[i].number.store(0, std::memory_order_relaxed);
  }
  size_ = 0;
}

}  // namespace lockdep::preload
