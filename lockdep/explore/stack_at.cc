#include "lockdep/explore/stack_at.h"

#include <algorithm>
#include <iterator>

#include "lockdep/stack_walk.h"

namespace lockdep::explore {

std::vector<std::uintptr_t> StackAt(Site site, Caller caller) {
  const ReturnAddresses walked = WalkStack();
  const auto* const end = walked.end();
  const auto* frame = std::find(walked.begin(), end, caller.return_address);
  // Over the function that `site` is in; if it is not inlined, over the wrapper's as well.
  if (frame != end) ++frame;
  if (caller.from_lock_map && frame != end) ++frame;
  const auto* const outer = std::find(frame, end, site + 1);
  if (outer != end) frame = std::next(outer);
  std::vector<std::uintptr_t> stack{site};
  for (; frame != end && stack.size() < kStackFramesMax; ++frame) stack.push_back(*frame);
  return stack;
}

}  // namespace lockdep::explore
