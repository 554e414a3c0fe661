#include "lockdep/explore/stack_at.h"

#include <unwind.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "lockdep/stack_walk.h"

namespace lockdep::explore {
namespace {

struct Walk {
  std::array<std::uintptr_t, kStackFramesMax + 16> frames;
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

std::vector<std::uintptr_t> StackAt(Site site, Caller caller) {
  Walk walk;
  _Unwind_Backtrace(&AddFrame, &walk);
  const auto end = walk.frames.begin() + static_cast<std::ptrdiff_t>(walk.count);
  auto frame = std::find(walk.frames.begin(), end, caller.return_address);
  // Over the function that `site` is in; if it is not inlined, over the wrapper's as well.
  if (frame != end) ++frame;
  if (caller.from_lock_map && frame != end) ++frame;
  const auto outer = std::find(frame, end, site + 1);
  if (outer != end) frame = std::next(outer);
  std::vector<std::uintptr_t> stack{site};
  for (; frame != end && stack.size() < kStackFramesMax; ++frame) stack.push_back(*frame);
  return stack;
}

}  // namespace lockdep::explore
