#include "lockdep/valid_utf8.h"

#include <string>

#include "tests/catch.h"

namespace lockdep {
namespace {

const std::string kOne(kReplacementCharacter);

TEST_CASE("well-formed UTF-8 stays as it is", "[lockdep][utf8]") {
  for (const std::string text : {"", "abc", "\x7f", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                                 "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    CHECK(ValidUtf8(text) == text);
  }
}

TEST_CASE("each byte that belongs to no character is replaced", "[lockdep][utf8]") {
  CHECK(ValidUtf8("a\x80z") == "a" + kOne + "z");
  CHECK(ValidUtf8("\xC0\x80") == kOne + kOne);                        // too long a form of U+0000
  CHECK(ValidUtf8("\xE0\x9F\xBF") == kOne + kOne + kOne);             // too long a form of U+07FF
  CHECK(ValidUtf8("\xED\xA0\x80") == kOne + kOne + kOne);             // a surrogate
  CHECK(ValidUtf8("\xF4\x90\x80\x80") == kOne + kOne + kOne + kOne);  // above U+10FFFF
  CHECK(ValidUtf8("\xF5") == kOne);
  CHECK(ValidUtf8("\xE2\x82") == kOne + kOne);  // cut off
  CHECK(ValidUtf8("\xE2(\xA1") == kOne + "(" + kOne);
}

}  // namespace
}  // namespace lockdep
