#include "lockdep/kernel/report_path.h"

#include <cstddef>
#include <string>

namespace lockdep::kernel {
namespace {

// Appends `lock` unless it is the last one already.
void Append(std::vector<PathStep>& path, const LockText& lock, bool gap_before) {
  if (!path.empty() && path.back().lock.Label() == lock.Label()) return;
  if (!path.empty()) path.back().gap = gap_before;
  PathStep step;
  step.lock = lock;
  path.push_back(step);
}

// The blocks of one list if they lead from `from` to `to`; else nothing, because the list may be cut.
std::vector<const ClassBlock*> BlocksBetween(const KernelReport& report, bool second, const std::string& from,
                                             const std::string& to) {
  std::vector<const ClassBlock*> blocks;
  for (const ClassBlock& block : report.blocks) {
    if (block.second == second) blocks.push_back(&block);
  }
  if (blocks.empty() || blocks.front()->lock.Label() != from || blocks.back()->lock.Label() != to) blocks.clear();
  return blocks;
}

// From what stands at the end of the path to `to`: over the blocks where they are shown.
void Lead(std::vector<PathStep>& path, const KernelReport& report, bool second, const LockText& to) {
  const std::vector<const ClassBlock*> blocks = BlocksBetween(report, second, path.back().lock.Label(), to.Label());
  for (const ClassBlock* block : blocks) Append(path, block->lock, false);
  // Neighbours in the report only if it lists all locks between them; unless they are the same.
  Append(path, to, blocks.empty());
}

}  // namespace

std::vector<PathStep> IrqPathOf(const KernelReport& report) {
  std::vector<PathStep> path;
  if (report.kind == ReportKind::kIrqUnsafeOrder) {
    if (!report.held || !report.wanted) return path;
    if (report.safe) {
      Append(path, *report.safe, false);
      Lead(path, report, false, *report.held);
    } else {
      Append(path, *report.held, false);
    }
    Append(path, *report.wanted, false);
    if (path.size() < 2) return path;
    // The new dependency itself is where the task that reports stands.
    path[path.size() - 2].next_at = report.backtrace;
    path[path.size() - 2].gap = false;
    if (report.unsafe) Lead(path, report, true, *report.unsafe);
    return path;
  }
  const std::optional<LockText>& first = report.safe ? report.safe : report.wanted;
  const std::optional<LockText>& last = report.safe ? report.wanted : report.unsafe;
  if (!first || !last) return path;
  Append(path, *first, false);
  Lead(path, report, false, *last);
  return path;
}

}  // namespace lockdep::kernel
