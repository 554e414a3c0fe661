#include "lockdep/explore/var.h"

#include "lockdep/explore/execution.h"

namespace lockdep::explore {

void VariableMade(const void* variable, const char* name, const Birth& birth, const std::optional<Digest>& value) {
  RunningExecution()->MakeVariable(variable, name, birth, value);
}

void VariableGone(const void* variable) { RunningExecution()->DropVariable(variable); }

void BeforeAccess(const void* variable, Code code, std::uintptr_t site) {
  RunningExecution()->BeforeAccess(variable, code, site, LOCKDEP_EXPLORE_CALLER(false));
}

void AfterWrite(const void* variable, const std::optional<Digest>& value) {
  RunningExecution()->AfterWrite(variable, value);
}

}  // namespace lockdep::explore
