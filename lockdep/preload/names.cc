#include "lockdep/preload/names.h"

#include <cstdint>
#include <cstring>

#include "lockdep/held_locks.h"
#include "lockdep/preload/arena.h"

namespace lockdep::preload {
namespace {

struct Name {
  Name* next;
  char text[kNameBytesMax + 1];
};
constexpr std::size_t kBuckets = 1024;
constinit Name* buckets[kBuckets] = {};

}  // namespace

const char* KeepName(const char* text) {
  const std::size_t bytes = strnlen(text, kNameBytesMax);
  std::uint64_t hash = bytes;
  for (std::size_t i = 0; i < bytes; ++i) {
    hash = MixBits(hash ^ static_cast<unsigned char>(text[i]), 0x589965cc75374cc3ULL);
  }
  Name*& bucket = buckets[hash % kBuckets];
  for (const Name* name = bucket; name != nullptr; name = name->next) {
    if (std::strncmp(name->text, text, bytes) == 0 && name->text[bytes] == '\0') return name->text;
  }
  auto* const name = static_cast<Name*>(ArenaAllocate(offsetof(Name, text) + bytes + 1));
  if (name == nullptr) return nullptr;
  std::memcpy(name->text, text, bytes);
  name->text[bytes] = '\0';
  name->next = bucket;
  bucket = name;
  return name->text;
}

}  // namespace lockdep::preload
