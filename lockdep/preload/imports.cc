#include "lockdep/preload/imports.h"

#include <elf.h>
#include <link.h>

#include <cstdint>
#include <cstring>

#include "lockdep/preload/cold_section.h"

namespace lockdep::preload {
namespace {

struct Question {
  const char* function;
  bool yes;
};

// Those that a file imports stand before those that its hash table has (GNU hash), or are among all (the older one).
std::uint32_t ImportsEnd(const std::uint32_t* gnu_hash, const std::uint32_t* hash) {
  if (gnu_hash != nullptr) return gnu_hash[1];
  return hash == nullptr ? 0 : hash[1];
}

int Ask(dl_phdr_info* file, std::size_t, void* data) {
  auto& question = *static_cast<Question*>(data);
  const ElfW(Dyn)* dynamic = nullptr;
  for (int i = 0; i < file->dlpi_phnum; ++i) {
    if (file->dlpi_phdr[i].p_type == PT_DYNAMIC) {
      dynamic = reinterpret_cast<const ElfW(Dyn)*>(file->dlpi_addr + file->dlpi_phdr[i].p_vaddr);
    }
  }
  const ElfW(Sym)* symbols = nullptr;
  const char* names = nullptr;
  const std::uint32_t* gnu_hash = nullptr;
  const std::uint32_t* hash = nullptr;
  // The loader has added the bias to these, except in files that it may not change, as the kernel's own.
  const auto at = [&](const ElfW(Dyn) * entry) {
    const auto address = entry->d_un.d_ptr;
    return address < file->dlpi_addr ? address + file->dlpi_addr : address;
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
  if (symbols == nullptr || names == nullptr) return 0;
  for (std::uint32_t i = 1; i < ImportsEnd(gnu_hash, hash); ++i) {
    if (symbols[i].st_shndx != SHN_UNDEF || std::strcmp(names + symbols[i].st_name, question.function) != 0) continue;
    question.yes = true;
    return 1;
  }
  return 0;
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

}  // namespace lockdep::preload
