#include "lockdep/kernel/log_line.h"

#include <algorithm>
#include <array>

#include "lockdep/kernel/text.h"

namespace lockdep::kernel {
namespace {

constexpr std::size_t kHostMax = 80;  // host name and "kernel: " behind a date

std::size_t CountDigits(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && IsDigit(text[n])) ++n;
  return n;
}

// Without colours, carriage returns and other controls; "#012" becomes a newline.
std::string Plain(std::string_view raw) {
  std::string text;
  text.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto byte = static_cast<unsigned char>(raw[i]);
    if (byte == 0x1b && i + 1 < raw.size() && raw[i + 1] == '[') {
      i += 2;
      while (i < raw.size() && (IsDigit(raw[i]) || raw[i] == ';')) ++i;
    } else if (raw.substr(i, 4) == "#012") {
      text += '\n';
      i += 3;
    } else if (byte == 0xc2 && i + 1 < raw.size() && static_cast<unsigned char>(raw[i + 1]) == 0xa0) {
      text += ' ';  // a no-break space in UTF-8
      ++i;
    } else if (byte == '\t' || byte == '\v' || byte == '\f') {
      text += ' ';
    } else if (byte >= 0x20 && byte != 0x7f) {
      text += raw[i];
    }
  }
  return text;
}

// Matches `pattern`: 'd' a digit, 'a' a letter, '_' a digit or a space, anything else itself.
bool Matches(std::string_view text, std::string_view pattern) {
  if (text.size() < pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = text[i];
    const bool good = pattern[i] == 'd'   ? IsDigit(c)
                      : pattern[i] == 'a' ? IsLetter(c)
                      : pattern[i] == '_' ? IsDigit(c) || c == ' '
                                          : c == pattern[i];
    if (!good) return false;
  }
  return true;
}

// Behind a date: "host kernel: ", "host kernel[1]: ", "kern.warn kernel: ", "[kernel] ", or nothing of it.
std::size_t HostLength(std::string_view text) {
  const std::string_view head = text.substr(0, kHostMax);
  for (const std::string_view word : {"kernel: ", "[kernel] "}) {
    const std::size_t at = head.find(word);
    if (at != std::string_view::npos) return at + word.size();
  }
  const std::size_t at = head.find("kernel[");
  const std::size_t end = at == std::string_view::npos ? at : head.find("]: ", at);
  if (end != std::string_view::npos) return end + 3;
  if (head.ends_with("kernel:")) return head.size();
  return 0;
}

// "May 13 15:16:32 host kernel: ", "2016-03-26T20:52:22.5+00:00 host kernel: ".
std::size_t DateLength(std::string_view text) {
  std::size_t n = 0;
  if (Matches(text, "aaa _d dd:dd:dd")) {
    n = 15;
  } else if (Matches(text, "dddd-dd-ddTdd:dd:dd") || Matches(text, "dddd-dd-dd dd:dd:dd")) {
    n = 19;
    while (n < text.size() && text[n] != ' ') ++n;
  } else {
    return 0;
  }
  while (n < text.size() && text[n] == ' ') ++n;
  return n + HostLength(text.substr(n));
}

// "[Thu May 13 15:16:32 2021]", as dmesg -T writes it.
std::size_t HumanStampLength(std::string_view text) {
  static constexpr std::string_view kPattern = "[aaa aaa __ dd:dd:dd dddd]";
  return Matches(text, kPattern) ? kPattern.size() : 0;
}

// "kern  :warn  : ", as dmesg -x writes it.
std::size_t FacilityLength(std::string_view text) {
  std::size_t n = 0;
  for (int word = 0; word < 2; ++word) {
    const std::size_t start = n;
    while (n < text.size() && IsLetter(text[n])) ++n;
    if (n == start) return 0;
    while (n < text.size() && text[n] == ' ') ++n;
    if (n == text.size() || text[n] != ':') return 0;
    ++n;
  }
  const bool known = text.starts_with("kern ") || text.starts_with("kern:") || text.starts_with("user ");
  return known ? n : 0;
}

