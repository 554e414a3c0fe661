#include "lockdep/demangle.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>

namespace lockdep {
namespace {

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

bool StartsWith(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

// "ns::F<int>(int) const [clone .cold]" -> "ns::F<int>".
std::string_view WithoutParameters(std::string_view name) {
  if (const std::size_t clone = name.find(" [clone "); clone != std::string_view::npos) name = name.substr(0, clone);
  const std::size_t close = name.find_last_of(')');
  if (close == std::string_view::npos) return name;
  const std::string_view qualifiers = name.substr(close + 1);  // " const", "&", " const&&"
  if (qualifiers.find_first_not_of(" &constvlaie") != std::string_view::npos) return name;
  int depth = 0;
  for (std::size_t i = close + 1; i-- > 0;) {
    if (name[i] == ')') ++depth;
    if (name[i] == '(' && --depth == 0) {
      const bool call_operator_alone = EndsWith(name.substr(0, i), "operator");
      return call_operator_alone ? name.substr(0, close + 1) : name.substr(0, i);
    }
  }
  return name;
}

// Where the name starts behind a return type: after the last space that is not inside of brackets.
std::size_t NameStart(std::string_view text) {
  std::size_t end = text.size();
  const std::size_t name_of_operator = text.rfind("operator");
  const bool is_operator =
      name_of_operator != std::string_view::npos &&
      (name_of_operator == 0 || text[name_of_operator - 1] == ':' || text[name_of_operator - 1] == ' ');
  if (is_operator) end = name_of_operator;  // its own signs are not brackets: operator<, operator->
  int depth = 0;
  for (std::size_t i = end; i-- > 0;) {
    const char c = text[i];
    if (c == ')' || c == '>' || c == '}') ++depth;
    if ((c == '(' || c == '<' || c == '{') && depth > 0) --depth;
    // "A::f() const::{lambda()#1}" is one name.
    const bool inside_name = StartsWith(text.substr(i), " const::") || StartsWith(text.substr(i), " volatile::");
    if (c == ' ' && depth == 0 && !inside_name) return i + 1;
  }
  return 0;
}

// clang numbers lambdas, and types without a name, in a file: "main::$_0::operator()" -> "main::{lambda}::operator()".
std::string WithoutNumbersOfUnnamed(std::string_view name) {
  std::string result;
  for (std::size_t at; (at = name.find("$_")) != std::string_view::npos;) {
    const bool begins_part = at == 0 || name[at - 1] == ':';
    const std::size_t end = std::min(name.find_first_not_of("0123456789", at + 2), name.size());
    const std::string_view rest = name.substr(end);
    const bool is_part = begins_part && end > at + 2 && (rest.empty() || rest[0] == ':');
    result += name.substr(0, at);
    result += !is_part ? name.substr(at, end - at) : StartsWith(rest, "::operator()") ? "{lambda}" : "{unnamed}";
    name = rest;
  }
  return result.append(name);
}

}  // namespace

std::string FunctionName(std::string_view demangled) {
  const std::string_view name = WithoutParameters(demangled);
  return WithoutNumbersOfUnnamed(name.substr(NameStart(name)));
}

std::string Demangle(const char* symbol) {
  // A variable "m" of C is no "long".
  if (std::string_view(symbol).substr(0, 2) != "_Z") return symbol;
  int status = 0;
  const std::unique_ptr<char, Free> demangled(abi::__cxa_demangle(symbol, nullptr, nullptr, &status));
  return status == 0 ? FunctionName(demangled.get()) : std::string(symbol);
}

}  // namespace lockdep
