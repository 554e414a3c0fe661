// Which lock is at an address: a slot for each that lives, found without a lock.
//
// A lock is an address and a generation: it ends when it is destroyed, when its memory is freed or unmapped, or when
// its stack is gone, and what comes to lie there later is another lock with another number.  Numbers are never used
// twice; slots are.
//
// A look-up follows a bucket's list while others may change it.  It may miss a lock that is there, never the other way
// round: the caller then looks again under the recorder's lock.
//
// Cost: a look-up about one cache line and a list of one or two; 161 bytes a lock that lives, tables included, of which
// the slot takes 128.
#ifndef LOCKDEP_PRELOAD_LOCK_TABLE_H_
#define LOCKDEP_PRELOAD_LOCK_TABLE_H_

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "lockdep/held_locks.h"
#include "lockdep/recording_format.h"

namespace lockdep::preload {

// A gate may have the address of any object, also of one that is a lock, or begins with one: its key is another one.
inline constexpr std::uintptr_t kGateKey = std::uintptr_t{1} << 63;  // no object of a program has such an address

struct LockSlot {
  // What requests of the lock have to heed, for the quick path: quick_path.h.
  enum class Rules : std::uint8_t {
    kAny,           // not for the quick path
    kPlain,         // nothing: a second request of its holder waits for ever
    kReaderWriter,  // a second request of its writer is refused
  };

  std::atomic<std::uintptr_t> address;  // 0: free
  LockId id;
  How how;                     // what is added to each request: `tracked` for reader-writer locks, HeldEntry::kNew
  std::uint8_t ended;          // 0 or 1
  Rules rules;                 // by all of the flags below
  LockType type;
  bool recursive : 1;          // its holder may take it again
  bool knows_holder : 1;       // a second request of its holder does not block: it is granted or refused
  bool knows_only_writer : 1;  // as before, but only of who holds it exclusively
  bool never_tried : 1;        // a try that the program did not make would change it
  bool guards_condition;       // who takes it may learn what others did: a condition is signalled, or waited for, under it
  bool special;                // one of knows_holder and guards_condition
  bool left_by_fork : 1;       // held by a thread that this process has not
  bool given_by_others : 1;    // a thread that was not seen to have it gave it back; both: the recorder's lock
  std::uint16_t flags;         // recording::LockRecord's
  std::uint32_t maker;         // ThreadBlock::serial of who made it, or used it first
  std::atomic<int> inside;     // of a gate: the thread that is; 0: none
  std::uint32_t recorded;      // in the recording of which generation of the process; 0: in none
  // When a second thread first came to it: how many bytes of records there were, in which generation of the process.
  std::atomic<std::uint32_t> others_since;
  std::atomic<std::uint32_t> others_process;  // 0: no second one has come
  std::atomic<std::uint32_t> told_alone;      // recorder.cc: threads of which roles took it with nothing held
  std::atomic<LockSlot*> next;
  std::atomic<LockSlot*> next_by_id;
  const char* name;  // that the program gave it, and its class; null: none
  const char* class_name;
  recording::Where birth;

  // LockWord(id, how) and, above it, what changes when the lock ends and when it has other rules; by one load where
  // they lie so.
  std::uint64_t Word() const {
    if constexpr (std::endian::native == std::endian::little) {
      static_assert(offsetof(LockSlot, how) == offsetof(LockSlot, id) + 4);
      static_assert(offsetof(LockSlot, ended) == offsetof(LockSlot, id) + 6);
      static_assert(offsetof(LockSlot, rules) == offsetof(LockSlot, id) + 7);
      std::uint64_t word = 0;
      std::memcpy(&word, reinterpret_cast<const unsigned char*>(this) + offsetof(LockSlot, id), sizeof word);
      return word;
    } else {
      return LockWord(id, how) | static_cast<std::uint64_t>(ended) << 48 | static_cast<std::uint64_t>(rules) << 56;
    }
  }
  // What Word() is as long as the lock has not ended, which another thread may do at any time.
  std::uint64_t LiveWord() const { return Word() & ~(std::uint64_t{0xff} << 48); }
  static Rules RulesOf(std::uint64_t word) { return static_cast<Rules>(word >> 56); }
  void FindRules();
  // What its holder gets for a second request.
  bool SaysAtOnce(How held) const { return !knows_only_writer || held.mode() == Mode::kExclusive; }
  // Locks of one birth are of one shape.
  std::uint64_t ShapeKey() const;
  static constexpr int kNoGate = -1;  // of `inside`: two were

