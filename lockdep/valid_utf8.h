// Text that is UTF-8, whatever bytes it was made of: a lock may have any name.
//
// Thread-safe: no state.
#ifndef LOCKDEP_VALID_UTF8_H_
#define LOCKDEP_VALID_UTF8_H_

#include <string>
#include <string_view>

namespace lockdep {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

// `text` with U+FFFD in place of each byte that is not part of a well-formed character.
std::string ValidUtf8(std::string_view text);

}  // namespace lockdep

#endif  // LOCKDEP_VALID_UTF8_H_
