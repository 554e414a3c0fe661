// One line of a stack trace, in the shapes of all kernels, architectures and symbolizers.
//
//   f+0x10/0x20 [mod]              [<ffffffff81234567>] f+0x10/0x20
//   ? f+0x10/0x20                  ([<0000000000012345>] f+0x10/0x20)
//   f net/x.c:12 [inline]          [<c0029fe4>] (f+0x0/0x14) from [<c0060ce0>] (g+0xa4/0xd0)
//   f+0x10/0x20 net/x.c:12         ...  [<ffffffff81234567>] f+0x10/0x20
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_FRAME_TEXT_H_
#define LOCKDEP_KERNEL_FRAME_TEXT_H_

#include <optional>
#include <string_view>

#include "lockdep/kernel/kernel_report.h"

namespace lockdep::kernel {

// Nothing where `text` is not certainly a frame.
std::optional<TraceFrame> ParseFrame(std::string_view text);

// A frame without offset, as people write them by hand: a single name.
std::optional<TraceFrame> ParseBareFrame(std::string_view text);

// What stands behind "at:": as a frame, but anything is taken.
TraceFrame ParsePlace(std::string_view text);

// "f.part.0", "f.isra.12", "f.constprop.3", "f.cold" as "f".
std::string_view WithoutClone(std::string_view function);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_FRAME_TEXT_H_
