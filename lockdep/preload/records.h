// The records of what threads do, each written once.
//
// What a record mentions is described before it: modules, locks, roles and threads.
//
// REQUIRES, of all here, unless it says otherwise: the recorder's lock is held; stacks were walked and the loader was
// asked before.
#ifndef LOCKDEP_PRELOAD_RECORDS_H_
#define LOCKDEP_PRELOAD_RECORDS_H_

#include <cstdint>

#include "lockdep/held_locks.h"
#include "lockdep/preload/hang_watch.h"
#include "lockdep/preload/key_table.h"
#include "lockdep/preload/lock_table.h"
#include "lockdep/preload/signals.h"
#include "lockdep/preload/stack.h"
#include "lockdep/preload/thread_block.h"
#include "lockdep/recording_format.h"

namespace lockdep::preload {

// What is recorded, by keys.  May be read without the recorder's lock.
extern constinit KeyTable recorded_chains;    // and misuses
extern constinit KeyTable recorded_episodes;  // with how often they were seen
extern constinit KeyTable recorded_shapes;    // of chains and episodes, with how many instances

// --- What records mention ------------------------------------------------------------------------------

void RecordModules();
void RecordLock(LockSlot& slot);
// A name or a class that the lock got after it was described.
void RecordName(const LockSlot& slot, const char* text, std::uint16_t flags);
// One that is gone, though a thread still holds it, is not described.
void RecordLockById(LockId id);
void RecordThread(std::uint32_t number, std::uint32_t role, std::uint16_t flags, const ThreadBlock* creator);
// The thread has a number in this process.
void NumberThread(ThreadBlock& block);
// Numbers of threads are given one after the other, from 1 on.
std::uint32_t NextThreadNumber();
std::uint32_t LastThreadNumber();

recording::HeldEntry EntryOf(const ThreadBlock& block, std::size_t index);
recording::HeldEntry EntryAt(LockId lock, How how, const ThreadBlock& block, const CallPlace& call);
// How often pasts were opened afterwards.
std::uint32_t PastsOpened();
// Whether the thread may have learned what others did, as far as is known by now.
bool PastIsOpen(const ThreadBlock& block);
// All that was recorded since there were so many bytes of records may come after anything: so do all threads.
// Cost: that of looking at what was recorded since then, but for what was opened before.
void OpenPastsSince(std::uint64_t bytes);
// kPastOpen, or nothing.
std::uint16_t PastFlags(const ThreadBlock& block);

// --- What threads did ------------------------------------------------------------------------------------

struct ChainToRecord {
  recording::HeldEntry wanted;
  std::uint16_t flags = 0;
  SignalState signals = {};
  std::size_t held = ~std::size_t{0};  // how many of the entries, if not all
};

void RecordChain(ThreadBlock& block, const ChainToRecord& chain, const Stack& stack);
void RecordEpisode(ThreadBlock& block, const HeldLocks::Episode& episode, std::uint16_t flags);
// What the thread holds, once for each set of signals that it newly lets in.  REQUIRES: the lock is not held.
void RecordOpened(ThreadBlock& block, std::uint64_t open, const CallPlace& call);
// Once for each lock and place.
void RecordMisuse(ThreadBlock& block, recording::Misuse misuse, const recording::HeldEntry& lock, std::uint16_t flags,
                  const Stack& stack);
void RecordThreadEnd(ThreadBlock& block);
void RecordOrder(LockSlot& outer, LockSlot& inner, const recording::Where& where);
void RecordNoLock(LockSlot& slot);
void RecordHeldLong(ThreadBlock& block, std::size_t index, std::uint64_t ns, const recording::Where& released);

// In the child of a fork: the locks of a thread that it has not are held for ever.
void MarkLeftByFork(const ThreadBlock& gone);
// A wait for such a lock.  Nothing is recorded where another thread could give it back.
void RecordLeftByFork(ThreadBlock& block, LockSlot& slot);

// In the child of a fork: nothing is recorded yet.
void ForgetRecorded();

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_RECORDS_H_
