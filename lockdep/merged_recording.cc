#include "lockdep/merged_recording.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/status/status.h"
#include "lockdep/canonical_recording.h"

namespace lockdep {
namespace {

template <class T>
void Append(std::string& to, const T& part) {
  to.append(reinterpret_cast<const char*>(&part), sizeof part);
}

bool IsMerged(std::string_view bytes) {
  return bytes.size() >= sizeof MergedHeader::kMagic &&
         std::memcmp(bytes.data(), MergedHeader::kMagic, sizeof MergedHeader::kMagic) == 0;
}

}  // namespace

void MergedRecording::Add(Process process) {
  processes_.insert(std::move(process));
  while (processes_.size() > processes_max_) {
    processes_.erase(std::prev(processes_.end()));
    left_out_ = true;
  }
}

void MergedRecording::Add(const Recording& recording) {
  std::string bytes = CanonicalBytes(recording);
  const std::uint64_t hash = HashOf(bytes);
  Add(Process(hash, std::move(bytes)));
}

void MergedRecording::Add(const MergedRecording& other) {
  for (const Process& process : other.processes_) Add(process);
  left_out_ = left_out_ || other.left_out_;
}

std::string MergedRecording::Bytes() const {
  MergedHeader header{};
  std::memcpy(header.magic, MergedHeader::kMagic, sizeof header.magic);
  header.version = MergedHeader::kVersion;
  header.recording_version = recording::kVersion;
  header.processes = processes_.size();
  header.left_out = left_out_ ? 1 : 0;
  std::string file;
  Append(file, header);
  for (const auto& [hash, bytes] : processes_) {
    Append(file, MergedProcessHead{hash, bytes.size()});
    file += bytes;
  }
  return file;
}

absl::StatusOr<RecordingFile> RecordingFile::Parse(const std::string& name, std::string_view bytes) {
  RecordingFile file;
  if (!IsMerged(bytes)) {
    const absl::StatusOr<Recording> recording = Recording::Parse(name, bytes);
    if (!recording.ok()) return recording.status();
    file.damage = recording->damage();
    file.content.Add(*recording);
    return file;
  }
  MergedHeader header{};
  if (bytes.size() < sizeof header) {
    return absl::InvalidArgumentError(name + ": is no recording: it has " + std::to_string(bytes.size()) + " bytes");
  }
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.version != MergedHeader::kVersion || header.recording_version != recording::kVersion) {
    return absl::InvalidArgumentError(name + ": is a merged recording of version " + std::to_string(header.version) +
                                      "." + std::to_string(header.recording_version) + "; this program reads version " +
                                      std::to_string(MergedHeader::kVersion) + "." +
                                      std::to_string(recording::kVersion));
  }
  file.content.left_out_ = header.left_out != 0;
  std::size_t at = sizeof header;
  const auto damaged = [&](const std::string& what) {
    file.damage = name + ": the process at byte " + std::to_string(at) + " " + what + "; those before it are used";
  };
  for (std::uint64_t i = 0; i < header.processes; ++i) {
    MergedProcessHead head{};
    if (bytes.size() - at < sizeof head) {
      damaged("is not there: the file ends");
      return file;
    }
    std::memcpy(&head, bytes.data() + at, sizeof head);
    const std::string_view rest = bytes.substr(at + sizeof head);
    if (head.bytes > rest.size() || head.bytes % 8 != 0) {
      damaged(head.bytes > rest.size() ? "is not complete: the file ends" : "has a wrong size");
      return file;
    }
    MergedRecording::Process process(head.hash, rest.substr(0, head.bytes));
    if (HashOf(process.second) != head.hash) {
      damaged("is not what was written: its bytes have another hash");
      return file;
    }
    if (const absl::StatusOr<Recording> recording = FromCanonicalBytes(name, process.second); !recording.ok()) {
      damaged("is no recording (" + std::string(recording.status().message()) + ")");
      return file;
    }
    at += sizeof head + head.bytes;
    file.content.Add(std::move(process));
  }
  if (at != bytes.size()) file.damage = name + ": has " + std::to_string(bytes.size() - at) + " bytes too many";
  return file;
}

absl::StatusOr<RecordingFile> RecordingFile::Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string magic(sizeof MergedHeader::kMagic, '\0');
  if (file) file.read(magic.data(), static_cast<std::streamsize>(magic.size()));
  if (file && IsMerged(magic)) {
    const std::string rest{std::istreambuf_iterator<char>(file), {}};
    return Parse(path, magic + rest);
  }
  // A recording is sparse, and much longer than what is used.
  const absl::StatusOr<Recording> recording = Recording::Read(path);
  if (!recording.ok()) return recording.status();
  RecordingFile result;
  result.damage = recording->damage();
  result.content.Add(*recording);
  return result;
}

}  // namespace lockdep
