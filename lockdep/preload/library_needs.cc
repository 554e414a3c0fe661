// What the shared headers need of their surroundings, without the library's allocator and without stdio.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <cstdlib>
#include <cstring>

#include "lockdep/check.h"
#include "lockdep/held_locks.h"
#include "lockdep/preload/arena.h"

namespace lockdep {
namespace {

// Entries that were given back.  They stay mapped and are used for nothing else: another thread may just look whether
// their last user keeps it waiting.  The link lies below the entries, where nobody looks.
struct Unused {
  Unused* next;
};
constinit std::atomic<Unused*> unused[64] = {};  // by the bits of their size: sizes double

std::atomic<Unused*>& ListFor(std::size_t bytes) { return unused[std::bit_width(bytes) - 1]; }

void Give(std::atomic<Unused*>& list, Unused* first, Unused* last) {
  last->next = list.load(std::memory_order_relaxed);
  while (!list.compare_exchange_weak(last->next, first, std::memory_order_release, std::memory_order_relaxed)) {
  }
}

}  // namespace

// Takes a whole list and gives back what it does not need.  Taking one element would need to know that the next one
// is still the next one.
void* AllocateHeldEntries(std::size_t bytes) {
  std::atomic<Unused*>& list = ListFor(bytes);
  // Acquire pairs with the release in Give: the links are there.
  Unused* const entries = list.exchange(nullptr, std::memory_order_acquire);
  if (entries == nullptr) return preload::MapPages(bytes);
  Unused* const rest = entries->next;
  Unused* none = nullptr;
  if (rest != nullptr && !list.compare_exchange_strong(none, rest, std::memory_order_release)) {
    Unused* last = rest;
    while (last->next != nullptr) last = last->next;
    Give(list, rest, last);
  }
  return entries;
}

void FreeHeldEntries(void* entries, std::size_t bytes) {
  auto* const given = static_cast<Unused*>(entries);
  Give(ListFor(bytes), given, given);
}

void CheckFailed(const char* file, int, const char* condition) {
  for (const char* const text : {"lockdep recorder: internal error in ", file, ": ", condition, " does not hold\n"}) {
    if (syscall(SYS_write, STDERR_FILENO, text, std::strlen(text)) < 0) break;
  }
  std::abort();
}

}  // namespace lockdep