  // Where its object lies; `address` is the key under which it is found.
  std::uintptr_t Place() const { return address.load(std::memory_order_relaxed) & ~kGateKey; }

  // No lock of pthread's: it is not known to be held until its holder gives it back.
  bool IsSemaphoreOrGate() const {
    return (flags & (recording::LockRecord::kSemaphore | recording::LockRecord::kGate)) != 0;
  }
};

struct LockTraits {
  LockType type = LockType::kMutex;
  bool recursive = false;
  bool knows_holder = false;
  bool knows_only_writer = false;
  bool never_tried = false;
  std::uint16_t flags = 0;
};

extern constinit LockSlot no_lock;  // at no address

// Null: not found, which is not to say that it is not there.
LockSlot* FindLock(std::uintptr_t address);

// All below: REQUIRES the recorder's lock.

LockSlot* FindLockExactly(std::uintptr_t address);
LockSlot* FindLockById(LockId id);
// The highest number that a lock has, or had.
LockId LastLockId();
// By the thread with the serial number `maker`.  Null if there is no memory.  REQUIRES: none is at the address.
LockSlot* AddLock(std::uintptr_t address, const LockTraits& traits, const recording::Where& birth, std::uint32_t maker);
void EndLock(LockSlot* slot);
// Calls `call(slot)` for each lock in [begin, end), which may end it.
template <class Call>
void ForLocksIn(std::uintptr_t begin, std::uintptr_t end, Call call);

std::size_t LiveLocks();

// --- Which memory may have locks in it ------------------------------------------------------------

// Whether locks may lie in [begin, begin + bytes): false is certain.  Needs no lock.
bool MayHaveLocks(std::uintptr_t begin, std::size_t bytes);

// For ForLocksIn: addresses are multiples of this.
inline constexpr std::size_t kLockAlignment = 4;
LockSlot* AnyLock(std::size_t bucket);
std::size_t Buckets();
bool LineMayHaveLocks(std::uintptr_t address);
inline constexpr std::size_t kLineBytes = 256;
std::size_t LiveGates();

template <class Call>
void ForLocksIn(std::uintptr_t begin, std::uintptr_t end, Call call) {
  // Large ranges: all locks are asked.  Small ones: each address that may be one.
  if ((end - begin) / kLineBytes > 2 * LiveLocks()) {
    for (std::size_t bucket = 0; bucket < Buckets(); ++bucket) {
      for (LockSlot* slot = AnyLock(bucket); slot != nullptr;) {
        LockSlot* const next = slot->next.load(std::memory_order_relaxed);
        const std::uintptr_t address = slot->Place();
        if (begin <= address && address < end) call(slot);
        slot = next;
      }
    }
    return;
  }
  for (std::uintptr_t line = begin & ~(kLineBytes - 1); line < end; line += kLineBytes) {
    if (!LineMayHaveLocks(line)) continue;
    for (std::uintptr_t address = line; address < line + kLineBytes; address += kLockAlignment) {
      if (address < begin || address >= end) continue;
      LockSlot* const slot = FindLockExactly(address);
      if (slot != nullptr) call(slot);
    }
    if (LiveGates() == 0) continue;
    for (std::uintptr_t address = line; address < line + kLineBytes; ++address) {
      if (address < begin || address >= end) continue;
      LockSlot* const gate = FindLockExactly(address | kGateKey);
      if (gate != nullptr) call(gate);
    }
  }
}

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_LOCK_TABLE_H_
