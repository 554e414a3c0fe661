#include "lockdep/preload/stack.h"

#include <signal.h>
#include <unwind.h>

#include <cerrno>

#include "lockdep/preload/loader_looks.h"

namespace lockdep::preload {
namespace {

struct Walk {
  std::uintptr_t site;
  bool found;
  int steps;
  Stack* stack;
};

_Unwind_Reason_Code Visit(_Unwind_Context* context, void* data) {
  Walk& walk = *static_cast<Walk*>(data);
  const std::uintptr_t pc = _Unwind_GetIP(context);
  if (pc == 0 || ++walk.steps > 64) return _URC_END_OF_STACK;
  walk.found = walk.found || pc == walk.site;
  if (!walk.found) return _URC_NO_REASON;
  if (walk.stack->count == kFramesMax) return _URC_END_OF_STACK;
  walk.stack->frames[walk.stack->count++] = pc;
  return _URC_NO_REASON;
}

// The unwinder wants some kilobytes.  A stack for signals of the usual size, 8 KiB, has less, for the kernel lays a frame
// of up to four on it.  How large other stacks are that are not the thread's own is not known.
constexpr std::uintptr_t kRoom = std::uintptr_t{6} << 10;

bool HasRoom() {
  const int saved = errno;
  stack_t stack{};
  const bool on_signal_stack = sigaltstack(nullptr, &stack) == 0 && (stack.ss_flags & SS_ONSTACK) != 0;
  errno = saved;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return !on_signal_stack || here - reinterpret_cast<std::uintptr_t>(stack.ss_sp) >= kRoom;
}

}  // namespace

void WalkStack(std::uintptr_t site, Stack& stack) {
  stack.count = 0;
  Walk walk{site, false, 0, &stack};
  if (HasRoom()) _Unwind_Backtrace(Visit, &walk);
  if (stack.count == 0) stack.frames[stack.count++] = site;
  LookAtLoader(stack);
}

}  // namespace lockdep::preload
