// 128 bits that stand for a history or a state.
//
// Two things with the same digest are taken for the same.  With n of them that are not, the chance that
// some two are mixed up is about n*n / 2^129: below 10^-24 for ten million states.
//
// Immutable values; pure functions.
#ifndef LOCKDEP_EXPLORE_DIGEST_H_
#define LOCKDEP_EXPLORE_DIGEST_H_

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "lockdep/held_locks.h"  // MixBits

namespace lockdep::explore {

struct Digest {
  std::uint64_t a = 0;
  std::uint64_t b = 0;

  // Sums, for what has no order: half by half, so that what was added can be taken away.
  Digest& operator+=(const Digest& other) {
    a += other.a;
    b += other.b;
    return *this;
  }
  Digest& operator-=(const Digest& other) {
    a -= other.a;
    b -= other.b;
    return *this;
  }
  friend auto operator<=>(const Digest&, const Digest&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Digest& digest) {
    return H::combine(std::move(h), digest.a, digest.b);
  }
};

// `digest`, and then `word`.  Both halves of the result depend on all three inputs.
inline Digest Extend(const Digest& digest, std::uint64_t word) {
  const std::uint64_t mixed = digest.a ^ word;
  const std::uint64_t turned = digest.b << 32 | digest.b >> 32;
  return {MixBits(mixed ^ 0xa0761d6478bd642fULL, digest.b ^ 0xe7037ed1a0b428dbULL),
          MixBits(mixed + 0x589965cc75374cc3ULL, turned ^ 0x8ebc6af09c88c6e3ULL)};
}

inline Digest Extend(const Digest& digest, const Digest& other) { return Extend(Extend(digest, other.a), other.b); }

inline Digest Extend(const Digest& digest, std::string_view text) {
  Digest result = Extend(digest, text.size());
  for (std::size_t i = 0; i < text.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, text.size() - i < 8 ? text.size() - i : 8);
    result = Extend(result, word);
  }
  return result;
}

}  // namespace lockdep::explore

#endif  // LOCKDEP_EXPLORE_DIGEST_H_
