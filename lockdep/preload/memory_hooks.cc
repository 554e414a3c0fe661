// The end of memory in which locks may lie.
//
// A lock that no destroy function was called for, as is so for each std::mutex, ends with its memory.
#include <malloc.h>
#include <sys/mman.h>

#include "lockdep/preload/export.h"
#include "lockdep/preload/mutex_traits.h"
#include "lockdep/preload/real.h"
#include "lockdep/preload/recorder.h"

namespace lockdep::preload {
namespace {

[[gnu::cold, gnu::noinline]] void Ends(std::uintptr_t begin, std::size_t bytes, const CallPlace& call) {
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  MemoryEnds(*block, begin, bytes, call);
  Leave(block);
}

// Nothing is done here for a thread that the recorder does not know, and in the recorder itself.
bool Watches() { return IsBlock(current_block); }

}  // namespace

LOCKDEP_EXPORT void free(void* memory) noexcept {
  if (memory == nullptr) return;
  if (Watches()) {
    const std::size_t bytes = malloc_usable_size(memory);
    if (__builtin_expect(MayHaveLocks(AddressOf(memory), bytes), 0)) {
      Ends(AddressOf(memory), bytes, LOCKDEP_CALL_PLACE());
    }
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
  return bound == &OurFree;
}

LOCKDEP_EXPORT void* realloc(void* memory, std::size_t bytes) noexcept {
  const RealFunctions& real = Real();
  const std::size_t before = memory != nullptr && Watches() ? malloc_usable_size(memory) : 0;
  const std::uintptr_t address = AddressOf(memory);
  const bool may_have_locks = before != 0 && MayHaveLocks(address, before);
  void* const result = real.realloc_memory(memory, bytes);
  if (may_have_locks && result != nullptr && AddressOf(result) != address) {
    Ends(address, before, LOCKDEP_CALL_PLACE());
  }
  return result;
}

LOCKDEP_EXPORT void* mmap(void* memory, std::size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
  // What lay there ends; without MAP_FIXED nothing did.
  if ((flags & MAP_FIXED) != 0 && Watches() && MayHaveLocks(AddressOf(memory), bytes)) {
    Ends(AddressOf(memory), bytes, LOCKDEP_CALL_PLACE());
  }
  return Real().map(memory, bytes, protection, flags, fd, offset);
}

LOCKDEP_EXPORT void* mmap64(void* memory, std::size_t bytes, int protection, int flags, int fd,
                            off64_t offset) noexcept {
  return mmap(memory, bytes, protection, flags, fd, offset);
}

LOCKDEP_EXPORT int munmap(void* memory, std::size_t bytes) noexcept {
  if (Watches() && MayHaveLocks(AddressOf(memory), bytes)) Ends(AddressOf(memory), bytes, LOCKDEP_CALL_PLACE());
  return Real().unmap(memory, bytes);
}

LOCKDEP_EXPORT int dlclose(void* library) noexcept {
  const int result = Real().dlclose(library);
  if (ThreadBlock* const block = Enter(); block != nullptr) {
    LookAtLoader();
    Leave(block);
  }
  return result;
}

}  // namespace lockdep::preload
