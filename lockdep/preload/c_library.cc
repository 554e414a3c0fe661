#include "lockdep/preload/c_library.h"

#include <dlfcn.h>
#include <link.h>

#include <atomic>
#include <cstdint>

namespace lockdep::preload {
namespace {

struct File {
  std::uintptr_t begin;
  std::uintptr_t end;
};

// Where the file lies whose function that is; a function that nobody has reason to stand before.
File FileOf(const char* function) {
  void* const address = dlsym(RTLD_NEXT, function);
  Dl_info info{};
  if (address == nullptr || dladdr(address, &info) == 0) return {};
  const auto begin = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  const auto* const head = static_cast<const ElfW(Ehdr)*>(info.dli_fbase);
  const auto* const parts = reinterpret_cast<const ElfW(Phdr)*>(begin + head->e_phoff);
  std::uintptr_t end = begin;
  for (int i = 0; i < head->e_phnum; ++i) {
    if (parts[i].p_type != PT_LOAD) continue;
    const std::uintptr_t part_end = begin + parts[i].p_vaddr + parts[i].p_memsz;
    if (part_end > end) end = part_end;
  }
  return {begin, end};
}

bool IsIn(const File& file, std::uintptr_t address) { return address >= file.begin && address < file.end; }

constinit File library{};
constinit File threads{};
constinit std::atomic<bool> known{false};

}  // namespace

bool IsOfCLibrary(const void* function) {
  // Two threads may do this at once: they write the same.
  if (!known.load(std::memory_order_acquire)) {
    library = FileOf("gnu_get_libc_version");
    threads = FileOf("__pthread_key_create");
    known.store(true, std::memory_order_release);
  }
  const auto address = reinterpret_cast<std::uintptr_t>(function);
  return IsIn(library, address) || IsIn(threads, address);
}

}  // namespace lockdep::preload
