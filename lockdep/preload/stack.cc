#include "lockdep/preload/stack.h"

#include <unwind.h>

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

}  // namespace

void WalkStack(std::uintptr_t site, Stack& stack) {
  stack.count = 0;
  Walk walk{site, false, 0, &stack};
  _Unwind_Backtrace(Visit, &walk);
  if (stack.count == 0) stack.frames[stack.count++] = site;
  LookAtLoader(stack);
}

}  // namespace lockdep::preload
