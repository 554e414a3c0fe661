#include "tools/terminal.h"

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "workloads/describe.h"

namespace lockdep::tools {

bool UseColor(const std::string& choice) {
  if (choice == "always") return true;
  const char* no_color = std::getenv("NO_COLOR");
  return choice == "auto" && ::isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

std::string Count(std::uint64_t count, const char* noun) {
  return workloads::Grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

Progress::Progress() : terminal_(::isatty(STDERR_FILENO) == 1) {}

void Progress::Show(const std::string& text) {
  if (!terminal_ || std::chrono::steady_clock::now() - start_ < std::chrono::seconds(1)) return;
  std::fprintf(stderr, "\rlockdep: %s\033[K", text.c_str());
  shown_ = true;
}

void Progress::Clear() {
  if (std::exchange(shown_, false)) std::fputs("\r\033[K", stderr);
}

}  // namespace lockdep::tools
