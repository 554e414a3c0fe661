// What a finding says in words, and which lock each name in it stands for.
//
// Locks without a class that were made at one place have one name.  What tells them apart in a report is known only
// when the whole finding is, after the words were made; programs get the words as they are.
//
// Thread-compatible: a value.
#ifndef LOCKDEP_WORDING_H_
#define LOCKDEP_WORDING_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace lockdep {

class Wording {
 public:
  struct Name {
    std::size_t end = 0;     // in the text
    std::uint32_t lock = 0;  // FindingLock::id
    friend auto operator<=>(const Name&, const Name&) = default;
  };

  // From text that names no lock, or none that others can be taken for; implicit, because most is such.
  Wording() = default;
  Wording(std::string text) : text_(std::move(text)) {}
  Wording(const char* text) : text_(text) {}
  // The name of a lock.
  Wording(std::string name, std::uint32_t lock) : text_(std::move(name)), names_{{text_.size(), lock}} {}

  const std::string& text() const { return text_; }
  operator const std::string&() const { return text_; }
  const std::vector<Name>& names() const { return names_; }  // as they come

  Wording& operator+=(const Wording& more) {
    for (const Name& name : more.names_) names_.push_back({text_.size() + name.end, name.lock});
    text_ += more.text_;
    return *this;
  }
  friend Wording operator+(Wording first, const Wording& second) { return std::move(first += second); }
  // By what can be read.
  friend bool operator==(const Wording& a, const Wording& b) { return a.text_ == b.text_; }

 private:
  std::string text_;
  std::vector<Name> names_;
};

}  // namespace lockdep

#endif  // LOCKDEP_WORDING_H_
