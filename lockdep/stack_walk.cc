#include "lockdep/stack_walk.h"

#include <unwind.h>

#include <algorithm>
#include <array>

namespace lockdep {
namespace {

struct Walk {
  // Some of ours are below the caller's.
  std::array<std::uintptr_t, kStackFramesMax + 8> frames;
  std::size_t count = 0;
};

_Unwind_Reason_Code AddFrame(_Unwind_Context* context, void* argument) {
  auto& walk = *static_cast<Walk*>(argument);
  const std::uintptr_t pc = _Unwind_GetIP(context);
  if (pc == 0 || walk.count == walk.frames.size()) return _URC_END_OF_STACK;
  walk.frames[walk.count++] = pc;
  return _URC_NO_REASON;
}

}  // namespace

std::vector<std::uintptr_t> StackFrom(Site site, std::uintptr_t caller) {
  Walk walk;
  _Unwind_Backtrace(&AddFrame, &walk);
  const auto end = walk.frames.begin() + static_cast<std::ptrdiff_t>(walk.count);
  // Not inlined, the site is (one before) a return address itself; inlined, it stands for `caller`.
  auto at = std::find(walk.frames.begin(), end, site + 1);
  if (at == end) at = std::find(walk.frames.begin(), end, caller);
  std::vector<std::uintptr_t> stack{site};
  for (auto frame = at; frame != end && stack.size() < kStackFramesMax; ++frame) {
    if (frame != at) stack.push_back(*frame);
  }
  return stack;
}

}  // namespace lockdep
