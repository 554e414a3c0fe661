// The end of memory in which locks may lie, and its beginning, for publication.h.
//
// A lock that no destroy function was called for, as is so for each std::mutex, ends with its memory.
//
// Where a call ends memory for certain, locks end before it, as long as nobody else can have the memory.  Where that
// depends on its result, they end after it: only those that were there before, and nothing is read of them, for it may
// be another thread's memory by now, or nobody's.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>

#include "lockdep/preload/arena.h"
#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/declarations.h"
#include "lockdep/preload/export.h"
#include "lockdep/preload/mutex_traits.h"
#include "lockdep/preload/publication.h"
#include "lockdep/preload/real.h"
#include "lockdep/preload/recorder.h"
#include "lockdep/preload/recording_file.h"
#include "lockdep/preload/records.h"
#include "lockdep/preload/stack.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4  // Linux 5.7
#endif

namespace lockdep::preload {
namespace {

// Of a thread that the recorder does not know, as one that the C library started, or not any more, in a last
// destructor.  It holds nothing that is known.
bool IsUnknownThread() { return current_block == nullptr || current_block == EndedMark(); }

[[gnu::cold, gnu::noinline]] void Ends(std::uintptr_t begin, std::size_t bytes, const CallPlace& call) {
  if (IsUnknownThread()) {
    const ColdSection section;
    ForLocksIn(begin, begin + bytes, EndLock);
    DropDeclarations(begin, begin + bytes);
    return;
  }
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  MemoryEnds(*block, begin, bytes, call);
  Leave(block);
}

// Nothing is done here in the recorder itself, nor before there are locks: what asks a sanitizer's runtime how large a
// block is may come too early for it.
bool Watches() { return IsBlock(current_block) || (current_block != BusyMark() && LiveLocks() != 0); }

void EndsIfLocks(std::uintptr_t begin, std::size_t bytes, const CallPlace& call) {
  if (Watches() && MayHaveLocks(begin, bytes)) Ends(begin, bytes, call);
}

// The thread itself ends memory that it may have made.
void Unmade(std::uintptr_t begin, std::size_t bytes) {
  ThreadBlock* const block = current_block;
  if (!IsBlock(block)) return;
  current_block = BusyMark();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  NoteUnmade(*block, begin, bytes);
  Leave(block);
}

// Memory that a call may move elsewhere.
struct Movable {
  std::uintptr_t begin = 0;
  std::size_t bytes = 0;
  LockId last = 0;  // of the locks that there were before; 0: there are none in it
};

Movable BeforeMove(std::uintptr_t begin, std::size_t bytes) {
  if (!Watches() || !MayHaveLocks(begin, bytes)) return {};
  const ColdSection section;
  return {begin, bytes, LastLockId()};
}

// It has moved.
void Moved(const Movable& memory, const CallPlace& call) {
  if (memory.last == 0) return;
  if (IsUnknownThread()) {
    const ColdSection section;
    ForLocksIn(memory.begin, memory.begin + memory.bytes, [&](LockSlot* slot) {
      if (slot->id <= memory.last) EndLock(slot);
    });
    return;
  }
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  Stack stack;
  if (block->held.depth() != 0) WalkStack(call.site, stack);
  {
    const ColdSection section;
    ForLocksIn(memory.begin, memory.begin + memory.bytes, [&](LockSlot* slot) {
      if (slot->id > memory.last) return;
      const int index = slot->IsSemaphoreOrGate() ? -1 : block->held.Find(slot->id, true);
      if (index >= 0) {
        const How how = block->held.entry(static_cast<std::size_t>(index)).how;
        RecordMisuse(*block, recording::Misuse::kFreedWhileHeld, EntryAt(slot->id, how, *block, call), 0, stack);
      }
      EndLock(slot);
    });
  }
  Leave(block);
}

// A sanitizer's runtime sets limits before it can do without its malloc, which looking functions up takes.
template <class Limit>
int SetLimitEarly(pid_t process, int resource, const Limit* limit, Limit* before) {
  static_assert(sizeof(Limit) == 2 * sizeof(std::uint64_t), "the kernel's");
  return static_cast<int>(syscall(SYS_prlimit64, process, resource, limit, before));
}
bool IsEarly() { return !real_known.load(std::memory_order_acquire); }

// The recording is mapped far beyond what is used of it: what is not is the program's, where there is not enough.
void LimitWasSet(pid_t process, int resource) {
  const bool of_this_process = process == 0 || process == getpid();
  if (resource != RLIMIT_AS || !of_this_process || Header() == nullptr || current_block == BusyMark()) return;
  const int saved = errno;
  CutRecording();
  errno = saved;
}

std::size_t PageBytes() { return static_cast<std::size_t>(getpagesize()); }
bool IsOnPage(std::uintptr_t address) { return address % PageBytes() == 0; }
std::size_t WholePages(std::size_t bytes) { return (bytes + PageBytes() - 1) & ~(PageBytes() - 1); }

// Whether the kernel takes the range for one of whole pages.  What it refuses ends nothing.
bool ArePages(std::uintptr_t begin, std::size_t bytes) {
  const std::size_t whole = WholePages(bytes);
  return IsOnPage(begin) && whole != 0 && begin + whole > begin;
}

bool IsOpen(int fd) {
  const int saved = errno;
  const bool is_open = syscall(SYS_fcntl, fd, F_GETFD) >= 0;
  errno = saved;
  return is_open;
}

// --- Segments of shared memory ----------------------------------------------------------------------

// One that is attached: who detaches it does not say how large it is.
struct Segment {
  std::uintptr_t begin;  // 0: the place is free
  std::size_t bytes;
  Segment* next;
};
constinit Segment* segments = nullptr;  // guarded by the recorder's lock

std::size_t SegmentBytes(int id) {
  const int saved = errno;
  shmid_ds state{};
  const bool known = shmctl(id, IPC_STAT, &state) == 0;
  errno = saved;
  return known ? state.shm_segsz : 0;
}

void AddSegment(std::uintptr_t begin, std::size_t bytes) {
  const ColdSection section;
  Segment* place = segments;
  while (place != nullptr && place->begin != 0 && place->begin != begin) place = place->next;
  if (place == nullptr) {
    place = static_cast<Segment*>(ArenaAllocate(sizeof(Segment)));
    if (place == nullptr) return;
    place->next = segments;
    segments = place;
  }
  place->begin = begin;
  place->bytes = bytes;
}

// How large it is; 0: not known.
std::size_t DropSegment(std::uintptr_t begin) {
  const ColdSection section;
  for (Segment* segment = segments; segment != nullptr; segment = segment->next) {
    if (segment->begin != begin) continue;
    segment->begin = 0;
    return segment->bytes;
  }
  return 0;
}

}  // namespace

LOCKDEP_EXPORT void* malloc(std::size_t bytes) noexcept {
  if (__builtin_expect(real_functions.malloc_memory == nullptr, 0) && !LookUpMalloc()) {
    errno = ENOMEM;
    return nullptr;
  }
  // A jump, so that a sanitizer finds the frames of the program around its own function.
  if (!real_functions.malloc_is_noted) return real_functions.malloc_memory(bytes);
  void* const memory = real_functions.malloc_memory(bytes);
  ThreadBlock* const block = current_block;
  if (IsBlock(block) && memory != nullptr) {
    current_block = BusyMark();
    std::atomic_signal_fence(std::memory_order_seq_cst);
    NoteMade(*block, AddressOf(memory), bytes);
    Leave(block);
  }
  return memory;
}

LOCKDEP_EXPORT void free(void* memory) noexcept {
  if (memory == nullptr) return;
  if (Watches() && real_functions.usable_size != nullptr) {
    const std::size_t bytes = real_functions.usable_size(memory);
    Unmade(AddressOf(memory), bytes);
    EndsIfLocks(AddressOf(memory), bytes, LOCKDEP_CALL_PLACE());
  }
  // The look-up of functions may itself free something, which then is kept.
  if (real_functions.free_memory == nullptr && !LookingUpReal()) LookUpReal();
  if (real_functions.free_memory != nullptr) real_functions.free_memory(memory);
}

extern "C" [[gnu::alias("free"), gnu::visibility("hidden")]] void OurFree(void* memory) noexcept;

bool FreesComeHere() {
  // What the loader has bound the name to; the compiler may not know better.
  void (*bound)(void*) = &free;
  asm("" : "+r"(bound));
  return bound == &OurFree && Real().usable_size != nullptr;
}

LOCKDEP_EXPORT void* realloc(void* memory, std::size_t bytes) noexcept {
  const RealFunctions& real = Real();
  const CallPlace call = LOCKDEP_CALL_PLACE();
  const std::uintptr_t address = AddressOf(memory);
  const bool watched = memory != nullptr && Watches() && real.usable_size != nullptr;
  const std::size_t before = watched ? real.usable_size(memory) : 0;
  if (watched) Unmade(address, before);
  // What is past the new size ends in any case: for 0 bytes that is all.
  if (bytes < before) EndsIfLocks(address + bytes, before - bytes, call);
  const Movable movable = BeforeMove(address, std::min(before, bytes));
  void* const result = real.realloc_memory(memory, bytes);
  if (result != nullptr && result != memory) Moved(movable, call);
  return result;
}

LOCKDEP_EXPORT void* mmap(void* memory, std::size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
  // What lay there ends; without MAP_FIXED nothing did.
  if ((flags & MAP_FIXED) != 0 && ArePages(AddressOf(memory), bytes) && IsOnPage(static_cast<std::uintptr_t>(offset)) &&
      Watches() && MayHaveLocks(AddressOf(memory), WholePages(bytes)) && ((flags & MAP_ANONYMOUS) != 0 || IsOpen(fd))) {
    Ends(AddressOf(memory), WholePages(bytes), LOCKDEP_CALL_PLACE());
  }
  return Real().map(memory, bytes, protection, flags, fd, offset);
}

LOCKDEP_EXPORT void* mmap64(void* memory, std::size_t bytes, int protection, int flags, int fd,
                            off64_t offset) noexcept {
  return mmap(memory, bytes, protection, flags, fd, offset);
}

LOCKDEP_EXPORT int munmap(void* memory, std::size_t bytes) noexcept {
  if (ArePages(AddressOf(memory), bytes)) EndsIfLocks(AddressOf(memory), WholePages(bytes), LOCKDEP_CALL_PLACE());
  return Real().unmap(memory, bytes);
}

LOCKDEP_EXPORT void* mremap(void* memory, std::size_t bytes, std::size_t new_bytes, int flags, ...) noexcept {
  void* new_place = nullptr;
  if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    new_place = va_arg(arguments, void*);
    va_end(arguments);
  }
  const CallPlace call = LOCKDEP_CALL_PLACE();
  const std::uintptr_t begin = AddressOf(memory);
  const std::size_t before = WholePages(bytes);
  const std::size_t after = WholePages(new_bytes);
  const std::uintptr_t target = AddressOf(new_place);
  const bool places_it = (flags & MREMAP_FIXED) != 0;
  // For 0 bytes of a shared mapping the kernel makes one more of it, and nothing ends where it is.
  const bool stays = (flags & MREMAP_MAYMOVE) == 0;
  const bool overlap = begin < target + after && target < begin + before;
  const bool refused = !IsOnPage(begin) || after == 0 ||
                       (places_it && (stays || overlap || !ArePages(target, new_bytes))) ||
                       (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0;
  Movable movable;
  if (!refused) {
    if (places_it) EndsIfLocks(target, after, call);
    if (after < before) EndsIfLocks(begin + after, before - after, call);
    movable = BeforeMove(begin, std::min(before, after));
  }
  void* const result = Real().remap(memory, bytes, new_bytes, flags, new_place);
  if (result != MAP_FAILED && result != memory) Moved(movable, call);
  return result;
}

LOCKDEP_EXPORT void* shmat(int id, const void* place, int flags) noexcept {
  const std::size_t bytes = SegmentBytes(id);
  if (place != nullptr && (flags & SHM_REMAP) != 0 && ArePages(AddressOf(place), bytes)) {
    EndsIfLocks(AddressOf(place), WholePages(bytes), LOCKDEP_CALL_PLACE());
  }
  void* const result = Real().attach(id, place, flags);
  if (bytes == 0 || AddressOf(result) == ~std::uintptr_t{0}) return result;
  if (ThreadBlock* const block = Enter(); block != nullptr) {
    AddSegment(AddressOf(result), WholePages(bytes));
    Leave(block);
  }
  return result;
}

LOCKDEP_EXPORT int shmdt(const void* memory) noexcept {
  if (ThreadBlock* const block = Enter(); block != nullptr) {
    const std::size_t bytes = DropSegment(AddressOf(memory));
    Leave(block);
    if (bytes != 0) EndsIfLocks(AddressOf(memory), bytes, LOCKDEP_CALL_PLACE());
  }
  return Real().detach_segment(memory);
}

LOCKDEP_EXPORT int mlockall(int flags) noexcept {
  // The recording is mapped far beyond what is used of it, which would be locked, or be too much to be locked.
  if (ThreadBlock* const block = Enter(); block != nullptr) {
    CutRecording();
    Leave(block);
  }
  return Real().lock_all(flags);
}

LOCKDEP_EXPORT int setrlimit(__rlimit_resource_t resource, const rlimit* limit) noexcept {
  if (IsEarly()) return SetLimitEarly<rlimit>(0, resource, limit, nullptr);
  const int result = Real().set_limit(resource, limit);
  if (result == 0) LimitWasSet(0, resource);
  return result;
}

LOCKDEP_EXPORT int setrlimit64(__rlimit_resource_t resource, const rlimit64* limit) noexcept {
  if (IsEarly()) return SetLimitEarly<rlimit64>(0, resource, limit, nullptr);
  const int result = Real().set_limit_64(resource, limit);
  if (result == 0) LimitWasSet(0, resource);
  return result;
}

LOCKDEP_EXPORT int prlimit(pid_t process, __rlimit_resource resource, const rlimit* limit, rlimit* before) noexcept {
  if (IsEarly()) return SetLimitEarly(process, resource, limit, before);
  const int result = Real().set_limit_of(process, resource, limit, before);
  if (result == 0 && limit != nullptr) LimitWasSet(process, resource);
  return result;
}

LOCKDEP_EXPORT int prlimit64(pid_t process, __rlimit_resource resource, const rlimit64* limit,
                             rlimit64* before) noexcept {
  if (IsEarly()) return SetLimitEarly(process, resource, limit, before);
  const int result = Real().set_limit_of_64(process, resource, limit, before);
  if (result == 0 && limit != nullptr) LimitWasSet(process, resource);
  return result;
}

LOCKDEP_EXPORT int dlclose(void* library) noexcept {
  const int result = Real().dlclose(library);
  if (ThreadBlock* const block = Enter(); block != nullptr) {
    LookForUnloaded(*block);
    Leave(block);
  }
  return result;
}

}  // namespace lockdep::preload
