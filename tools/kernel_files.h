// The files beside a kernel's log: chains, classes, rules; as `splat` and `chains` take them.
//
// Thread-confined.
#ifndef TOOLS_KERNEL_FILES_H_
#define TOOLS_KERNEL_FILES_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "lockdep/kernel/chain_graph.h"
#include "lockdep/kernel/know_rules.h"
#include "lockdep/kernel/splat_verdict.h"

namespace lockdep::tools {

// Hands over a file's bytes in pieces; "-" is standard input.  The error is "path: what is wrong".
absl::Status ReadPieces(const std::string& path, const std::function<void(std::string_view)>& piece);

class KernelFiles {
 public:
  // Each path may be empty.  `rules` are files, or names of know_sets.h.
  absl::Status Read(const std::string& chains, const std::string& classes, const std::vector<std::string>& rules);
  // Valid as long as this.
  kernel::Evidence evidence() const;

 private:
  std::unique_ptr<kernel::ChainTable> table_;
  std::unique_ptr<kernel::ChainGraph> graph_;
  std::unique_ptr<kernel::ClassUsage> classes_;
  std::unique_ptr<kernel::KnowRules> rules_;
};

}  // namespace lockdep::tools

#endif  // TOOLS_KERNEL_FILES_H_