std::size_t LevelLength(std::string_view text) {
  if (!text.starts_with("<")) return 0;
  const std::size_t digits = CountDigits(text.substr(1));
  return digits > 0 && digits <= 3 && text.substr(1 + digits).starts_with(">") ? digits + 2 : 0;
}

// "[name:lockdep&]", a vendor's prefix.
std::size_t VendorLength(std::string_view text) {
  if (!text.starts_with("[name:")) return 0;
  const std::size_t end = text.find("&]");
  return end == std::string_view::npos || end > kHostMax ? 0 : end + 2;
}

// "725.862536] ", the rest of a stamp whose bracket was lost.
std::size_t HalfStampLength(std::string_view text) {
  if (!IsDigit(text.front())) return 0;
  const std::size_t whole = TimeStampLength("[" + std::string(text.substr(0, 32)));
  return whole == 0 ? 0 : whole - 1;
}

// "[ T1952]", "[    C1]": behind a time stamp only.
std::size_t CallerLength(std::string_view text, std::string& caller) {
  if (!text.starts_with("[")) return 0;
  std::size_t n = 1;
  while (n < text.size() && text[n] == ' ') ++n;
  if (n >= text.size() || (text[n] != 'T' && text[n] != 'C')) return 0;
  const std::size_t digits = CountDigits(text.substr(n + 1));
  if (digits == 0 || !text.substr(n + 1 + digits).starts_with("]")) return 0;
  caller = std::string(text.substr(n, digits + 1));
  return n + 1 + digits + 1;
}

std::size_t PrefixLength(std::string_view text) {
  if (text.front() == ' ' || text.front() == '>') return 1;
  using Length = std::size_t (*)(std::string_view);
  static constexpr std::array<Length, 7> kKinds = {LevelLength,    TimeStampLength, HumanStampLength, DateLength,
                                                   FacilityLength, VendorLength,    HalfStampLength};
  for (const Length length : kKinds) {
    if (const std::size_t n = length(text); n > 0) return n;
  }
  return 0;
}

void CleanPiece(std::string_view text, std::uint64_t number, std::vector<LogLine>& lines) {
  LogLine line;
  while (!text.empty()) {
    const std::size_t n = PrefixLength(text);
    if (n == 0) break;
    const bool stamp = TimeStampLength(text) > 0;
    text.remove_prefix(std::min(n, text.size()));
    if (stamp) {
      const std::string_view rest = text.substr(std::min(text.find_first_not_of(' '), text.size()));
      if (const std::size_t caller = CallerLength(rest, line.caller); caller > 0) text = rest.substr(caller);
    }
  }
  text = Trimmed(text);
  if (text.empty()) return;
  line.text = std::string(text);
  line.number = number;
  lines.push_back(std::move(line));
}

}  // namespace

std::size_t TimeStampLength(std::string_view text) {
  if (!text.starts_with("[")) return 0;
  std::size_t n = 1;
  while (n < text.size() && text[n] == ' ') ++n;
  if (n < text.size() && text[n] == '+') ++n;  // dmesg --human: since the line before
  const std::size_t seconds = CountDigits(text.substr(n));
  n += seconds;
  if (seconds == 0 || n >= text.size() || text[n] != '.') return 0;
  const std::size_t fraction = CountDigits(text.substr(n + 1));
  n += 1 + fraction;
  if (fraction < 3 || fraction > 9 || n >= text.size() || text[n] != ']') return 0;
  return n + 1;
}

void CleanLine(std::string_view raw, std::uint64_t number, std::vector<LogLine>& lines) {
  const std::string plain = Plain(raw);
  std::size_t start = 0;
  for (std::size_t i = 0; i <= plain.size(); ++i) {
    const bool newline = i < plain.size() && plain[i] == '\n';
    const bool stamp = i < plain.size() && plain[i] == '[' && TimeStampLength(std::string_view(plain).substr(i)) > 0;
    if (i < plain.size() && !newline && !stamp) continue;
    CleanPiece(std::string_view(plain).substr(start, i - start), number, lines);
    start = newline ? i + 1 : i;
  }
}

}  // namespace lockdep::kernel
