#include "lockdep/recorded_code.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include "lockdep/check.h"
#include "lockdep/symbolize.h"

namespace lockdep {
namespace {

// Whether all of these functions only pass a call on.
bool MerelyPassOn(std::vector<StackFrame> frames) {
  const std::size_t count = frames.size();
  frames.push_back({"main", "", 0, false});
  return FirstCallerFrame(frames) == count;
}

}  // namespace

RecordedCode::RecordedCode(const Recording& recording) {
  std::vector<CodeModule> moved;
  for (const recording::RecordHead* head : recording.records()) {
    if (head->type != recording::RecordType::kModule) continue;
    if ((head->flags & recording::ModuleRecord::kUnloaded) != 0) continue;
    const std::size_t file = files_.size();
    files_.push_back(ModuleMap::FileOf(As<recording::ModuleRecord>(head)));
    CodeModule module;
    module.path = files_[file].path;
    module.build_id = files_[file].build_id;
    module.bias = files_[file].fixed ? 0 : BaseOf(file);
    if (files_[file].fixed) {
      of_fixed_[file] = DebugInfo::Of({module});
    } else {
      moved.push_back(std::move(module));
    }
  }
  debug_info_ = DebugInfo::Of(moved);
}

std::uintptr_t RecordedCode::BaseOf(std::size_t file) {
  return static_cast<std::uintptr_t>(file + 1) << ModuleMap::kOffsetBits;
}

const ModuleMap::File* RecordedCode::FileAt(std::uintptr_t pc) const {
  const std::size_t range = pc >> ModuleMap::kOffsetBits;
  return range == 0 || range > files_.size() ? nullptr : &files_[range - 1];
}

std::pair<DebugInfo*, std::uintptr_t> RecordedCode::InfoAt(std::uintptr_t pc) const {
  const std::size_t range = pc >> ModuleMap::kOffsetBits;
  const auto fixed = range == 0 ? of_fixed_.end() : of_fixed_.find(range - 1);
  if (fixed == of_fixed_.end()) return {debug_info_.get(), pc};
  return {fixed->second.get(), pc - BaseOf(range - 1)};
}

bool RecordedCode::IsRecorder(std::uintptr_t pc) const {
  const ModuleMap::File* const file = FileAt(pc);
  return file != nullptr && std::filesystem::path(file->path).filename() == "liblockdep_recorder.so";
}

void RecordedCode::StartAgain() { mapped_ = {}; }

void RecordedCode::Follow(const recording::ModuleRecord& module) { mapped_.Follow(module); }

std::uintptr_t RecordedCode::Moved(std::uint64_t address) const {
  const std::optional<ModuleMap::Found> found = mapped_.Find(address);
  return found ? BaseOf(found->file) + static_cast<std::uintptr_t>(found->offset) : 0;
}

std::vector<StackFrame> RecordedCode::FramesAt(std::uintptr_t pc) {
  const auto [it, is_new] = frames_.try_emplace(pc);
  if (!is_new) return it->second;
  std::vector<StackFrame>& frames = it->second;
  const auto [info, address] = InfoAt(pc);
  frames = info->FramesAt(address);
  if (!frames.empty()) return frames;
  const ModuleMap::File* const file = FileAt(pc);
  char offset[32];
  std::snprintf(offset, sizeof offset, "+0x%zx",
                static_cast<std::size_t>(pc & ((std::uintptr_t{1} << ModuleMap::kOffsetBits) - 1)));
  const std::string name = file == nullptr ? "" : std::filesystem::path(file->path).filename().string();
  frames.push_back({name + offset, "", 0, false});
  return frames;
}

std::string RecordedCode::ObjectAt(std::uintptr_t address) {
  const auto [info, asked] = InfoAt(address);
  return info->ObjectAt(asked);
}

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
