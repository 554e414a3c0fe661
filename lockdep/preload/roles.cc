#include "lockdep/preload/roles.h"

#include <cstring>

#include "lockdep/held_locks.h"
#include "lockdep/preload/arena.h"
#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/recording_file.h"
#include "lockdep/preload/records.h"
#include "lockdep/preload/stack.h"
#include "lockdep/recording_format.h"

namespace lockdep::preload {
namespace {

using recording::RecordType;

constexpr std::uint32_t kRolesMax = 4096;
using recording::kFirstRole;

struct Role {
  std::uint64_t key;
  std::uintptr_t routine;
  const char* name;  // that the program gave it; null: none
  std::uint32_t recorded;
  recording::RoleRecord* record;  // where it is recorded
  std::uint32_t frames;
  std::uint64_t stack[kFramesMax];
};

// Guarded by the recorder's lock.
constinit Role* roles[kRolesMax] = {};
constinit std::uint32_t role_count = 0;
constinit std::uint32_t built_in_roles_recorded = 0;
constinit recording::RoleRecord* built_in_records[kFirstRole] = {};

}  // namespace

void RecordRole(std::uint32_t id) {
  if (id < kFirstRole) {
    if (built_in_roles_recorded == ProcessGeneration()) return;
    for (const std::uint32_t built_in : {recording::kMainRole, recording::kForeignRole}) {
      auto* const record = ReserveRecord<recording::RoleRecord>(RecordType::kRole);
      if (record == nullptr) return;
      record->id = built_in;
      Commit(record);
      built_in_records[built_in] = record;
    }
    built_in_roles_recorded = ProcessGeneration();
    return;
  }
  Role& role = *roles[id - kFirstRole];
  if (role.recorded == ProcessGeneration()) return;
  RecordModules();
  const std::size_t name_bytes = role.name == nullptr ? 0 : std::strlen(role.name);
  auto* const record = ReserveRecord<recording::RoleRecord>(
      RecordType::kRole, role.name == nullptr ? 0 : recording::RoleRecord::kDeclaredSingle,
      role.frames * sizeof(std::uint64_t) + name_bytes);
  if (record == nullptr) return;
  record->name_bytes = static_cast<std::uint32_t>(name_bytes);
  if (name_bytes != 0) {
    std::memcpy(reinterpret_cast<std::uint64_t*>(record + 1) + role.frames, role.name, name_bytes);
  }
  record->id = id;
  record->frames = role.frames;
  record->start_routine = role.routine;
  std::memcpy(record + 1, role.stack, role.frames * sizeof(std::uint64_t));
  Commit(record);
  role.record = record;
  role.recorded = ProcessGeneration();
}

void RecordSeveralStacks(std::uint32_t id) {
  RecordRole(id);
  const bool built_in = id < kFirstRole;
  const std::uint32_t recorded = built_in ? built_in_roles_recorded : roles[id - kFirstRole]->recorded;
  if (recorded != ProcessGeneration()) return;  // there is no room, which is told
  recording::RoleRecord* const record = built_in ? built_in_records[id] : roles[id - kFirstRole]->record;
  record->head.flags |= recording::RoleRecord::kSeveralStacks;
}

namespace {

// kForeignRole if there is no room.
std::uint32_t AddRole(std::uint64_t key, std::uintptr_t routine, const Stack& stack, const char* name) {
  for (std::uint32_t i = 0; i < role_count; ++i) {
    if (roles[i]->key == key) return kFirstRole + i;
  }
  if (role_count == kRolesMax) return recording::kForeignRole;
  auto* const role = static_cast<Role*>(ArenaAllocate(sizeof(Role)));
  if (role == nullptr) return recording::kForeignRole;
  role->key = key;
  role->routine = routine;
  role->name = name;
  role->recorded = 0;
  role->record = nullptr;
  role->frames = static_cast<std::uint32_t>(stack.count);
  std::memcpy(role->stack, stack.frames, stack.count * sizeof(std::uint64_t));
  roles[role_count++] = role;
  return kFirstRole + role_count - 1;
}

}  // namespace

std::uint32_t RoleOf(std::uintptr_t routine, std::uintptr_t site) {
  Stack stack;
  WalkStack(site, stack);
  // Mixed by itself first: pairs of a routine and a place differ in few bits, often in the same ones.
  std::uint64_t key = MixBits(routine ^ 0xa0761d6478bd642fULL, 0xe7037ed1a0b428dbULL);
  for (std::size_t i = 0; i < stack.count; ++i) key = MixBits(key ^ stack.frames[i], 0x1d8e4e27c47d124fULL);
  const ColdSection section;
  return AddRole(key, routine, stack, nullptr);
}

std::uint32_t DeclaredRole(const char* name) {
  std::uint64_t key = 0x589965cc75374cc3ULL;
  for (const char* at = name; *at != '\0'; ++at) {
    key = MixBits(key ^ static_cast<unsigned char>(*at), 0x1d8e4e27c47d124fULL);
  }
  return AddRole(key, 0, {}, name);
}

}  // namespace lockdep::preload
