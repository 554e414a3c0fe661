#include "lockdep/acquisition.h"

namespace lockdep {

std::string_view ToString(Mode mode) {
  switch (mode) {
    case Mode::kExclusive: return "exclusive";
    case Mode::kShared: return "shared";
    case Mode::kRecursiveShared: return "recursive-shared";
  }
  return "?";
}

std::string_view ToString(Kind kind) {
  switch (kind) {
    case Kind::kBlocking: return "blocking";
    case Kind::kTrylock: return "trylock";
    case Kind::kTimed: return "timed";
  }
  return "?";
}

std::string_view ToString(LockType type) {
  switch (type) {
    case LockType::kMutex: return "mutex";
    case LockType::kRecursiveMutex: return "recursive";
    case LockType::kSpinLock: return "spinlock";
    case LockType::kRawSpinLock: return "raw";
    case LockType::kRwSem: return "rwsem";
    case LockType::kRwLock: return "rwlock";
    case LockType::kPercpuRwSem: return "percpu";
    case LockType::kRcu: return "rcu";
    case LockType::kSrcu: return "srcu";
    case LockType::kLocal: return "local";
    case LockType::kPseudo: return "pseudo";
    case LockType::kThreadEnd: return "thread-end";
    case LockType::kCompletion: return "completion";
  }
  return "?";
}

std::string_view ToString(Context context) {
  switch (context) {
    case Context::kTask: return "task";
    case Context::kSoftirq: return "softirq";
    case Context::kHardirq: return "hardirq";
    case Context::kHardirqThreaded: return "threaded hardirq";
    case Context::kSignal: return "signal handler";
  }
  return "?";
}

std::string_view ToString(WaitType type) {
  switch (type) {
    case WaitType::kUnchecked: return "unchecked";
    case WaitType::kFree: return "wait-free";
    case WaitType::kSpin: return "spin";
    case WaitType::kConfig: return "config";
    case WaitType::kSleep: return "sleep";
  }
  return "?";
}

WaitType OuterWaitType(LockType type) {
  switch (type) {
    case LockType::kMutex:
    case LockType::kRecursiveMutex:
    case LockType::kRwSem:
    case LockType::kPercpuRwSem: return WaitType::kSleep;
    case LockType::kSpinLock:
    case LockType::kRwLock: return WaitType::kConfig;
    case LockType::kRawSpinLock: return WaitType::kSpin;
    case LockType::kRcu: return WaitType::kFree;
    case LockType::kLocal: return WaitType::kConfig;
    case LockType::kSrcu:
    case LockType::kPseudo:
    case LockType::kThreadEnd:
    case LockType::kCompletion: return WaitType::kUnchecked;
  }
  return WaitType::kUnchecked;
}

WaitType InnerWaitType(LockType type) {
  // A preemptible rcu section lets a spin lock be taken inside it although entering it waits for
  // nothing; every other type allows what it needs itself.
  return type == LockType::kRcu ? WaitType::kConfig : OuterWaitType(type);
}

WaitType InnerWaitType(Context context) {
  switch (context) {
    case Context::kTask:
    case Context::kSignal: return WaitType::kSleep;
    case Context::kSoftirq:
    case Context::kHardirqThreaded: return WaitType::kConfig;
    case Context::kHardirq: return WaitType::kSpin;
  }
  return WaitType::kSleep;
}

}  // namespace lockdep
