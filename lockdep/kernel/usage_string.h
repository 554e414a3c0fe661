// The usage characters that a report prints behind a class: {+.+.}, {+.+...}, {-+..}.
//
// There are three layouts, and one of them has the signs the other way round:
//
//   old, 4   2.6.17 .. 2.6.29   hardirq-W softirq-W hardirq-R softirq-R   '+' used in, '-' enabled
//   wide, 6  2.6.30 .. 4.13     hardirq-W -R, softirq-W -R, reclaim-W -R  '-' used in, '+' enabled
//   new, 4   4.14 .. now        hardirq-W -R, softirq-W -R                '-' used in, '+' enabled
//
// '?' is both, '.' neither.  Source: get_usage_chars in kernel/locking/lockdep.c of these versions.
// Without a version four characters are ambiguous, and nothing is decoded.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_USAGE_STRING_H_
#define LOCKDEP_KERNEL_USAGE_STRING_H_

#include <optional>
#include <string>
#include <string_view>

namespace lockdep::kernel {

// One position of the string.
struct UsageBits {
  bool used_in = false;  // taken in that kind of interrupt
  bool enabled = false;  // held while that kind of interrupt was enabled
};

struct Usage {
  UsageBits hardirq_write, hardirq_read, softirq_write, softirq_read, reclaim_write, reclaim_read;
  // Any bit says it was held for reading (writing).
  bool AnyRead() const;
  bool AnyWrite() const;
};

// `version` is the kernel's release, "6.12.117"; may be empty.
std::optional<Usage> DecodeUsage(std::string_view characters, std::string_view version);

// Is this what stands between the braces: 4 or 6 of "+-?."?
bool IsUsageString(std::string_view text);

// What {outer:inner} says.  With PROVE_RAW_LOCK_NESTING a spin lock is 3 and a sleeping lock 4, without it
// 2 and 3, so 3 alone can be either.
std::string DescribeWaitTypes(int outer, int inner);

// The major and minor number of a release: "6.12.117" is {6, 12}; "2.6.30" is {2, 630} so that versions compare.
struct KernelVersion {
  int major = 0;
  int minor = 0;
  friend auto operator<=>(const KernelVersion&, const KernelVersion&) = default;
};
std::optional<KernelVersion> ParseVersion(std::string_view release);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_USAGE_STRING_H_
