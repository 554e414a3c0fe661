#include "lockdep/control_flow.h"

#include <algorithm>
#include <span>

#include "lockdep/strong_components.h"

namespace lockdep {
namespace {

using Code = LockProgram::Code;
using Op = LockProgram::Op;
using Arcs = std::vector<std::vector<std::uint32_t>>;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

bool IsLocal(const Op& op) {
  return op.code == Code::kJump || op.code == Code::kYield || op.code == Code::kCountStart ||
         op.code == Code::kCountNext;
}

Arcs ArcsOf(const std::vector<Op>& ops) {
  Arcs arcs(ops.size());
  for (std::size_t i = 0; i < ops.size(); ++i) {
    for (const int next : NextOps(ops[i], static_cast<int>(i))) arcs[i].push_back(static_cast<std::uint32_t>(next));
  }
  return arcs;
}

template <typename Found>
void ForEachLoop(const Arcs& arcs, const Found& found) {
  const auto next = [&](std::uint32_t op) -> const std::vector<std::uint32_t>& { return arcs[op]; };
  const auto any = [](std::uint32_t) { return true; };
  ForEachStrongComponent(
      static_cast<std::uint32_t>(arcs.size()), next, any, [&](std::span<const std::uint32_t> members) {
        const std::uint32_t first = members.front();
        const bool loop =
            members.size() > 1 || std::find(arcs[first].begin(), arcs[first].end(), first) != arcs[first].end();
        if (loop) found(members);
      });
}

// Depth-first over local operations: one that leads back into the current path rests.
class LocalLoops {
 public:
  LocalLoops(const std::vector<Op>& ops, const Arcs& arcs) : ops_(ops), arcs_(arcs), colours_(ops.size(), kNew) {}

  std::vector<bool> Breaks() {
    breaks_.assign(ops_.size(), false);
    for (std::uint32_t op = 0; op < ops_.size(); ++op) {
      if (IsLocal(ops_[op]) && colours_[op] == kNew) Visit(op);
    }
    return breaks_;
  }

 private:
  enum Colour : std::uint8_t { kNew, kOpen, kDone };
  struct Step {
    std::uint32_t op;
    std::size_t arc;
  };

  void Visit(std::uint32_t root) {
    std::vector<Step> path = {{root, 0}};
    colours_[root] = kOpen;
    while (!path.empty()) {
      Step& step = path.back();
      if (step.arc == arcs_[step.op].size()) {
        colours_[step.op] = kDone;
        path.pop_back();
        continue;
      }
      const std::uint32_t to = arcs_[step.op][step.arc++];
      if (!IsLocal(ops_[to])) continue;
      if (colours_[to] == kOpen) breaks_[step.op] = true;
      if (colours_[to] != kNew) continue;
      colours_[to] = kOpen;
      path.push_back({to, 0});
    }
  }

  const std::vector<Op>& ops_;
  const Arcs& arcs_;
  std::vector<Colour> colours_;
  std::vector<bool> breaks_;
};

// Whether the loop of `members` can be left for what stands behind it.
bool HasExit(const Arcs& arcs, std::span<const std::uint32_t> members) {
  const std::uint32_t last = *std::max_element(members.begin(), members.end());
  for (const std::uint32_t op : members) {
    for (const std::uint32_t to : arcs[op]) {
      if (to > last) return true;
    }
  }
  return false;
}

void FindEndlessLoops(const std::vector<Op>& ops, const Arcs& arcs, ControlFlow& flow) {
  int loops = 0;
  ForEachLoop(arcs, [&](std::span<const std::uint32_t> members) {
    const bool works = std::any_of(members.begin(), members.end(), [&](std::uint32_t op) { return !IsLocal(ops[op]); });
    const int head = static_cast<int>(*std::min_element(members.begin(), members.end()));
    const std::vector<bool> reached = ReachableOps(ops, head);
    const bool ends = std::any_of(ops.begin(), ops.end(), [&](const Op& op) {
      return op.code == Code::kEnd && reached[static_cast<std::size_t>(&op - ops.data())];
    });
    if (ends || !works || HasExit(arcs, members)) return;
    for (const std::uint32_t op : members) flow.endless[op] = loops;
    flow.at_head[Index(head)] = true;
    ++loops;
  });
}

// Removes the ways back of counted loops that nothing in `members` starts again; false if there was none.
bool CutCountedLoops(const std::vector<Op>& ops, std::span<const std::uint32_t> members, Arcs& arcs) {
  const auto starts_again = [&](int slot) {
    return std::any_of(members.begin(), members.end(),
                       [&](std::uint32_t op) { return ops[op].code == Code::kCountStart && ops[op].number == slot; });
  };
  bool cut = false;
  for (const std::uint32_t op : members) {
    if (ops[op].code != Code::kCountNext || starts_again(ops[op].number) || arcs[op].size() < 2) continue;
    arcs[op] = {op + 1};
    cut = true;
  }
  return cut;
}

}  // namespace

std::vector<int> NextOps(const Op& op, int at) {
  switch (op.code) {
    case Code::kEnd: return {};
    case Code::kJump: return {op.target};
    case Code::kJumpUnless:
    case Code::kChoose:
    case Code::kCountNext: return {at + 1, op.target};
    case Code::kCountStart: return {op.count == 0 ? op.target : at + 1};
    case Code::kTake:
      if (op.kind == Kind::kBlocking || op.target == LockProgram::kNone) return {at + 1};
      return {at + 1, op.target};
    default: return {at + 1};
  }
}

std::vector<bool> ReachableOps(const std::vector<Op>& ops, int from) {
  std::vector<bool> reached(ops.size(), false);
  std::vector<int> open = {from};
  while (!open.empty()) {
    const int op = open.back();
    open.pop_back();
    if (reached[Index(op)]) continue;
    reached[Index(op)] = true;
    for (const int next : NextOps(ops[Index(op)], op)) open.push_back(next);
  }
  return reached;
}

ControlFlow ControlFlowOf(const LockProgram::Thread& thread) {
  const std::vector<Op>& ops = thread.ops;
  const Arcs arcs = ArcsOf(ops);
  const std::vector<bool> breaks = LocalLoops(ops, arcs).Breaks();
  ControlFlow flow;
  flow.rank.assign(ops.size(), -1);
  flow.endless.assign(ops.size(), -1);
  flow.at_head.assign(ops.size(), false);
  FindEndlessLoops(ops, arcs, flow);
  for (std::size_t op = 0; op < ops.size(); ++op) {
    if (IsLocal(ops[op]) && !breaks[op] && !flow.at_head[op]) continue;
    flow.rank[op] = static_cast<int>(flow.resting.size());
    flow.resting.push_back(static_cast<int>(op));
  }
  return flow;
}

bool MayRepeat(const LockProgram::Thread& thread) {
  Arcs arcs = ArcsOf(thread.ops);
  bool repeats = true;
  bool changed = true;
  while (repeats && changed) {
    repeats = false;
    changed = false;
    Arcs next = arcs;
    ForEachLoop(arcs, [&](std::span<const std::uint32_t> members) {
      repeats = true;
      changed = CutCountedLoops(thread.ops, members, next) || changed;
    });
    arcs = std::move(next);
  }
  return repeats;
}

}  // namespace lockdep
