#include "lockdep/files_of_processes.h"

#include <algorithm>
#include <utility>

#include "lockdep/canonical_recording.h"
#include "lockdep/check.h"
#include "lockdep/recording_format.h"
#include "lockdep/stable_names.h"

namespace lockdep {
namespace {

using recording::RecordHead;
using recording::RecordType;

std::string RecordOf(const ModuleMap::File& file, std::size_t number) {
  recording::ModuleRecord record{};
  const std::string behind = file.build_id + file.path;
  const std::size_t bytes = (sizeof record + behind.size() + 7) / 8 * 8;
  record.head = {static_cast<std::uint32_t>(bytes), RecordType::kModule,
                 file.fixed ? recording::ModuleRecord::kFixed : std::uint16_t{0}};
  record.bias = FilesOfProcesses::AddressIn({}, number);
  record.begin = record.bias;
  record.end = record.bias + (std::uint64_t{1} << ModuleMap::kOffsetBits);
  record.build_id_bytes = static_cast<std::uint32_t>(file.build_id.size());
  record.path_bytes = static_cast<std::uint32_t>(file.path.size());
  std::string text(reinterpret_cast<const char*>(&record), sizeof record);
  text += behind;
  text.resize(bytes);
  return text;
}

}  // namespace

std::size_t FilesOfProcesses::Add(const ModuleMap::File& file) {
  const std::string name = StableNameOf(file);
  const auto [it, is_new] =
      numbers_.try_emplace({name.empty() ? "path " + file.path : name, file.fixed}, files_.size());
  if (is_new) {
    files_.push_back(file);
  } else {
    // The same file at several places: any will do, but always the same.
    ModuleMap::File& known = files_[it->second];
    known.path = std::min(known.path, file.path);
  }
  return it->second;
}

RecordedCode& FilesOfProcesses::Code() {
  if (code_) return *code_;
  std::string records;
  for (std::size_t i = 0; i < files_.size(); ++i) records += RecordOf(files_[i], i);
  CanonicalHead head{};
  const std::string bytes = std::string(reinterpret_cast<const char*>(&head), sizeof head) + records;
  absl::StatusOr<Recording> recording = FromCanonicalBytes("files", bytes);
  LOCKDEP_CHECK(recording.ok());
  recording_ = std::make_unique<Recording>(*std::move(recording));
  code_ = std::make_unique<RecordedCode>(*recording_);
  for (const RecordHead* head_of : recording_->records()) code_->Follow(As<recording::ModuleRecord>(head_of));
  return *code_;
}

}  // namespace lockdep
