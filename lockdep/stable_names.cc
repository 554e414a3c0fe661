#include "lockdep/stable_names.h"

#include <string_view>

namespace lockdep {
namespace {

std::string HexOf(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

}  // namespace

std::string StableNameOf(const ModuleMap::File& file) {
  if (!file.build_id.empty()) return "build id " + HexOf(file.build_id);
  return file.path.empty() ? "" : "path " + file.path;
}

std::optional<std::string> StableNameOf(const recording::LockRecord& lock, const ModuleMap& modules) {
  if ((lock.head.flags & recording::LockRecord::kOnStack) != 0) return std::nullopt;
  const std::optional<ModuleMap::Found> found = modules.Find(lock.address);
  if (!found) return std::nullopt;
  const std::string file = StableNameOf(modules.files()[found->file]);
  if (file.empty()) return std::nullopt;
  return file + " offset " + std::to_string(found->offset);
}

}  // namespace lockdep
