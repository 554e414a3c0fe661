// Texts that are compared byte for byte with files in tests/golden/.
//
// LOCKDEP_UPDATE_GOLDEN=1 in the environment rewrites the files instead; look at the difference
// before committing it.
//
// Thread-compatible: no state.
#ifndef TESTS_GOLDEN_H_
#define TESTS_GOLDEN_H_

#include <string>

namespace lockdep {

// What the file holds; fails the test, with a hint, if there is no such file.
// When updating, writes `actual` and returns it.
std::string Golden(const std::string& file_name, const std::string& actual);

}  // namespace lockdep

#endif  // TESTS_GOLDEN_H_
