#include "lockdep/stack_walk.h"

#include <unwind.h>

#include <algorithm>

namespace lockdep {
namespace {

_Unwind_Reason_Code AddFrame(_Unwind_Context* context, void* argument) {
  auto& walked = *static_cast<ReturnAddresses*>(argument);
  const std::uintptr_t pc = _Unwind_GetIP(context);
  if (pc == 0 || walked.count == walked.pcs.size()) return _URC_END_OF_STACK;
  walked.pcs[walked.count++] = pc;
  return _URC_NO_REASON;
}

}  // namespace

ReturnAddresses WalkStack() {
  ReturnAddresses walked;
  _Unwind_Backtrace(&AddFrame, &walked);
  return walked;
}

std::vector<std::uintptr_t> StackFrom(Site site, std::uintptr_t caller) {
  const ReturnAddresses walked = WalkStack();
  const auto* const end = walked.end();
  // Not inlined, the site is (one before) a return address itself; inlined, it stands for `caller`.
  const auto* at = std::find(walked.begin(), end, site + 1);
  if (at == end) at = std::find(walked.begin(), end, caller);
  std::vector<std::uintptr_t> stack{site};
  for (const auto* frame = at; frame != end && stack.size() < kStackFramesMax; ++frame) {
    if (frame != at) stack.push_back(*frame);
  }
  return stack;
}

}  // namespace lockdep
