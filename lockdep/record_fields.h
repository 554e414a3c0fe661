// What a record mentions, to be changed in a copy of it: threads, locks, roles and addresses, one call for each.
//
// A visitor has Thread(uint32_t&), Lock(uint32_t&), Role(uint32_t&), Address(uint64_t&) and Where(Where&).
// What a record describes itself (the id and address of a LockRecord, the id of a RoleRecord, all of a ModuleRecord) is
// not mentioned.
//
// Thread-compatible.
#ifndef LOCKDEP_RECORD_FIELDS_H_
#define LOCKDEP_RECORD_FIELDS_H_

#include <cstddef>
#include <cstdint>

#include "lockdep/recording.h"
#include "lockdep/recording_format.h"

namespace lockdep {

// The record of which this is the head, in a copy.  REQUIRES: it is of that type.
template <class T>
T& AsMutable(recording::RecordHead* head) {
  return *reinterpret_cast<T*>(head);
}

namespace record_fields_internal {

template <class Visitor>
void Entries(recording::HeldEntry* entries, std::size_t count, Visitor& visitor) {
  for (std::size_t i = 0; i < count; ++i) {
    visitor.Lock(entries[i].lock);
    visitor.Where(entries[i].where);
  }
}

template <class Visitor>
void Addresses(std::uint64_t* addresses, std::size_t count, Visitor& visitor) {
  for (std::size_t i = 0; i < count; ++i) visitor.Address(addresses[i]);
}

}  // namespace record_fields_internal

// REQUIRES: Recording found the record to be whole.
template <class Visitor>
void VisitFields(recording::RecordHead* head, Visitor& visitor) {
  namespace internal = record_fields_internal;
  using recording::RecordType;
  switch (head->type) {
    case RecordType::kModule: break;
    case RecordType::kLock: visitor.Where(AsMutable<recording::LockRecord>(head).birth); break;
    case RecordType::kRole: {
      auto& role = AsMutable<recording::RoleRecord>(head);
      visitor.Address(role.start_routine);
      internal::Addresses(reinterpret_cast<std::uint64_t*>(&role + 1), role.frames, visitor);
      break;
    }
    case RecordType::kThread: {
      auto& thread = AsMutable<recording::ThreadRecord>(head);
      visitor.Thread(thread.number);
      visitor.Role(thread.role);
      if (thread.creator != 0) visitor.Thread(thread.creator);
      break;
    }
    case RecordType::kThreadEnd: visitor.Thread(AsMutable<recording::ThreadEndRecord>(head).thread); break;
    case RecordType::kJoin: {
      auto& join = AsMutable<recording::JoinRecord>(head);
      visitor.Thread(join.thread);
      visitor.Thread(join.joined);
      break;
    }
    case RecordType::kChain: {
      auto& chain = AsMutable<recording::ChainRecord>(head);
      visitor.Thread(chain.thread);
      auto* const held = reinterpret_cast<recording::HeldEntry*>(&chain + 1);
      internal::Entries(held, chain.held, visitor);
      if ((head->flags & recording::kOfJoin) != 0) {
        visitor.Role(chain.wanted.lock);
      } else {
        visitor.Lock(chain.wanted.lock);
      }
      visitor.Where(chain.wanted.where);
      internal::Addresses(reinterpret_cast<std::uint64_t*>(held + chain.held), chain.frames, visitor);
      break;
    }
    case RecordType::kEpisode: {
      auto& episode = AsMutable<recording::EpisodeRecord>(head);
      visitor.Thread(episode.thread);
      auto* const operations = reinterpret_cast<recording::EpisodeOperation*>(&episode + 1);
      for (std::uint32_t i = 0; i < episode.operations; ++i) visitor.Lock(operations[i].lock);
      break;
    }
    case RecordType::kMisuse: {
      auto& misuse = AsMutable<recording::MisuseRecord>(head);
      visitor.Thread(misuse.thread);
      auto* const held = reinterpret_cast<recording::HeldEntry*>(&misuse + 1);
      internal::Entries(held, misuse.held, visitor);
      internal::Entries(&misuse.lock, 1, visitor);
      internal::Addresses(reinterpret_cast<std::uint64_t*>(held + misuse.held), misuse.frames, visitor);
      break;
    }
    case RecordType::kHang: {
      auto* at = reinterpret_cast<unsigned char*>(&AsMutable<recording::HangRecord>(head) + 1);
      for (std::uint32_t i = 0; i < AsMutable<recording::HangRecord>(head).threads; ++i) {
        auto& thread = *reinterpret_cast<recording::HangThread*>(at);
        visitor.Thread(thread.thread);
        if (thread.joins != 0) {
          visitor.Thread(thread.joins);
          thread.wanted.lock = 0;
        } else {
          visitor.Lock(thread.wanted.lock);
        }
        visitor.Where(thread.wanted.where);
        internal::Entries(reinterpret_cast<recording::HeldEntry*>(&thread + 1), thread.held, visitor);
        at += sizeof thread + thread.held * sizeof(recording::HeldEntry);
      }
      break;
    }
    case RecordType::kQuiet: visitor.Thread(AsMutable<recording::QuietRecord>(head).thread); break;
    case RecordType::kName: visitor.Lock(AsMutable<recording::NameRecord>(head).lock); break;
    case RecordType::kNoLock: visitor.Lock(AsMutable<recording::NoLockRecord>(head).lock); break;
    case RecordType::kOrder: {
      auto& order = AsMutable<recording::OrderRecord>(head);
      visitor.Lock(order.outer);
      visitor.Lock(order.inner);
      visitor.Where(order.where);
      break;
    }
    case RecordType::kStatus:
    case RecordType::kHeldLong: break;  // of one run: told when it ends, and not merged
  }
}

// Of what the record says, without what it is padded with.
inline std::size_t ContentBytes(const recording::RecordHead* head) {
  using recording::RecordType;
  constexpr std::size_t kEntry = sizeof(recording::HeldEntry);
  switch (head->type) {
    case RecordType::kModule: {
      const auto& module = As<recording::ModuleRecord>(head);
      return sizeof module + module.build_id_bytes + module.path_bytes;
    }
    case RecordType::kLock: return sizeof(recording::LockRecord);
    case RecordType::kRole:
      return sizeof(recording::RoleRecord) + std::size_t{As<recording::RoleRecord>(head).frames} * 8 +
             As<recording::RoleRecord>(head).name_bytes;
    case RecordType::kThread: return sizeof(recording::ThreadRecord);
    case RecordType::kThreadEnd: return sizeof(recording::ThreadEndRecord);
    case RecordType::kJoin: return sizeof(recording::JoinRecord);
    case RecordType::kChain: {
      const auto& chain = As<recording::ChainRecord>(head);
      return sizeof chain + chain.held * kEntry + std::size_t{chain.frames} * 8;
    }
    case RecordType::kEpisode:
      return sizeof(recording::EpisodeRecord) +
             As<recording::EpisodeRecord>(head).operations * sizeof(recording::EpisodeOperation);
    case RecordType::kMisuse: {
      const auto& misuse = As<recording::MisuseRecord>(head);
      return sizeof misuse + misuse.held * kEntry + std::size_t{misuse.frames} * 8;
    }
    case RecordType::kHang: {
      std::size_t bytes = sizeof(recording::HangRecord);
      for (const recording::HangThread* thread : ThreadsOf(As<recording::HangRecord>(head))) {
        bytes += sizeof *thread + thread->held * kEntry;
      }
      return bytes;
    }
    case RecordType::kQuiet: return sizeof(recording::QuietRecord);
    case RecordType::kName: return sizeof(recording::NameRecord) + As<recording::NameRecord>(head).bytes;
    case RecordType::kNoLock: return sizeof(recording::NoLockRecord);
    case RecordType::kOrder: return sizeof(recording::OrderRecord);
    case RecordType::kStatus:
    case RecordType::kHeldLong: break;
  }
  return head->bytes;
}

}  // namespace lockdep

#endif  // LOCKDEP_RECORD_FIELDS_H_
