// Where a lock was taken, if that was done through a guard: the place in the program, not one in the guard.
// Compiled three times: as everything else, with no function inlined but the wrappers' own, and without any
// optimisation.
#include <mutex>
#include <shared_mutex>
#include <string>

#include "lockdep/lockdep.h"
#include "lockdep/symbolize.h"
#include "tests/catch.h"

// Locks are taken in both orders on purpose, and through guards that the analysis cannot follow.
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif

namespace guard_places_test {

using lockdep::Mutex;
using lockdep::RwSem;

// Not a call in tail position: a function that is gone when the lock is taken cannot be named.
[[gnu::noinline]] void Use(const void*) { asm volatile("" : : : "memory"); }

template <class Guard, class Outer>
[[gnu::noinline]] int Nest(Outer& outer, Mutex& inner) {
  constexpr int kLine = __LINE__ + 1;
  Guard guard(outer);
  Use(&guard);
  inner.lock();
  inner.unlock();
  return kLine;
}

template <class Outer>
[[gnu::noinline]] int NestByHand(Outer& outer, Mutex& inner) {
  constexpr int kLine = __LINE__ + 1;
  outer.lock();
  inner.lock();
  inner.unlock();
  outer.unlock();
  return kLine;
}

// The place at which `outer` was taken, when `inner` was taken while holding it.
lockdep::Place Taken(const std::string& outer) {
  for (lockdep::Finding finding : lockdep::Findings()) {
    for (lockdep::FindingEdge& edge : finding.edges) {
      if (finding.locks[static_cast<std::size_t>(edge.held)].name != outer) continue;
      Symbolize(finding);
      return edge.held_at;
    }
  }
  return {};
}

template <class Outer, class Body>
lockdep::Place Invert(const std::string& name, Body body) {
  lockdep::SetPolicy(lockdep::Policy::kIgnore);
  const std::string outer_name = name + ".outer", inner_name = name + ".inner";
  Outer outer{outer_name.c_str()};
  Mutex inner{inner_name.c_str()};
  body(outer, inner);
  inner.lock();
  outer.lock();
  outer.unlock();
  inner.unlock();
  return Taken(outer_name);
}

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Called under this name by every test, so that it is part of what is expected.
template <class Guard, class Outer>
void CheckPlace(const std::string& name) {
  int line = 0;
  const lockdep::Place place =
      Invert<Outer>(name, [&](Outer& outer, Mutex& inner) { line = Nest<Guard>(outer, inner); });
  INFO(place.function << " " << place.file << ":" << place.line);
  REQUIRE_FALSE(place.stack.empty());
#if LOCKDEP_TEST_DEBUG_INFO
  CHECK(Contains(place.function, "guard_places_test::Nest<"));
  CHECK(Contains(place.file, "guard_places_test.cc"));
  CHECK(place.line == line);
#else
  CHECK_FALSE(Contains(place.function, "std::"));
#endif
}

TEST_CASE("a lock taken through a guard was taken where the guard was made", "[lockdep][symbolize]") {
  CheckPlace<std::lock_guard<Mutex>, Mutex>("places.lock_guard");
  CheckPlace<std::scoped_lock<Mutex>, Mutex>("places.scoped_lock");
  CheckPlace<std::shared_lock<RwSem>, RwSem>("places.shared_lock");
  CheckPlace<lockdep::MutexLock<Mutex>, Mutex>("places.MutexLock");
  CheckPlace<lockdep::WriterLock<RwSem>, RwSem>("places.WriterLock");
  CheckPlace<lockdep::ReaderLock<RwSem>, RwSem>("places.ReaderLock");
#if !LOCKDEP_TEST_NOTHING_INLINED
  CheckPlace<std::unique_lock<Mutex>, Mutex>("places.unique_lock");
#endif
}

TEST_CASE("of guards within guards the outermost one that is known is named", "[lockdep][symbolize]") {
  const lockdep::Place place = Invert<Mutex>("places.deep", [](Mutex& outer, Mutex& inner) {
    Mutex other{"places.other"};
    Nest<std::unique_lock<Mutex>>(outer, inner);
  });
  INFO(place.function);
#if LOCKDEP_TEST_DEBUG_INFO && LOCKDEP_TEST_NOTHING_INLINED
  CHECK(Contains(place.function, "std::unique_lock<"));
#else
  CHECK_FALSE(place.function.empty());
#endif
}

TEST_CASE("a lock taken without a guard was taken where lock was called", "[lockdep][symbolize]") {
  int line = 0;
  const lockdep::Place place =
      Invert<Mutex>("places.hand", [&](Mutex& outer, Mutex& inner) { line = NestByHand(outer, inner); });
  REQUIRE_FALSE(place.stack.empty());
#if LOCKDEP_TEST_DEBUG_INFO
  CHECK(Contains(place.function, "guard_places_test::NestByHand<"));
  CHECK(place.line == line);
#endif
}

}  // namespace guard_places_test
