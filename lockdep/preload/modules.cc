#include "lockdep/preload/modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "lockdep/preload/arena.h"
#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/imports.h"
#include "lockdep/preload/real.h"

namespace lockdep::preload {
namespace {

constexpr std::size_t kModulesMax = 4096;

// Published entry by entry: `count` is stored after the entry is whole.  An entry is used again only for a module
// at another place, so a reader without the lock sees at worst a range that was right a moment ago.
constinit Module* modules[kModulesMax] = {};
constinit std::atomic<std::size_t> count{0};
constinit std::atomic<std::uint32_t> all_imports{0};
constinit unsigned long long seen_loads = 0;
constinit unsigned long long seen_unloads = 0;

struct Look {
  bool changed = false;
  bool first = true;
  unsigned long long loads = 0;
  unsigned long long unloads = 0;
};

struct LoadersFile {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::uintptr_t identity = 0;  // 0: none is there
};

// Without a lock.
#if defined(DLFO_STRUCT_HAS_EH_DBASE)  // glibc 2.35
bool CanAskWithoutLock() { return Real().find_object != nullptr; }

LoadersFile FileAt(std::uintptr_t address) {
  dl_find_object found;
  if (Real().find_object(reinterpret_cast<void*>(address), &found) != 0) return {};
  const auto entry = reinterpret_cast<std::uintptr_t>(found.dlfo_link_map);
  const auto table = reinterpret_cast<std::uintptr_t>(found.dlfo_eh_frame);
  return {reinterpret_cast<std::uintptr_t>(found.dlfo_map_start), reinterpret_cast<std::uintptr_t>(found.dlfo_map_end),
          (entry ^ table << 1) | 1};
}
#else
bool CanAskWithoutLock() { return false; }
LoadersFile FileAt(std::uintptr_t) { return {}; }
#endif

void ReadBuildId(const dl_phdr_info& info, Module& module) {
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info.dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto* at = reinterpret_cast<const unsigned char*>(info.dlpi_addr + segment.p_vaddr);
    const unsigned char* const end = at + segment.p_memsz;
    while (end - at >= static_cast<std::ptrdiff_t>(sizeof(ElfW(Nhdr)))) {
      ElfW(Nhdr) note;
      std::memcpy(&note, at, sizeof note);
      const unsigned char* const name = at + sizeof note;
      const unsigned char* const text = name + ((note.n_namesz + 3) & ~3U);
      if (text > end || note.n_descsz > static_cast<std::size_t>(end - text)) break;
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
        module.build_id_bytes = note.n_descsz < kBuildIdMax ? note.n_descsz : kBuildIdMax;
        std::memcpy(module.build_id, text, module.build_id_bytes);
        return;
      }
      at = text + ((note.n_descsz + 3) & ~3U);
    }
  }
}

void SetPath(const dl_phdr_info& info, bool is_program, Module& module) {
  if (is_program) {
    const ssize_t length = readlink("/proc/self/exe", module.path, kPathMax - 1);
    module.path[length > 0 ? length : 0] = '\0';
  } else {
    std::strncpy(module.path, info.dlpi_name, kPathMax - 1);
  }
}

