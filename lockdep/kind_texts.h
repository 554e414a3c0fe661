// What each kind of finding means, in words for people who meet it in the list of a build server.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KIND_TEXTS_H_
#define LOCKDEP_KIND_TEXTS_H_

#include <string_view>

#include "lockdep/finding.h"

namespace lockdep {

inline constexpr int kFindingKinds = static_cast<int>(FindingKind::kInvariant) + 1;

struct KindText {
  std::string_view brief;  // a sentence
  std::string_view full;   // what was seen
  std::string_view help;   // what to do about it
};

KindText TextOf(FindingKind kind);

}  // namespace lockdep

#endif  // LOCKDEP_KIND_TEXTS_H_
