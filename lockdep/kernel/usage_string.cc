#include "lockdep/kernel/usage_string.h"

#include <algorithm>
#include <vector>

#include "lockdep/kernel/text.h"

namespace lockdep::kernel {
namespace {

constexpr KernelVersion kWideFrom{2, 630};
constexpr KernelVersion kNewFrom{4, 14};

UsageBits Bits(char c, char used_in, char enabled) { return {c == used_in || c == '?', c == enabled || c == '?'}; }

Usage OldLayout(std::string_view text) {
  Usage usage;
  usage.hardirq_write = Bits(text[0], '+', '-');
  usage.softirq_write = Bits(text[1], '+', '-');
  usage.hardirq_read = Bits(text[2], '+', '-');
  usage.softirq_read = Bits(text[3], '+', '-');
  return usage;
}

Usage NewLayout(std::string_view text) {
  Usage usage;
  usage.hardirq_write = Bits(text[0], '-', '+');
  usage.hardirq_read = Bits(text[1], '-', '+');
  usage.softirq_write = Bits(text[2], '-', '+');
  usage.softirq_read = Bits(text[3], '-', '+');
  if (text.size() == 6) {
    usage.reclaim_write = Bits(text[4], '-', '+');
    usage.reclaim_read = Bits(text[5], '-', '+');
  }
  return usage;
}

bool Any(UsageBits bits) { return bits.used_in || bits.enabled; }

// A number at the front of `text`, removed from it.
std::optional<int> Number(std::string_view& text) {
  int value = 0;
  std::size_t n = 0;
  for (; n < text.size() && n < 6 && IsDigit(text[n]); ++n) value = value * 10 + (text[n] - '0');
  if (n == 0) return std::nullopt;
  text.remove_prefix(n);
  return value;
}

}  // namespace

bool Usage::AnyRead() const { return Any(hardirq_read) || Any(softirq_read) || Any(reclaim_read); }
bool Usage::AnyWrite() const { return Any(hardirq_write) || Any(softirq_write) || Any(reclaim_write); }

bool IsUsageString(std::string_view text) {
  return (text.size() == 4 || text.size() == 6) && text.find_first_not_of("+-?.") == std::string_view::npos;
}

std::optional<KernelVersion> ParseVersion(std::string_view release) {
  const std::optional<int> major = Number(release);
  if (!major || !Consume(release, ".")) return std::nullopt;
  const std::optional<int> minor = Number(release);
  if (!minor) return std::nullopt;
  if (*major != 2) return KernelVersion{*major, *minor};
  if (!Consume(release, ".")) return std::nullopt;
  const std::optional<int> patch = Number(release);
  if (!patch || *patch > 99) return std::nullopt;
  return KernelVersion{*major, *minor * 100 + *patch};
}

std::optional<Usage> DecodeUsage(std::string_view characters, std::string_view version) {
  if (!IsUsageString(characters)) return std::nullopt;
  if (characters.size() == 6) return NewLayout(characters);
  const std::optional<KernelVersion> parsed = ParseVersion(version);
  if (!parsed) return std::nullopt;
  if (*parsed < kWideFrom) return OldLayout(characters);
  // Four characters between both are a report that was changed by hand, or a back port.
  return *parsed < kNewFrom ? std::nullopt : std::optional<Usage>(NewLayout(characters));
}

std::string DescribeWaitTypes(int outer, int inner) {
  const auto word = [](int type) -> std::string {
    switch (type) {
      case 0: return "unchecked";
      case 1: return "wait-free";
      case 2: return "raw spin lock, or spin lock where raw nesting is not checked";
      case 3: return "spin lock where raw nesting is checked, sleeping lock where it is not";
      case 4: return "sleeping lock";
      default: return "task context";
    }
  };
  return outer == inner ? word(outer) : word(outer) + "; inside it: " + word(inner);
}

}  // namespace lockdep::kernel
