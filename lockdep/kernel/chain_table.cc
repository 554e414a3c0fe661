#include "lockdep/kernel/chain_table.h"

#include <utility>

#include "absl/status/status.h"
#include "lockdep/kernel/text.h"
#include "lockdep/kernel/usage_string.h"

namespace lockdep::kernel {
namespace {

absl::Status Error(const std::string& source, std::size_t line, const std::string& what) {
  return absl::InvalidArgumentError(source + ":" + std::to_string(line) + ": " + what);
}

// Calls `line(text, number)` for each line until it fails.
template <typename Line>
absl::Status EachLine(std::string_view text, Line line) {
  std::size_t number = 0;
  while (!text.empty()) {
    std::string_view each = Until(text, "\n");
    text.remove_prefix(std::min(text.size(), each.size() + 1));
    if (each.ends_with("\r")) each.remove_suffix(1);
    if (const absl::Status status = line(Trimmed(each), ++number); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// "[ffffffff81234567] name": the name; empty if the line has another form.
std::string_view NameBehindKey(std::string_view line) {
  if (!line.starts_with("[")) return {};
  const std::size_t end = line.find("] ");
  return end == std::string_view::npos ? std::string_view() : line.substr(end + 2);
}

ClassIndex AddClass(ChainTable& table, std::string_view name) {
  const auto [entry, added] = table.index.try_emplace(std::string(name), static_cast<ClassIndex>(table.names.size()));
  if (added) table.names.emplace_back(name);
  return entry->second;
}

// "(____ptrval____) OPS:  5 FD: 30 BD:  1 +.+.: cgroup_mutex".
bool ParseClassLine(std::string_view line, ClassUsage& usage) {
  const std::size_t bd = line.find(" BD:");
  if (bd == std::string_view::npos) return false;
  line = Trimmed(line.substr(bd + 4));
  while (!line.empty() && IsDigit(line.front())) line.remove_prefix(1);
  line = Trimmed(line);
  const std::string_view characters = Until(line, ": ");
  if (!IsUsageString(characters)) return false;
  usage.insert_or_assign(std::string(Trimmed(line.substr(characters.size() + 2))), std::string(characters));
  return true;
}

}  // namespace

ClassIndex ChainTable::Find(std::string_view name) const {
  const auto found = index.find(std::string(name));
  return found == index.end() ? -1 : found->second;
}

absl::StatusOr<ChainTable> ParseChains(std::string_view text, const std::string& source) {
  ChainTable table;
  bool open = false;
  const absl::Status status = EachLine(text, [&](std::string_view line, std::size_t number) {
    if (line.empty()) {
      open = false;
    } else if (line.starts_with("all lock chains:") || line.starts_with("(buggered) all lock chains:")) {
      table.overflowed = table.overflowed || line.starts_with("(");
    } else if (Consume(line, "irq_context:")) {
      table.chains.push_back({std::string(Trimmed(line)), {}});
      open = true;
    } else if (const std::string_view name = NameBehindKey(line); !name.empty()) {
      if (!open) return Error(source, number, "a class outside a chain (no irq_context line before it)");
      table.chains.back().classes.push_back(AddClass(table, name));
    } else if (line.starts_with("(buggered)")) {
      table.overflowed = true;
    } else {
      return Error(source, number, "not a line of /proc/lockdep_chains: " + std::string(line.substr(0, 60)));
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  std::erase_if(table.chains, [](const LockChain& chain) { return chain.classes.empty(); });
  if (table.chains.empty()) return absl::InvalidArgumentError(source + ": no chain in it");
  return table;
}

absl::StatusOr<ClassUsage> ParseClasses(std::string_view text, const std::string& source) {
  ClassUsage usage;
  const absl::Status status = EachLine(text, [&](std::string_view line, std::size_t number) {
    if (line.empty() || line.starts_with("all lock classes:") || line.starts_with("->")) return absl::OkStatus();
    if (ParseClassLine(line, usage)) return absl::OkStatus();
    return Error(source, number, "not a line of /proc/lockdep: " + std::string(line.substr(0, 60)));
  });
  if (!status.ok()) return status;
  if (usage.empty()) return absl::InvalidArgumentError(source + ": no class in it");
  return usage;
}

}  // namespace lockdep::kernel