// Called with the loader's lock held.  Takes the recorder's lock for a moment; nobody asks the loader under that.
int Visit(dl_phdr_info* info, std::size_t bytes, void* data) {
  Look& look = *static_cast<Look*>(data);
  if (look.first) {
    look.first = false;
    look.loads = info->dlpi_adds;
    look.unloads = info->dlpi_subs;
    if (bytes >= sizeof(dl_phdr_info) && look.loads == seen_loads && look.unloads == seen_unloads) return 1;
    look.changed = true;
    const ColdSection section;
    ForEachModule([](Module& module) { module.here = false; });
  }
  std::uintptr_t begin = ~std::uintptr_t{0};
  std::uintptr_t end = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    const std::uintptr_t from = info->dlpi_addr + segment.p_vaddr;
    if (from < begin) begin = from;
    if (from + segment.p_memsz > end) end = from + segment.p_memsz;
  }
  if (begin >= end) return 0;
  const ColdSection section;
  const std::size_t known = count.load(std::memory_order_relaxed);
  Module* place = nullptr;
  for (std::size_t i = 0; i < known; ++i) {
    Module& module = *modules[i];
    if (module.begin == begin && module.end == end && module.bias == info->dlpi_addr) {
      module.here = true;
      __atomic_store_n(&module.loaders, 0, __ATOMIC_RELAXED);  // it may be another one of the same size
      return 0;
    }
    if (module.end == 0 && place == nullptr) place = &module;  // one that was dropped
  }
  const bool is_new = place == nullptr;
  if (is_new) {
    if (known == kModulesMax) return 0;
    place = static_cast<Module*>(ArenaAllocate(sizeof(Module)));
    if (place == nullptr) return 0;
  }
  *place = Module{};
  place->bias = info->dlpi_addr;
  place->begin = begin;
  place->end = end;
  place->here = true;
  // The first module without a name is the program; the kernel's own page has one ("linux-vdso.so.1").
  SetPath(*info, info->dlpi_name == nullptr || info->dlpi_name[0] == '\0', *place);
  ReadBuildId(*info, *place);
  all_imports.fetch_or(WaitsUnseen(*info), std::memory_order_relaxed);
  if (is_new) {
    modules[known] = place;
    count.store(known + 1, std::memory_order_release);
  }
  return 0;
}

}  // namespace

std::uint32_t Imports() { return all_imports.load(std::memory_order_relaxed); }

std::size_t ModuleCount() { return count.load(std::memory_order_acquire); }
Module* ModuleAt(std::size_t index) { return modules[index]; }

bool LookAtModules() {
  Look look;
  dl_iterate_phdr(Visit, &look);
  if (!look.changed) return false;
  const ColdSection section;
  seen_loads = look.loads;
  seen_unloads = look.unloads;
  bool gone = false;
  ForEachModule([&](Module& module) {
    if (module.end == 0) return;
    gone = gone || !module.here;
    if (module.here) __atomic_store_n(&module.loaders, FileAt(module.begin).identity, __ATOMIC_RELAXED);
  });
  return gone;
}

void DropUnloaded() {
  ForEachModule([](Module& module) {
    if (!module.here) module = Module{};
  });
}

void FileCheck::Add(std::uintptr_t address) {
  if (unknown_ || address == 0 || (begin_ <= address && address < end_)) return;
  if (!CanAskWithoutLock()) {
    unknown_ = true;
    return;
  }
  const LoadersFile file = FileAt(address);
  if (file.identity == 0) return;  // a heap, a stack
  begin_ = file.begin;
  end_ = file.end;
  const std::size_t known = ModuleCount();
  for (std::size_t i = 0; i < known; ++i) {
    Module& module = *modules[i];
    if (address < module.begin || address >= module.end) continue;
    std::uintptr_t identity = 0;
    // The loader may have been at work on it at the last look, and not have told all yet.
    if (__atomic_compare_exchange_n(&module.loaders, &identity, file.identity, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED) ||
        identity == file.identity)
      return;
  }
  unknown_ = true;
}

bool SomeFileIsGone() {
  if (!CanAskWithoutLock()) return true;
  for (std::size_t i = 0; i < ModuleCount(); ++i) {
    const std::uintptr_t identity = __atomic_load_n(&modules[i]->loaders, __ATOMIC_RELAXED);
    if (identity != 0 && FileAt(modules[i]->begin).identity != identity) return true;
  }
  return false;
}

bool IsStatic(std::uintptr_t address) {
  const std::size_t known = ModuleCount();
  for (std::size_t i = 0; i < known; ++i) {
    if (modules[i]->begin <= address && address < modules[i]->end) return true;
  }
  return false;
}

}  // namespace lockdep::preload
