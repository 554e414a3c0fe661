#include "lockdep/preload/imports.h"

#include <elf.h>
#include <link.h>

#include <cstdint>
#include <cstring>
#include <initializer_list>

#include "lockdep/preload/cold_section.h"
#include "lockdep/recording_format.h"

namespace lockdep::preload {
namespace {

struct Question {
  const char* function;
  bool yes;
};

bool BeginsWith(const char* text, const char* with) { return std::strncmp(text, with, std::strlen(with)) == 0; }

// Those that a file imports stand before those that its hash table has (GNU hash), or are among all (the older one).
std::uint32_t ImportsEnd(const std::uint32_t* gnu_hash, const std::uint32_t* hash) {
  if (gnu_hash != nullptr) return gnu_hash[1];
  return hash == nullptr ? 0 : hash[1];
}

// Calls `call(name)` for each symbol that the file imports, until that returns true.
template <class Call>
void ForEachImport(const dl_phdr_info& file, Call call) {
  const ElfW(Dyn)* dynamic = nullptr;
  for (int i = 0; i < file.dlpi_phnum; ++i) {
    if (file.dlpi_phdr[i].p_type == PT_DYNAMIC) {
      dynamic = reinterpret_cast<const ElfW(Dyn)*>(file.dlpi_addr + file.dlpi_phdr[i].p_vaddr);
    }
  }
  const ElfW(Sym)* symbols = nullptr;
  const char* names = nullptr;
  const std::uint32_t* gnu_hash = nullptr;
  const std::uint32_t* hash = nullptr;
  // The loader has added the bias to these, except in files that it may not change, as the kernel's own.
  const auto at = [&](const ElfW(Dyn) * entry) {
    const auto address = entry->d_un.d_ptr;
    return address < file.dlpi_addr ? address + file.dlpi_addr : address;
  };
  for (; dynamic != nullptr && dynamic->d_tag != DT_NULL; ++dynamic) {
    switch (dynamic->d_tag) {
      case DT_SYMTAB: symbols = reinterpret_cast<const ElfW(Sym)*>(at(dynamic)); break;
      case DT_STRTAB: names = reinterpret_cast<const char*>(at(dynamic)); break;
      case DT_GNU_HASH: gnu_hash = reinterpret_cast<const std::uint32_t*>(at(dynamic)); break;
      case DT_HASH: hash = reinterpret_cast<const std::uint32_t*>(at(dynamic)); break;
      default: break;
    }
  }
  if (symbols == nullptr || names == nullptr) return;
  for (std::uint32_t i = 1; i < ImportsEnd(gnu_hash, hash); ++i) {
    if (symbols[i].st_shndx == SHN_UNDEF && call(names + symbols[i].st_name)) return;
  }
}

int Ask(dl_phdr_info* file, std::size_t, void* data) {
  auto& question = *static_cast<Question*>(data);
  ForEachImport(*file, [&](const char* name) {
    question.yes = std::strcmp(name, question.function) == 0;
    return question.yes;
  });
  return question.yes ? 1 : 0;
}

// Libraries that every program has, or those of its language: what they do for it, they do when it calls them.
bool IsOfLanguage(const char* path) {
  const char* const slash = std::strrchr(path, '/');
  const char* const name = slash == nullptr ? path : slash + 1;
  for (const char* const library : {"libc.so", "ld-linux", "libpthread.", "librt.", "libdl.", "libm.so", "libgcc_s.",
                                    "libstdc++.", "libc++.", "libc++abi.", "libasan.", "libtsan.", "libubsan.",
                                    "liblsan.", "libclang_rt.", "linux-vdso", "liblockdep_recorder."}) {
    if (BeginsWith(name, library)) return true;
  }
  return false;
}

}  // namespace

bool SomeFileImports(const char* function) {
  Question question{function, false};
  // A handler that is inside already does without: it is not known then.
  if (!TakeLoaderLook()) return true;
  dl_iterate_phdr(Ask, &question);
  ReturnLoaderLook();
  return question.yes;
}

std::uint32_t WaitsUnseen(const dl_phdr_info& file) {
  std::uint32_t imports = 0;
  if (file.dlpi_name != nullptr && IsOfLanguage(file.dlpi_name)) return imports;
  ForEachImport(file, [&](const char* name) {
    if (std::strcmp(name, "syscall") == 0) imports |= recording::kImportsSyscall;
    // Of libstdc++, and of libc++ for std::atomic::wait and what is made of that.
    for (const char* const waits : {"_ZNSt28__atomic_futex_unsigned_base", "_ZNSt3__120__libcpp_atomic_wait",
                                    "_ZNSt3__123__libcpp_atomic_monitor"}) {
      if (BeginsWith(name, waits)) imports |= recording::kImportsFutures;
    }
    return false;
  });
  return imports;
}

}  // namespace lockdep::preload
