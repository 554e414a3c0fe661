#include "lockdep/preload/arena.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace lockdep::preload {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{256} << 10;

constinit unsigned char* chunk = nullptr;
constinit std::size_t chunk_left = 0;
constinit std::atomic<std::size_t> mapped{0};

}  // namespace

void* MapPages(std::size_t bytes) {
  // The system call itself: mmap is a function that the recorder replaces.
  // The last argument lies on the stack: of an int only half of what the kernel reads would be written.
  const long address =
      syscall(SYS_mmap, nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, off_t{0});
  if (address == -1) return nullptr;
  mapped.fetch_add(bytes, std::memory_order_relaxed);
  return reinterpret_cast<void*>(address);
}

void* ArenaAllocate(std::size_t bytes) {
  bytes = (bytes + 63) & ~std::size_t{63};
  if (bytes > kChunkBytes / 4) return MapPages(bytes);
  if (bytes > chunk_left) {
    chunk = static_cast<unsigned char*>(MapPages(kChunkBytes));
    chunk_left = chunk == nullptr ? 0 : kChunkBytes;
    if (chunk == nullptr) return nullptr;
  }
  void* const result = chunk;
  chunk += bytes;
  chunk_left -= bytes;
  return result;
}

std::size_t ArenaBytes() { return mapped.load(std::memory_order_relaxed); }

}  // namespace lockdep::preload
