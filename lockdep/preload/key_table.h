// 64-bit keys with a small number each: looked up without a lock, added under the recorder's lock.
//
// Open addressing in one table at a time.  A full table is copied into one twice as large, which is then published;
// old ones stay, because a reader may still be in one.  They add up to less than the current one.
//
// Thread-safe as said.  Cost: a look-up is one or two cache lines; 64 to 128 bytes a key, old tables included.
#ifndef LOCKDEP_PRELOAD_KEY_TABLE_H_
#define LOCKDEP_PRELOAD_KEY_TABLE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace lockdep::preload {

class KeyTable {
 public:
  // 0 if it is not there.
  std::uint32_t Find(std::uint64_t key) const;
  // Adds one to the number of the key, which is added with 0 first; the number then.  0: no memory.
  // REQUIRES: the recorder's lock is held.
  std::uint32_t Count(std::uint64_t key);
  // Forgets all keys.  REQUIRES: no other thread exists.
  void Clear();

 private:
  struct Slot {
    std::atomic<std::uint64_t> key;
    std::atomic<std::uint32_t> number;
  };
  struct Table {
    std::size_t mask;
    Slot* slots() { return reinterpret_cast<Slot*>(this + 1); }
  };
  static Slot* SlotOf(Table* table, std::uint64_t key);
  Table* Grown();

  std::atomic<Table*> table_{nullptr};
  std::size_t size_ = 0;
};

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_KEY_TABLE_H_
