#include "lockdep/explore/operation.h"

namespace lockdep::explore {
namespace {

std::string WithKind(Kind kind, const char* word) {
  return (kind == Kind::kTrylock ? "try" : kind == Kind::kTimed ? "timed" : "") + std::string(word);
}

}  // namespace

std::string WordOf(Code code, Mode mode, Kind kind) {
  switch (code) {
    case Code::kTake: return WithKind(kind, IsShared(mode) ? "read" : "lock");
    case Code::kRelease: return "unlock";
    case Code::kDowngrade: return "downgrade";
    case Code::kSleep: return WithKind(kind, "wait");
    case Code::kSignal: return "signal";
    case Code::kBroadcast: return "broadcast";
    case Code::kWaitFor: return WithKind(kind, "wait-for");
    case Code::kComplete: return "complete";
    case Code::kCompleteAll: return "complete-all";
    case Code::kJoin: return "join";
    case Code::kRead: return "get";
    case Code::kWrite: return "set";
    case Code::kReadOnce: return "get-once";
    case Code::kWriteOnce: return "set-once";
    case Code::kUpdate: return "update";
    case Code::kYield: return "yield";
    case Code::kRestart: return "restart";
    case Code::kBoundary: return "boundary";
    case Code::kChoose: return "choose";
  }
  return "?";
}

}  // namespace lockdep::explore
