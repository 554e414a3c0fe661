#include "lockdep/recording.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "absl/status/status.h"
#include "lockdep/acquisition.h"
#include "lockdep/held_locks.h"

namespace lockdep {
namespace {

using recording::RecordHead;
using recording::RecordType;

template <class Part, class T>
std::span<const Part> Behind(const T& record, std::size_t count, std::size_t skipped_bytes = 0) {
  const auto* const begin = reinterpret_cast<const unsigned char*>(&record + 1) + skipped_bytes;
  return {reinterpret_cast<const Part*>(begin), count};
}

bool Fits(std::uint64_t bytes, std::uint64_t fixed,
          std::initializer_list<std::pair<std::uint64_t, std::size_t>> parts) {
  std::uint64_t needed = fixed;
  for (const auto& [count, size] : parts) needed += count * size;  // counts have 32 bits: no overflow
  return needed <= bytes;
}

bool HangFits(const recording::HangRecord& hang) {
  const bool is_status = hang.head.type == RecordType::kStatus;
  const auto* at = reinterpret_cast<const unsigned char*>(&hang + 1);
  const auto* const end = reinterpret_cast<const unsigned char*>(&hang) + hang.head.bytes;
  for (std::uint32_t i = 0; i < hang.threads; ++i) {
    if (static_cast<std::size_t>(end - at) < sizeof(recording::HangThread)) return false;
    const auto& thread = *reinterpret_cast<const recording::HangThread*>(at);
    const std::uint64_t bytes = sizeof thread + static_cast<std::uint64_t>(thread.held) * sizeof(recording::HeldEntry);
    if (bytes > static_cast<std::uint64_t>(end - at) ||
        (!is_status && thread.blocks >= thread.held && thread.blocks < recording::HangThread::kQueued)) {
      return false;
    }
    at += bytes;
  }
  return hang.threads > 0;
}

// What is wrong with the record; null: nothing.
const char* WrongWith(const RecordHead* head) {
  const std::uint64_t bytes = head->bytes;
  const auto has = [&](std::size_t fixed) { return bytes >= fixed; };
  static constexpr const char* kShort = "is too short";
  switch (head->type) {
    case RecordType::kModule: {
      using T = recording::ModuleRecord;
      if (!has(sizeof(T))) return kShort;
      const auto& module = As<T>(head);
      if (!Fits(bytes, sizeof(T), {{module.build_id_bytes, 1}, {module.path_bytes, 1}})) return kShort;
      return module.begin < module.end ? nullptr : "is a module of no size";
    }
    case RecordType::kLock: {
      if (!has(sizeof(recording::LockRecord))) return kShort;
      const auto& lock = As<recording::LockRecord>(head);
      return lock.type <= static_cast<std::uint32_t>(LockType::kCompletion) ? nullptr : "is a lock of no known type";
    }
    case RecordType::kRole: {
      using T = recording::RoleRecord;
      return has(sizeof(T)) && Fits(bytes, sizeof(T), {{As<T>(head).frames, 8}, {As<T>(head).name_bytes, 1}}) ? nullptr
                                                                                                              : kShort;
    }
    case RecordType::kName: {
      using T = recording::NameRecord;
      return has(sizeof(T)) && Fits(bytes, sizeof(T), {{As<T>(head).bytes, 1}}) ? nullptr : kShort;
    }
    case RecordType::kOrder: return has(sizeof(recording::OrderRecord)) ? nullptr : kShort;
    case RecordType::kNoLock: return has(sizeof(recording::NoLockRecord)) ? nullptr : kShort;
    case RecordType::kHeldLong: return has(sizeof(recording::HeldLongRecord)) ? nullptr : kShort;
    case RecordType::kThread: return has(sizeof(recording::ThreadRecord)) ? nullptr : kShort;
    case RecordType::kThreadEnd: return has(sizeof(recording::ThreadEndRecord)) ? nullptr : kShort;
    case RecordType::kJoin: return has(sizeof(recording::JoinRecord)) ? nullptr : kShort;
    case RecordType::kQuiet: return has(sizeof(recording::QuietRecord)) ? nullptr : kShort;
    case RecordType::kChain: {
      using T = recording::ChainRecord;
      if (!has(sizeof(T))) return kShort;
      const auto& chain = As<T>(head);
      return Fits(bytes, sizeof(T), {{chain.held, sizeof(recording::HeldEntry)}, {chain.frames, 8}}) ? nullptr : kShort;
    }
    case RecordType::kEpisode: {
      using T = recording::EpisodeRecord;
      if (!has(sizeof(T))) return kShort;
      const auto& episode = As<T>(head);
      if (!Fits(bytes, sizeof(T), {{episode.operations, sizeof(recording::EpisodeOperation)}})) return kShort;
      if (episode.operations > HeldLocks::kEpisodeOpsMax) return "is an episode of too many operations";
      for (const recording::EpisodeOperation& each : OperationsOf(episode)) {
        if (each.op > static_cast<std::uint16_t>(EpisodeOpKind::kWait)) return "has an operation of no known kind";
      }
      return nullptr;
    }
    case RecordType::kMisuse: {
      using T = recording::MisuseRecord;
      if (!has(sizeof(T))) return kShort;
      const auto& misuse = As<T>(head);
      if (misuse.misuse < recording::Misuse::kUnbalancedUnlock || misuse.misuse > recording::Misuse::kHeldAtExit) {
        return "is a misuse of no known kind";
      }
      return Fits(bytes, sizeof(T), {{misuse.held, sizeof(recording::HeldEntry)}, {misuse.frames, 8}}) ? nullptr
                                                                                                       : kShort;
    }
    case RecordType::kHang:
    case RecordType::kStatus: {
      if (!has(sizeof(recording::HangRecord))) return kShort;
      return HangFits(As<recording::HangRecord>(head)) ? nullptr : kShort;
    }
  }
  return "is of no known type";
}

}  // namespace

std::span<const recording::HeldEntry> HeldOf(const recording::ChainRecord& chain) {
  return Behind<recording::HeldEntry>(chain, chain.held);
}
std::span<const std::uint64_t> FramesOf(const recording::ChainRecord& chain) {
  return Behind<std::uint64_t>(chain, chain.frames, chain.held * sizeof(recording::HeldEntry));
}
std::span<const recording::HeldEntry> HeldOf(const recording::MisuseRecord& misuse) {
  return Behind<recording::HeldEntry>(misuse, misuse.held);
}
std::span<const std::uint64_t> FramesOf(const recording::MisuseRecord& misuse) {
  return Behind<std::uint64_t>(misuse, misuse.frames, misuse.held * sizeof(recording::HeldEntry));
}
std::span<const recording::EpisodeOperation> OperationsOf(const recording::EpisodeRecord& episode) {
  return Behind<recording::EpisodeOperation>(episode, episode.operations);
}
std::span<const std::uint64_t> FramesOf(const recording::RoleRecord& role) {
  return Behind<std::uint64_t>(role, role.frames);
}
std::string_view NameOf(const recording::RoleRecord& role) {
  const std::span<const char> text = Behind<char>(role, role.name_bytes, role.frames * sizeof(std::uint64_t));
  return {text.data(), text.size()};
}
std::string_view TextOf(const recording::NameRecord& name) {
  const std::span<const char> text = Behind<char>(name, name.bytes);
  return {text.data(), text.size()};
}
std::string_view BuildIdOf(const recording::ModuleRecord& module) {
  const std::span<const char> text = Behind<char>(module, module.build_id_bytes);
  return {text.data(), text.size()};
}
std::string_view PathOf(const recording::ModuleRecord& module) {
  const std::span<const char> text = Behind<char>(module, module.path_bytes, module.build_id_bytes);
  return {text.data(), text.size()};
}
std::span<const recording::HeldEntry> HeldOf(const recording::HangThread& thread) {
  return Behind<recording::HeldEntry>(thread, thread.held);
}
std::vector<const recording::HangThread*> ThreadsOf(const recording::HangRecord& hang) {
  std::vector<const recording::HangThread*> threads;
  const auto* at = reinterpret_cast<const unsigned char*>(&hang + 1);
  for (std::uint32_t i = 0; i < hang.threads; ++i) {
    const auto* const thread = reinterpret_cast<const recording::HangThread*>(at);
    threads.push_back(thread);
    at += sizeof *thread + thread->held * sizeof(recording::HeldEntry);
  }
  return threads;
}

absl::StatusOr<Recording> Recording::Parse(const std::string& name, std::string_view bytes) {
  Recording result;
  if (bytes.size() < recording::kHeaderBytes) {
    return absl::InvalidArgumentError(name + ": is no recording: it has " + std::to_string(bytes.size()) + " bytes");
  }
  std::memcpy(&result.header_, bytes.data(), sizeof result.header_);
  recording::RecordingHeader& header = result.header_;
  if (std::memcmp(header.magic, recording::kMagic, sizeof header.magic) != 0) {
    return absl::InvalidArgumentError(name + ": is no recording: it does not begin as one");
  }
  if (header.version != recording::kVersion || header.header_bytes != recording::kHeaderBytes) {
    return absl::InvalidArgumentError(name + ": is a recording of version " + std::to_string(header.version) +
                                      "; this program reads version " + std::to_string(recording::kVersion));
  }
  header.program[sizeof header.program - 1] = '\0';
  header.command_line[sizeof header.command_line - 1] = '\0';
  bytes.remove_prefix(recording::kHeaderBytes);
  if (header.used > bytes.size()) {
    result.damage_ = name + ": ends after " + std::to_string(bytes.size()) + " of " + std::to_string(header.used) +
                     " bytes of records; those before are used";
  }
  const std::size_t used = std::min<std::uint64_t>(header.used, bytes.size());
  result.words_.resize((used + 7) / 8);
  if (used != 0) std::memcpy(result.words_.data(), bytes.data(), used);
  header.used = used;
  result.FindRecords(name);
  return result;
}

void Recording::FindRecords(const std::string& name) {
  const auto* const begin = reinterpret_cast<const unsigned char*>(words_.data());
  for (std::uint64_t at = 0; at < header_.used;) {
    const auto damaged = [&](const std::string& what) {
      damage_ = name + ": the record at byte " + std::to_string(recording::kHeaderBytes + at) + " " + what +
                "; those before it are used";
    };
    const std::uint64_t left = header_.used - at;
    const auto* const head = reinterpret_cast<const RecordHead*>(begin + at);
    if (left < sizeof(RecordHead) || head->bytes < sizeof(RecordHead) || head->bytes % 8 != 0 || head->bytes > left) {
      if (damage_.empty()) damaged("has a wrong size");
      return;
    }
    if (const char* const wrong = WrongWith(head); wrong != nullptr) {
      damaged(wrong);
      return;
    }
    records_.push_back(head);
    at += head->bytes;
  }
}

absl::StatusOr<Recording> Recording::Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(path + ": cannot be read: " + std::strerror(errno));
  // The file is sparse, and much longer than what is used.
  std::string bytes(recording::kHeaderBytes, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  if (bytes.size() == recording::kHeaderBytes) {
    recording::RecordingHeader header;
    std::memcpy(&header, bytes.data(), sizeof header);
    const std::uint64_t used = std::min<std::uint64_t>(header.used, recording::kBytesMax);
    if (std::memcmp(header.magic, recording::kMagic, sizeof header.magic) == 0 &&
        header.version == recording::kVersion) {
      constexpr std::size_t kStep = std::size_t{1} << 20;  // a wrong size must not take all memory
      std::string step(kStep, '\0');
      for (std::uint64_t left = used; left > 0;) {
        file.read(step.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(left, kStep)));
        const auto got = static_cast<std::uint64_t>(file.gcount());
        if (got == 0) break;
        bytes.append(step, 0, got);
        left -= got;
      }
    }
  }
  return Parse(path, bytes);
}

std::string Recording::program() const { return header_.program; }

std::vector<std::string> Recording::command_line() const {
  std::vector<std::string> arguments;
  const char* at = header_.command_line;
  const char* const end = at + sizeof header_.command_line;
  while (at < end && *at != '\0') {
    arguments.emplace_back(at);
    at += arguments.back().size() + 1;
  }
  return arguments;
}

}  // namespace lockdep
