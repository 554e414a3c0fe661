#include "lockdep/module_map.h"

namespace lockdep {

ModuleMap::File ModuleMap::FileOf(const recording::ModuleRecord& module) {
  File file;
  file.path = PathOf(module);
  file.build_id = BuildIdOf(module);
  file.bias = module.bias;
  file.begin = module.begin;
  file.end = module.end;
  file.fixed = module.bias == 0 || (module.head.flags & recording::ModuleRecord::kFixed) != 0;
  return file;
}

void ModuleMap::Follow(const recording::ModuleRecord& module) {
  if ((module.head.flags & recording::ModuleRecord::kUnloaded) != 0) {
    mapped_.erase(module.begin);
    return;
  }
  files_.push_back(FileOf(module));
  mapped_[module.begin] = {module.end, files_.size() - 1};
}

std::optional<ModuleMap::Found> ModuleMap::Find(std::uint64_t address) const {
  auto it = mapped_.upper_bound(address);
  if (it == mapped_.begin()) return std::nullopt;
  --it;
  if (address >= it->second.end) return std::nullopt;
  const std::uint64_t offset = address - files_[it->second.file].bias;
  if (offset >> kOffsetBits != 0) return std::nullopt;  // of a damaged record
  return Found{it->second.file, offset};
}

}  // namespace lockdep
