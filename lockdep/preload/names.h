// Texts of the program, kept for ever, each once.
#ifndef LOCKDEP_PRELOAD_NAMES_H_
#define LOCKDEP_PRELOAD_NAMES_H_

#include <cstddef>

namespace lockdep::preload {

inline constexpr std::size_t kNameBytesMax = 255;  // of longer ones, the beginning

// Null: no memory.  REQUIRES: the recorder's lock is held.
const char* KeepName(const char* text);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_NAMES_H_
