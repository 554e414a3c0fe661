#include "lockdep/acquisition.h"

#include "tests/catch.h"

namespace lockdep {
namespace {

TEST_CASE("a mutex needs to sleep and a spin lock does not let it", "[lockdep][acquisition]") {
  CHECK(OuterWaitType(LockType::kMutex) > InnerWaitType(LockType::kSpinLock));
  CHECK(OuterWaitType(LockType::kSpinLock) > InnerWaitType(LockType::kRawSpinLock));
  CHECK(OuterWaitType(LockType::kSpinLock) <= InnerWaitType(LockType::kRcu));
  CHECK(OuterWaitType(LockType::kSpinLock) > InnerWaitType(Context::kHardirq));
  CHECK(OuterWaitType(LockType::kSpinLock) <= InnerWaitType(Context::kHardirqThreaded));
}

TEST_CASE("every word of an acquisition is printed", "[lockdep][acquisition]") {
  CHECK(ToString(Mode::kRecursiveShared) == "recursive-shared");
  CHECK(ToString(Kind::kTrylock) == "trylock");
  CHECK(ToString(LockType::kPercpuRwSem) == "percpu");
  CHECK(ToString(Context::kSoftirq) == "softirq");
  CHECK(ToString(WaitType::kConfig) == "config");
}

}  // namespace
}  // namespace lockdep
