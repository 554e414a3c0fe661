#include "lockdep/recorded_names.h"

#include <utility>

#include "lockdep/symbolize.h"

namespace lockdep {
namespace {

void SymbolizeBy(RecordedCode& code, Place& place) {
  Symbolize(place, [&code](std::uintptr_t pc) { return code.FramesAt(pc); });
}

}  // namespace

LockInfo InfoOf(const recording::LockRecord& record, RecordedCode& code) {
  LockInfo info;
  info.type = static_cast<LockType>(record.type);
  const std::uintptr_t object = code.Moved(record.address);
  const bool on_stack = (record.head.flags & recording::LockRecord::kOnStack) != 0;
  if (object != 0 && !on_stack) {
    info.name = code.ObjectAt(object);
  } else {
    if ((record.head.flags & recording::LockRecord::kInitSeen) == 0) info.doubt = Doubt::kIdentity;
  }
  if ((record.head.flags & recording::LockRecord::kSemaphore) != 0) info.doubt = Doubt::kSemaphore;
  info.declared = (record.head.flags & recording::LockRecord::kGate) != 0;
  if (!info.name.empty()) return info;
  Place birth;
  birth.pcs = code.Stack(record.birth);
  SymbolizeBy(code, birth);
  info.birth = {birth.file, birth.line, birth.function.empty() ? "a lock" : birth.function, {}, {}};
  return info;
}

FindingLock DescriptionOf(const LockInfo& info) {
  FindingLock described;
  described.type = info.type;
  described.stable_name = !info.name.empty();
  described.doubt = info.doubt;
  described.name = info.name.empty() ? NameOfPlace(info.birth) : info.name;
  return described;
}

std::string RoleName(const recording::RoleRecord& record, RecordedCode& code) {
  const std::uintptr_t routine = code.Moved(record.start_routine);
  const std::string function = routine == 0 ? "" : code.FramesAt(routine).back().function;
  // The C++ library's own routine, which has no symbol where that library is stripped.
  const bool of_library = function.rfind("std::", 0) == 0 || function == "execute_native_thread_routine" ||
                          function.find("+0x") != std::string::npos;
  if (!function.empty() && !of_library) return function;
  Place created;
  created.pcs = code.Stack(FramesOf(record));
  SymbolizeBy(code, created);
  for (const StackFrame& frame : created.stack) {
    if (frame.function.rfind("std::", 0) == 0 || frame.file.empty()) continue;
    return "started by " + NameOfPlace({frame.file, frame.line, frame.function, {}, {}});
  }
  return function.empty() ? "thread" : function;
}

RoleInfo InfoOf(const recording::RoleRecord& record, RecordedCode& code) {
  RoleInfo info;
  if (record.id == recording::kMainRole) {
    info.name = "main";
    info.single = true;
  } else if (record.id == recording::kForeignRole) {
    info.name = "a thread of unknown origin";
  } else {
    info.name = RoleName(record, code);
  }
  return info;
}

std::string NameOfPlace(const Place& place) {
  if (place.file.empty()) return place.function;
  return place.function + " at " + place.file.substr(place.file.rfind('/') + 1) + ":" + std::to_string(place.line);
}

}  // namespace lockdep
