#include "tools/replay_command.h"

#include <string_view>

namespace lockdep::tools {

std::string ShellQuoted(const std::string& word) {
  constexpr std::string_view kSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!word.empty() && word.find_first_not_of(kSafe) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string ReplayCommand(const std::string& schedule, const std::string& file) {
  if (schedule.empty()) return "";
  // A name like an option is taken as a file behind "--" only.
  const std::string separator = file.starts_with('-') ? "-- " : "";
  return "lockdep explore --schedule " + ShellQuoted(schedule) + " " + separator + ShellQuoted(file);
}

}  // namespace lockdep::tools
