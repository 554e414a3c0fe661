#include "workloads/line_words.h"

#include <cerrno>
#include <charconv>
#include <utility>

namespace lockdep::workloads {
namespace {

struct ErrorName {
  std::string_view name;
  int code;
};
constexpr ErrorName kErrors[] = {{"0", 0},
                                 {"EPERM", -EPERM},
                                 {"EINTR", -EINTR},
                                 {"EIO", -EIO},
                                 {"EAGAIN", -EAGAIN},
                                 {"ENOMEM", -ENOMEM},
                                 {"EBUSY", -EBUSY},
                                 {"EEXIST", -EEXIST},
                                 {"ENODEV", -ENODEV},
                                 {"EINVAL", -EINVAL},
                                 {"ENOENT", -ENOENT}};

std::optional<int> ErrorNamed(std::string_view name) {
  for (const ErrorName& each : kErrors) {
    if (each.name == name) return each.code;
  }
  return std::nullopt;
}

}  // namespace

bool LineWords::TakeIf(std::string_view word) {
  if (AtEnd() || words_[next_].text != word) return false;
  ++next_;
  return true;
}

int LineWords::OneOf(const std::string_view* all, std::size_t count) {
  std::string expected;
  for (std::size_t i = 0; i < count; ++i) {
    if (TakeIf(all[i])) return static_cast<int>(i);
    expected += (expected.empty() ? "'" : ", '") + std::string(all[i]) + "'";
  }
  Expected(expected);
  return -1;
}

std::string LineWords::Any(const char* what) {
  if (!AtEnd()) return words_[next_++].text;
  Expected(what);
  return "";
}

int LineWords::Integer(const char* what) {
  int value = 0;
  if (!AtEnd()) {
    const std::string& text = words_[next_].text;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) {
      ++next_;
      return value;
    }
  }
  Expected(what);
  return 0;
}

std::optional<int> LineWords::Error(const char* what) { return ErrorNamed(Any(what)); }

void LineWords::Expected(const std::string& what) {
  if (!AtEnd()) return Fail(words_[next_].at, "expected " + what + ", found '" + words_[next_].text + "'");
  Fail(words_.back().at, "expected " + what + " after '" + words_.back().text + "'");
}

void LineWords::Fail(Position at, std::string message) {
  if (!mistake_) mistake_ = Mistake{at, std::move(message)};
}

}  // namespace lockdep::workloads
