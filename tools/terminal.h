// What depends on who reads the output: colours, and a line that says how far the work is.
//
// Thread-confined.
#ifndef TOOLS_TERMINAL_H_
#define TOOLS_TERMINAL_H_

#include <chrono>
#include <cstdint>
#include <string>

namespace lockdep::tools {

// Whether standard output gets colours: `choice` is auto, always or never.  NO_COLOR is honoured.
bool UseColor(const std::string& choice);

// "1 script", "2 scripts".
std::string Count(std::uint64_t count, const char* noun);

// One line on standard error, if that is a terminal, from the second second on.
class Progress {
 public:
  Progress();
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Show(const std::string& text);
  void Clear();

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  const bool terminal_;
  bool shown_ = false;
};

}  // namespace lockdep::tools

#endif  // TOOLS_TERMINAL_H_
