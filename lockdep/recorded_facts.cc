#include "lockdep/recorded_facts.h"

#include "lockdep/valid_utf8.h"

namespace lockdep {

using recording::RecordType;

RecordedFacts::RecordedFacts(const Recording& recording) {
  absl::flat_hash_map<std::uint32_t, std::uint32_t> roles;    // of threads, by numbers
  absl::flat_hash_map<std::uint32_t, std::uint32_t> running;  // by declared roles: who has it; 0: nobody
  for (const recording::RecordHead* head : recording.records()) {
    switch (head->type) {
      case RecordType::kName: {
        const auto& name = As<recording::NameRecord>(head);
        const bool of_class = (head->flags & recording::NameRecord::kOfClass) != 0;
        (of_class ? class_names : names)[name.lock] = ValidUtf8(TextOf(name));
        break;
      }
      case RecordType::kChain:
        if ((head->flags & recording::kOfJoin) != 0) {
          joined_under_locks.insert(As<recording::ChainRecord>(head).wanted.lock);
        }
        break;
      case RecordType::kNoLock: no_locks.insert(As<recording::NoLockRecord>(head).lock); break;
      case RecordType::kMisuse: {
        const auto& misuse = As<recording::MisuseRecord>(head);
        if (misuse.misuse == recording::Misuse::kUnbalancedUnlock) given_back_by_others.insert(misuse.lock.lock);
        break;
      }
      case RecordType::kRole:
        if ((head->flags & recording::RoleRecord::kDeclaredSingle) != 0) running[As<recording::RoleRecord>(head).id];
        break;
      case RecordType::kThread: {
        const auto& thread = As<recording::ThreadRecord>(head);
        ++started[thread.role];
        roles[thread.number] = thread.role;
        const auto role = running.find(thread.role);
        if (role == running.end()) break;
        if (role->second != 0) of_two_at_once.insert(thread.role);
        role->second = thread.number;
        break;
      }
      case RecordType::kThreadEnd: {
        const std::uint32_t number = As<recording::ThreadEndRecord>(head).thread;
        const auto role = running.find(roles[number]);
        if (role != running.end() && role->second == number) role->second = 0;
        break;
      }
      default: break;
    }
  }
  std::uint64_t told = 0;
  for (const auto& [role, threads] : started) told += threads;
  all_threads_told = recording.header().full == 0 && recording.header().threads <= told;
}

How RecordedHow(std::uint16_t bits) {
  const How how{bits};
  const Mode mode = static_cast<unsigned>(how.mode()) > 2 ? Mode::kExclusive : how.mode();
  const Kind kind = static_cast<unsigned>(how.kind()) > 2 ? Kind::kBlocking : how.kind();
  return How::Of(mode, kind);
}

}  // namespace lockdep
