// The wrappers with LOCKDEP_DISABLED: their raw primitives, at no cost.
#define LOCKDEP_DISABLED 1
#include <mutex>
#include <shared_mutex>

#include "lockdep/lockdep.h"
#include "tests/catch.h"

// The standard guards are ones that the analysis cannot follow.
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif

namespace {

static_assert(sizeof(lockdep::Mutex) == sizeof(lockdep::RawMutex));
static_assert(sizeof(lockdep::SpinLock) == sizeof(lockdep::RawSpinLock));
static_assert(sizeof(lockdep::RwSem) == sizeof(lockdep::RawRwSem));

TEST_CASE("a disabled wrapper is its raw primitive with the same interface", "[lockdep][disabled]") {
  lockdep::Mutex mutex{LOCKDEP_NAME("name")};
  lockdep::RwSem sem{"name"};
  {
    std::scoped_lock both(mutex, sem);
    CHECK_FALSE(mutex.try_lock());
    mutex.AssertHeld();
  }
  {
    std::shared_lock<lockdep::RwSem> reader(sem);
    CHECK(sem.try_lock_shared());
    sem.unlock_shared();
  }
  mutex.lock_nested(1);
  mutex.unlock();
  CHECK(lockdep::Findings().empty());
}

}  // namespace
