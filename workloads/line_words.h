// The words of one line about memory hotplug, taken from left to right.
//
// The first mistake is kept, and what comes after it takes nothing of note: a caller asks once, at the end.
//
// Thread-confined.
#ifndef WORKLOADS_LINE_WORDS_H_
#define WORKLOADS_LINE_WORDS_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workloads/syntax.h"

namespace lockdep::workloads {

// What was wrong with a line; thrown nowhere, passed up.
struct Mistake {
  Position at;
  std::string message;
};

class LineWords {
 public:
  // The words must outlive it, and there is one at least.
  explicit LineWords(const std::vector<Name>& words) : words_(words) {}

  bool AtEnd() const { return next_ == words_.size(); }
  bool TakeIf(std::string_view word);
  // One of these words; its index, or -1 after a mistake.
  template <std::size_t N>
  int OneOf(const std::array<std::string_view, N>& all) {
    return OneOf(all.data(), N);
  }
  std::string Any(const char* what);
  int Integer(const char* what);
  // "EBUSY" and the like, negative; "0".
  std::optional<int> Error(const char* what);

  void Expected(const std::string& what);
  void Fail(Position at, std::string message);

  Position here() const { return AtEnd() ? words_.back().at : words_[next_].at; }
  Position last() const { return words_[next_ == 0 ? 0 : next_ - 1].at; }
  const std::optional<Mistake>& mistake() const { return mistake_; }

 private:
  int OneOf(const std::string_view* all, std::size_t count);

  const std::vector<Name>& words_;
  std::size_t next_ = 0;
  std::optional<Mistake> mistake_;
};

template <class... Strings>
constexpr std::array<std::string_view, sizeof...(Strings)> Of(const Strings&... strings) {
  return {strings...};
}

}  // namespace lockdep::workloads

#endif  // WORKLOADS_LINE_WORDS_H_
