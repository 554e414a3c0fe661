#include "workloads/lexer.h"

#include <string>
#include <vector>

#include "tests/catch.h"

namespace lockdep::workloads {
namespace {

std::vector<std::string> Texts(std::string_view text) {
  std::vector<std::string> texts;
  for (const Token& token : Lex(text, "x").tokens) {
    if (token.kind != TokenKind::kEnd) texts.push_back(token.text);
  }
  return texts;
}

std::vector<std::string> Errors(std::string_view text) {
  std::vector<std::string> errors;
  for (const ScriptError& error : Lex(text, "x").errors) errors.push_back(error.ToString());
  return errors;
}

using Strings = std::vector<std::string>;

TEST_CASE("words, numbers, quotes and punctuation are tokens", "[workloads][lexer]") {
  CHECK(Texts("lock o[12] -> \"a b\";x!=3") == Strings{"lock", "o", "[", "12", "]", "->", "a b", ";", "x", "!=", "3"});
}

TEST_CASE("an arrow and a final dot are no part of a name", "[workloads][lexer]") {
  CHECK(Texts("a->b") == Strings{"a", "->", "b"});
  CHECK(Texts("mem.rw_sem v5.3") == Strings{"mem.rw_sem", "v5.3"});
  CHECK(Texts("a..b") == Strings{"a..b"});
  CHECK(Errors("a.") == Strings{"x:1:2: expected a word, a number or punctuation, found '.'"});
}

TEST_CASE("a hyphen joins letters and subtracts numbers", "[workloads][lexer]") {
  CHECK(Texts("one-thread no-validate") == Strings{"one-thread", "no-validate"});
  CHECK(Texts("x-1") == Strings{"x", "-", "1"});
}

TEST_CASE("a comment starts at a line's start or after a blank", "[workloads][lexer]") {
  CHECK(Texts("# all of it\nlock a # the rest\n  # here too") == Strings{"\n", "lock", "a", "\n"});
  REQUIRE(Errors("a#b").size() == 1);
  CHECK_THAT(Errors("a#b")[0], ContainsSubstring("a comment needs a space before it"));
  CHECK(Texts("\"kn->count#70\"") == Strings{"kn->count#70"});
}

TEST_CASE("a quoted name may hold escaped quotes and backslashes", "[workloads][lexer]") {
  CHECK(Texts(R"("a\"b\\c")") == Strings{R"(a"b\c)"});
  CHECK(Errors("\"open\nlock a") == Strings{"x:1:1: expected a closing '\"', found the end of the line"});
  CHECK(Errors(R"("a\n")") == Strings{R"(x:1:3: expected '\"' or '\\', found another escape)"});
  CHECK(Errors("\"\"") == Strings{"x:1:1: expected a name, found an empty string"});
  CHECK(Errors("\"") == Strings{"x:1:1: expected a closing '\"', found the end of the line",
                                "x:1:1: expected a name, found an empty string"});
}

TEST_CASE("every token knows its line and column", "[workloads][lexer]") {
  const Tokens lexed = Lex("a\n  bc \"d\"", "x");
  REQUIRE(lexed.tokens.size() == 5);
  CHECK(lexed.tokens[2].at == Position{2, 3});
  CHECK(lexed.tokens[3].at == Position{2, 6});
  CHECK(lexed.tokens[4].at == Position{2, 9});
}

TEST_CASE("carriage returns and a byte order mark are skipped", "[workloads][lexer]") {
  CHECK(Texts("\xEF\xBB\xBF# note\r\nlock a\r\n") == Strings{"\n", "lock", "a", "\n"});
  CHECK(Errors("\xEF\xBB\xBFlock a\r\n").empty());
}

TEST_CASE("a NUL byte ends the reading with one error", "[workloads][lexer]") {
  const std::string binary(
      "\x7f"
      "ELF\0\0\1\2\3\0",
      10);
  const Strings errors = Errors(binary);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0] == "x:1:1: expected a word, a number or punctuation, found byte \\x7f");
  CHECK(errors[1] == "x:1:5: expected text, found a NUL byte");
}

TEST_CASE("a number too large is reported", "[workloads][lexer]") {
  CHECK(Errors("9223372036854775807").empty());
  REQUIRE(Errors("9223372036854775808").size() == 1);
  CHECK_THAT(Errors("9223372036854775808")[0], ContainsSubstring("x:1:1: expected a number of at most"));
}

TEST_CASE("a run of bytes that mean nothing is one error", "[workloads][lexer]") {
  CHECK(Errors("lock @@%%@ a @").size() == 2);
}

}  // namespace
}  // namespace lockdep::workloads
