// One lock line: "ffff8880 (&p->lock/1){+.+.}-{4:4}, at: f+0x10/0x20 [mod]", in the shapes of all kernels.
//
// The pointer in front is there since 4.19; "at: [<address>] f" until 4.1x; "-{outer:inner}" since 5.7.  The
// name is free text and may hold anything, parentheses too; it ends at the ")" in front of the usage.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_LOCK_TEXT_H_
#define LOCKDEP_KERNEL_LOCK_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

#include "lockdep/kernel/kernel_report.h"

namespace lockdep::kernel {

// Nothing where `text` is not a lock.  Usage and place may be missing.
std::optional<LockText> ParseLock(std::string_view text);

// "&p->lock/1" as name and subclass.
LockText NamedLock(std::string_view label);

// Removes "#3: " or "-> #3 " with the number in it; nothing if neither is there.
std::optional<int> ConsumeHeldNumber(std::string_view& text);
std::optional<int> ConsumeChainNumber(std::string_view& text);

// Removes the pointer in front of a lock: hex digits, "(____ptrval____)", "...".
std::string ConsumeInstance(std::string_view& text);

// Does `text` show, behind a name, usage characters or how a lock is taken?
bool ShowsUsage(std::string_view text);

// Where the ")" is that closes the "(" at the front of `text`; npos if it is not there.
std::size_t ClosingParenthesis(std::string_view text);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_LOCK_TEXT_H_
