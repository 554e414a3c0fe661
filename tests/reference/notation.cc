#include "tests/reference/notation.h"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace lockdep::reference {
namespace {

class Notation {
 public:
  Program Read(const std::vector<std::string>& threads) {
    for (const std::string& text : threads) AddLocksOf(text);
    for (const std::string& text : threads) AddThread(text);
    return program_;
  }

 private:
  static std::vector<std::string> Words(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
  }

  static std::string NameIn(const std::string& word) {
    const std::size_t colon = word.rfind(':');
    return word.substr(colon == std::string::npos ? (word[0] == '-' ? 1 : 0) : colon + 1);
  }

  int Find(const std::string& name) const {
    for (std::size_t i = 0; i < program_.locks.size(); ++i) {
      if (program_.locks[i].name == name) return static_cast<int>(i);
    }
    return -1;
  }

  void AddLocksOf(const std::string& text) {
    for (const std::string& word : Words(text)) {
      const std::string name = NameIn(word);
      if (word == "x2" || Find(name) >= 0) continue;
      Lock lock{name, LockType::kRwSem, -1, 0};
      if (name.size() == 2) {
        lock.index = name[1] - '0';
        const std::string class_name(1, static_cast<char>(std::toupper(name[0])));
        const auto known = std::find_if(program_.classes.begin(), program_.classes.end(),
                                        [&](const LockClass& c) { return c.name == class_name; });
        lock.lock_class = static_cast<int>(known - program_.classes.begin());
        if (known == program_.classes.end()) program_.classes.push_back({class_name, false});
      }
      program_.locks.push_back(lock);
    }
  }

  void AddThread(const std::string& text) {
    Thread thread;
    thread.role = static_cast<int>(program_.threads.size());
    for (const std::string& word : Words(text)) {
      if (word == "x2") {
        thread.count = 2;
      } else if (word[0] == '-') {
        thread.ops.push_back(Release(Find(NameIn(word))));
      } else {
        const auto has = [&word](const char* part) { return word.find(part) != std::string::npos; };
        const Mode mode = has("r:") ? Mode::kShared : has("R:") ? Mode::kRecursiveShared : Mode::kExclusive;
        const Kind kind = has("try:") ? Kind::kTrylock : has("timed:") ? Kind::kTimed : Kind::kBlocking;
        thread.ops.push_back(Acquire(Find(NameIn(word)), mode, kind));
        thread.ops.back().subclass = has("sub:") ? 1 : 0;
      }
    }
    program_.threads.push_back(std::move(thread));
  }

  Program program_;
};

}  // namespace

Program Threads(const std::vector<std::string>& threads) { return Notation().Read(threads); }

}  // namespace lockdep::reference
