// /proc/lockdep_chains and /proc/lockdep: what one boot of a kernel has seen of its lock orders.
//
// A chain is the locks that one task held, oldest first, and last the one it took by a call that may block.
// Modes are not in the files, nor which of the held ones were got by trylock.  Classes are told apart by their
// names, which the kernel makes unique within a boot ("#2").
//
// Thread-safe: plain data.  Cost: linear in the file; 10^5 chains take well under a second.
#ifndef LOCKDEP_KERNEL_CHAIN_TABLE_H_
#define LOCKDEP_KERNEL_CHAIN_TABLE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

namespace lockdep::kernel {

using ClassIndex = std::int32_t;

struct LockChain {
  std::string context;              // "0", "hardirq", "softirq", "hardirq|softirq", or a number before 5.6
  std::vector<ClassIndex> classes;  // oldest first; the last one is what was taken
};

struct ChainTable {
  std::vector<std::string> names;  // by class
  absl::flat_hash_map<std::string, ClassIndex> index;
  std::vector<LockChain> chains;
  bool overflowed = false;  // the kernel ran out of room: chains are missing

  // -1 if the class is in no chain.
  ClassIndex Find(std::string_view name) const;
};

// `source` names the file in errors: "source:12: ...".
absl::StatusOr<ChainTable> ParseChains(std::string_view text, const std::string& source);

// Usage characters by class name, from /proc/lockdep.
using ClassUsage = absl::flat_hash_map<std::string, std::string>;
absl::StatusOr<ClassUsage> ParseClasses(std::string_view text, const std::string& source);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_CHAIN_TABLE_H_
