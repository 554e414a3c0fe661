// A set of 64-bit chain keys: lookups without a lock, insertions under the owner's mutex.
//
// Open addressing in one table at a time; a full table is copied into one twice as large, which is
// then published.  Old tables are kept until destruction, because a reader may still be in one;
// they add up to less than the current one.
//
// Thread-compatible for Insert (guard with the graph mutex); Contains may run at any time.
// Cost: Contains one or two cache lines; 16 to 32 bytes a key, old tables included.
#ifndef LOCKDEP_CHAIN_SET_H_
#define LOCKDEP_CHAIN_SET_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace lockdep {

class ChainSet {
 public:
  ChainSet();
  ~ChainSet();
  ChainSet(const ChainSet&) = delete;
  ChainSet& operator=(const ChainSet&) = delete;

  bool Contains(std::uint64_t key) const {
    // Pairs with the release store in Grow: the slots of the table are initialised.
    const Table* table = current_.load(std::memory_order_acquire);
    for (std::size_t i = key & table->mask;; i = (i + 1) & table->mask) {
      // Relaxed: a key carries no other data; what it stands for is read under the mutex.
      const std::uint64_t slot = table->slots[i].load(std::memory_order_relaxed);
      if (slot == key) return true;
      if (slot == 0) return false;
    }
  }

  // False if it was there.  Key 0 counts as 1.
  bool Insert(std::uint64_t key);
  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const;

 private:
  struct Table {
    explicit Table(std::size_t capacity);
    const std::size_t mask;
    std::unique_ptr<std::atomic<std::uint64_t>[]> slots;
  };
  static void Place(Table& table, std::uint64_t key);
  void Grow();

  std::atomic<Table*> current_;
  std::vector<std::unique_ptr<Table>> tables_;
  std::size_t size_ = 0;
};

}  // namespace lockdep

#endif  // LOCKDEP_CHAIN_SET_H_
