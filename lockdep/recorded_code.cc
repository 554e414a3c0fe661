#include "lockdep/recorded_code.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "lockdep/check.h"
#include "lockdep/symbolize.h"

namespace lockdep {
namespace {

constexpr int kRangeBits = 40;  // of addresses for one file

// Whether all of these functions only pass a call on.
bool MerelyPassOn(std::vector<StackFrame> frames) {
  const std::size_t count = frames.size();
  frames.push_back({"main", "", 0, false});
  return FirstCallerFrame(frames) == count;
}

}  // namespace

CodeModule RecordedCode::FileOf(const recording::ModuleRecord& module) {
  CodeModule file;
  file.path = PathOf(module);
  file.bias = module.bias;
  file.begin = module.begin;
  file.end = module.end;
  file.build_id = BuildIdOf(module);
  return file;
}

RecordedCode::RecordedCode(const Recording& recording) {
  for (const recording::RecordHead* head : recording.records()) {
    if (head->type != recording::RecordType::kModule) continue;
    if ((head->flags & recording::ModuleRecord::kUnloaded) == 0) {
      files_.push_back(FileOf(As<recording::ModuleRecord>(head)));
    }
  }
  std::vector<CodeModule> moved = files_;
  for (std::size_t i = 0; i < moved.size(); ++i) moved[i].bias = BaseOf(i);
  debug_info_ = DebugInfo::Of(moved);
  files_.clear();  // Follow puts them there again, in the same order
}

std::uintptr_t RecordedCode::BaseOf(std::size_t file) const {
  return files_[file].bias == 0 ? 0 : static_cast<std::uintptr_t>(file + 1) << kRangeBits;
}

bool RecordedCode::IsRecorder(std::uintptr_t pc) const {
  const std::size_t range = pc >> kRangeBits;
  return range != 0 && range <= files_.size() &&
         std::filesystem::path(files_[range - 1].path).filename() == "liblockdep_recorder.so";
}

void RecordedCode::Follow(const recording::ModuleRecord& module) {
  if ((module.head.flags & recording::ModuleRecord::kUnloaded) != 0) {
    mapped_.erase(module.begin);
    return;
  }
  files_.push_back(FileOf(module));
  mapped_[module.begin] = {module.end, files_.size() - 1};
}

std::uintptr_t RecordedCode::Moved(std::uint64_t address) const {
  auto it = mapped_.upper_bound(address);
  if (it == mapped_.begin()) return 0;
  --it;
  if (address >= it->second.end) return 0;
  const std::size_t file = it->second.file;
  return static_cast<std::uintptr_t>(address - files_[file].bias + BaseOf(file));
}

std::vector<StackFrame> RecordedCode::FramesAt(std::uintptr_t pc) {
  const auto [it, is_new] = frames_.try_emplace(pc);
  if (!is_new) return it->second;
  std::vector<StackFrame>& frames = it->second;
  frames = debug_info_->FramesAt(pc);
  if (!frames.empty()) return frames;
  const std::size_t range = pc >> kRangeBits;
  char offset[32];
  std::snprintf(offset, sizeof offset, "+0x%zx", static_cast<std::size_t>(pc - (range << kRangeBits)));
  const std::string file = range == 0 || range > files_.size() ? "" : files_[range - 1].path;
  frames.push_back({std::filesystem::path(file).filename().string() + offset, "", 0, false});
  return frames;
}

std::string RecordedCode::ObjectAt(std::uintptr_t address) { return debug_info_->ObjectAt(address); }

std::vector<std::uintptr_t> RecordedCode::Stack(std::span<const std::uint64_t> return_addresses) const {
  std::vector<std::uintptr_t> pcs;
  for (const std::uint64_t address : return_addresses) {
    const std::uintptr_t pc = Moved(address);
    if (IsRecorder(pc)) break;  // what is around it only starts the thread
    // The first one is taken as an instruction's own, the others as return addresses (symbolize.h).
    if (pc != 0) pcs.push_back(pcs.empty() ? pc - 1 : pc);
  }
  return pcs;
}

std::vector<std::uintptr_t> RecordedCode::Stack(const recording::Where& where) {
  std::vector<std::uintptr_t> pcs = Stack(std::span(&where.site, 1));
  for (const std::uint64_t address : where.above) {
    if (pcs.empty() || !MerelyPassOn(FramesAt(pcs.size() == 1 ? pcs[0] : pcs.back() - 1))) break;
    const std::uintptr_t pc = Moved(address);
    if (pc == 0) break;
    pcs.push_back(pc);
  }
  return pcs;
}

}  // namespace lockdep
