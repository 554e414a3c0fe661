// Makes recordings in memory, for tests: what the recorder would have written.
#ifndef TESTS_LOCKDEP_RECORDING_WRITER_H_
#define TESTS_LOCKDEP_RECORDING_WRITER_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "lockdep/held_locks.h"
#include "lockdep/recording_format.h"

namespace lockdep::testing {

class RecordingWriter {
 public:
  RecordingWriter() {
    std::memcpy(header.magic, recording::kMagic, sizeof header.magic);
    header.version = recording::kVersion;
    header.header_bytes = recording::kHeaderBytes;
    header.end = recording::End::kExit;
    std::strcpy(header.program, "/bin/program");
    for (const std::uint32_t role : {recording::kMainRole, recording::kForeignRole}) {
      recording::RoleRecord record{};
      record.id = role;
      Write(recording::RecordType::kRole, record);
    }
  }

  // Data addresses from 0x10000 on are static objects, without a name, of a file that is not there.
  void Module() {
    recording::ModuleRecord record{};
    record.bias = 0x10000;
    record.begin = 0x10000;
    record.end = 0x20000;
    record.path_bytes = 12;
    Write(recording::RecordType::kModule, record, 0, "/lib/none.so");
  }
  void Lock(std::uint32_t id, std::uint64_t address, std::uint16_t flags = 0, LockType type = LockType::kMutex) {
    recording::LockRecord record{};
    record.id = id;
    record.address = address;
    record.type = static_cast<std::uint32_t>(type);
    Write(recording::RecordType::kLock, record, flags);
  }
  void Role(std::uint32_t id) {
    recording::RoleRecord record{};
    record.id = id;
    Write(recording::RecordType::kRole, record);
  }
  void Thread(std::uint32_t number, std::uint32_t role, std::uint32_t creator, std::uint32_t creator_marks,
              std::uint16_t flags = recording::ThreadRecord::kOriginKnown) {
    recording::ThreadRecord record{};
    record.number = number;
    record.role = role;
    record.creator = creator;
    record.creator_marks = creator_marks;
    Write(recording::RecordType::kThread, record, flags);
  }
  void ThreadEnd(std::uint32_t number, std::uint32_t marks = 1) {
    recording::ThreadEndRecord record{};
    record.thread = number;
    record.marks = marks;
    Write(recording::RecordType::kThreadEnd, record);
  }
  void Join(std::uint32_t thread, std::uint32_t joined) {
    recording::JoinRecord record{};
    record.thread = thread;
    record.joined = joined;
    Write(recording::RecordType::kJoin, record);
  }
  void Quiet(std::uint32_t thread) {
    recording::QuietRecord record{};
    record.thread = thread;
    Write(recording::RecordType::kQuiet, record);
  }

  void Name(std::uint32_t lock, std::string_view text, std::uint16_t flags = 0) {
    recording::NameRecord record{};
    record.lock = lock;
    record.bytes = static_cast<std::uint32_t>(text.size());
    Write(recording::RecordType::kName, record, flags, text);
  }
  void NoLock(std::uint32_t lock) {
    recording::NoLockRecord record{};
    record.lock = lock;
    Write(recording::RecordType::kNoLock, record);
  }
  void Order(std::uint32_t outer, std::uint32_t inner) {
    recording::OrderRecord record{};
    record.outer = outer;
    record.inner = inner;
    Write(recording::RecordType::kOrder, record);
  }
  void SingleRole(std::uint32_t id, std::string_view name) {
    recording::RoleRecord record{};
    record.id = id;
    record.name_bytes = static_cast<std::uint32_t>(name.size());
    Write(recording::RecordType::kRole, record, recording::RoleRecord::kDeclaredSingle, name);
  }
  void HeldLong(std::uint32_t thread, std::uint32_t lock, std::uint64_t ns) {
    recording::HeldLongRecord record{};
    record.thread = thread;
    record.ns = ns;
    record.lock = Entry(lock);
    Write(recording::RecordType::kHeldLong, record);
  }
  // A request with nothing held but what a handler interrupted: `signal` is that of the handler, or 0; `open` has a bit
  // for each signal that can come.
  void Asks(std::uint32_t thread, std::uint32_t wanted, std::uint32_t signal, std::uint64_t open,
            std::uint16_t flags = 0) {
    recording::ChainRecord record{};
    record.thread = thread;
    record.wanted = Entry(wanted);
    record.signal = signal;
    record.open = open;
    Write(recording::RecordType::kChain, record, flags);
  }

