// The seed of a randomised test: another one in each run, or LOCKDEP_TEST_SEED to repeat a failure.
// Print it with INFO, so that a failure says how to repeat it.
#ifndef TESTS_SEED_H_
#define TESTS_SEED_H_

#include <cstdint>
#include <cstdlib>
#include <random>

inline std::uint64_t TestSeed() {
  if (const char* seed = std::getenv("LOCKDEP_TEST_SEED")) return std::strtoull(seed, nullptr, 0);
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

#endif  // TESTS_SEED_H_
