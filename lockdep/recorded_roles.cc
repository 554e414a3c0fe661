#include "lockdep/recorded_roles.h"

#include "absl/container/flat_hash_map.h"

namespace lockdep {

absl::flat_hash_set<std::uint32_t> RolesOfTwoAtOnce(const Recording& recording) {
  using recording::RecordType;
  absl::flat_hash_map<std::uint32_t, std::uint32_t> roles;    // of threads, by numbers
  absl::flat_hash_map<std::uint32_t, std::uint32_t> running;  // by declared roles: who has it; 0: nobody
  absl::flat_hash_set<std::uint32_t> contradicted;
  for (const recording::RecordHead* head : recording.records()) {
    if (head->type == RecordType::kRole) {
      if ((head->flags & recording::RoleRecord::kDeclaredSingle) != 0) running[As<recording::RoleRecord>(head).id];
    } else if (head->type == RecordType::kThread) {
      const auto& thread = As<recording::ThreadRecord>(head);
      roles[thread.number] = thread.role;
      const auto role = running.find(thread.role);
      if (role == running.end()) continue;
      if (role->second != 0) contradicted.insert(thread.role);
      role->second = thread.number;
    } else if (head->type == RecordType::kThreadEnd) {
      const std::uint32_t number = As<recording::ThreadEndRecord>(head).thread;
      const auto role = running.find(roles[number]);
      if (role != running.end() && role->second == number) role->second = 0;
    }
  }
  return contradicted;
}

}  // namespace lockdep