  // The chain held -> ... -> wanted, and its episode, all exclusively and by blocking calls.
  void Takes(std::uint32_t thread, const std::vector<std::uint32_t>& locks, std::uint16_t flags = 0) {
    for (std::size_t i = 1; i < locks.size(); ++i) Chain(thread, {locks.begin(), locks.begin() + i}, locks[i], flags);
    Episode(thread, locks, flags);
  }
  void Chain(std::uint32_t thread, const std::vector<std::uint32_t>& held, std::uint32_t wanted,
             std::uint16_t flags = 0, std::uint16_t held_how = 0, std::uint32_t signal = 0, std::uint32_t below = 0,
             std::uint16_t wanted_how = 0) {
    recording::ChainRecord record{};
    record.signal = signal;
    record.below = below;
    record.thread = thread;
    record.held = static_cast<std::uint32_t>(held.size());
    record.wanted = Entry(wanted);
    record.wanted.how = static_cast<std::uint16_t>(record.wanted.how | wanted_how);
    std::string behind;
    for (const std::uint32_t lock : held) {
      recording::HeldEntry entry = Entry(lock);
      entry.how = held_how;
      Append(behind, entry);
    }
    Write(recording::RecordType::kChain, record, flags, behind);
  }
  // An episode: a lock's number where it is taken, that number below zero where it is given back.
  void Operations(std::uint32_t thread, const std::vector<int>& operations) {
    recording::EpisodeRecord record{};
    record.thread = thread;
    record.operations = static_cast<std::uint32_t>(operations.size());
    std::string behind;
    for (const int each : operations) {
      Append(behind, Operation(static_cast<std::uint32_t>(each < 0 ? -each : each),
                               each < 0 ? EpisodeOpKind::kRelease : EpisodeOpKind::kAcquire));
    }
    Write(recording::RecordType::kEpisode, record, 0, behind);
  }
  void Episode(std::uint32_t thread, const std::vector<std::uint32_t>& locks, std::uint16_t flags = 0) {
    recording::EpisodeRecord record{};
    record.thread = thread;
    record.operations = static_cast<std::uint32_t>(2 * locks.size());
    std::string behind;
    for (const std::uint32_t lock : locks) Append(behind, Operation(lock, EpisodeOpKind::kAcquire));
    for (std::size_t i = locks.size(); i-- > 0;) Append(behind, Operation(locks[i], EpisodeOpKind::kRelease));
    Write(recording::RecordType::kEpisode, record, flags, behind);
  }
  // Each thread holds the lock before the arrow and waits for the one behind it.
  struct Waits {
    std::uint32_t thread, holds, wants;
  };
  void Hang(const std::vector<Waits>& cycle) {
    recording::HangRecord record{};
    record.threads = static_cast<std::uint32_t>(cycle.size());
    std::string behind;
    for (const Waits& each : cycle) {
      recording::HangThread thread{};
      thread.thread = each.thread;
      thread.held = 1;
      thread.wanted = Entry(each.wants);
      Append(behind, thread);
      Append(behind, Entry(each.holds));
    }
    Write(recording::RecordType::kHang, record, 0, behind);
  }

  template <class T>
  void Write(recording::RecordType type, T record, std::uint16_t flags = 0, std::string_view behind = {}) {
    const std::size_t bytes = (sizeof record + behind.size() + 7) / 8 * 8;
    record.head = {static_cast<std::uint32_t>(bytes), type, flags};
    std::string text;
    Append(text, record);
    text += behind;
    text.resize(bytes);
    records += text;
  }

  std::string Bytes() {
    header.used = records.size();
    std::string bytes;
    Append(bytes, header);
    bytes.resize(recording::kHeaderBytes);
    return bytes + records;
  }

  recording::RecordingHeader header{};
  std::string records;

 private:
  static recording::HeldEntry Entry(std::uint32_t lock) {
    recording::HeldEntry entry{};
    entry.lock = lock;
    return entry;
  }
  static recording::EpisodeOperation Operation(std::uint32_t lock, EpisodeOpKind kind) {
    return {lock, 0, static_cast<std::uint16_t>(kind)};
  }
  template <class T>
  static void Append(std::string& to, const T& part) {
    to.append(reinterpret_cast<const char*>(&part), sizeof part);
  }
};

}  // namespace lockdep::testing

#endif  // TESTS_LOCKDEP_RECORDING_WRITER_H_
