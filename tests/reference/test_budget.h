// How much a comparison test does, from the environment.  (The seed: tests/seed.h.)
//
//   LOCKDEP_TEST_PROGRAMS  how many random programs
//   LOCKDEP_TEST_SECONDS   how long for each family of small programs (full tier)
//
// Immutable.
#ifndef TESTS_REFERENCE_TEST_BUDGET_H_
#define TESTS_REFERENCE_TEST_BUDGET_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace lockdep::reference {

inline std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* given = std::getenv(name);
  return given != nullptr ? std::strtoull(given, nullptr, 0) : otherwise;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// With sanitizers, which look for other mistakes, a quarter of `otherwise`, and no more than 300.
inline std::uint64_t TestPrograms(std::uint64_t otherwise) {
  if (kSanitized) otherwise = otherwise > 1200 ? 300 : (otherwise + 3) / 4;
  return FromEnvironment("LOCKDEP_TEST_PROGRAMS", otherwise);
}
// States of a brute-force search, each of which costs twenty times as much there.
constexpr std::size_t TestStates(std::size_t otherwise) { return kSanitized ? otherwise / 10 : otherwise; }
// Of a series, every how manyth.
constexpr std::size_t TestStride(std::size_t otherwise) { return kSanitized ? otherwise * 8 : otherwise; }
inline std::uint64_t TestSeconds(std::uint64_t otherwise) { return FromEnvironment("LOCKDEP_TEST_SECONDS", otherwise); }

}  // namespace lockdep::reference

#endif  // TESTS_REFERENCE_TEST_BUDGET_H_
