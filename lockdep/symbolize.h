// Turns the code addresses of a finding into functions, files and lines.
//
// With libdw (found at build time) every inlined call is a frame of its own, with file and line
// from the debug information; without it, or for a module without debug information, a frame is the
// nearest symbol, and else "module+0xoffset".  Addresses are those of the calling process; modules
// loaded later are found too.
//
// Slow: the first address of a module reads its debug information (tens of milliseconds for a
// program of some megabytes).  Results are kept for the life of the process, a few hundred bytes
// per distinct address.
//
// Thread-safe.  Must not be called while the graph mutex is held.
#ifndef LOCKDEP_SYMBOLIZE_H_
#define LOCKDEP_SYMBOLIZE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lockdep/demangle.h"  // IWYU pragma: export
#include "lockdep/finding.h"

namespace lockdep {

// Fills `stack` from `pcs`, and file, line and function from the first frame that is not one of
// ours (FirstCallerFrame).  pcs[0] is taken as the address of an instruction, the others as return
// addresses.  A place that has no pcs, or has a stack, stays as it is.
void Symbolize(Place& place);
// Every place of the finding.  Sets the fingerprint anew: a weak one is made of function names.
void Symbolize(Finding& finding);

// The same with the addresses of another process.  The source gives at least one frame.
using FrameSource = std::function<std::vector<StackFrame>(std::uintptr_t)>;
void Symbolize(Place& place, const FrameSource& frames_at);
void Symbolize(Finding& finding, const FrameSource& frames_at);

// The functions at one address, innermost first: at least one frame.
std::vector<StackFrame> FramesAt(std::uintptr_t pc);

// Functions whose names begin with `prefix` are wrappers of a caller's own: Symbolize passes them over, too.
void PassOver(std::string prefix);

// The index of the first frame that tells a reader something: wrappers, the validator itself and the
// standard library's lock functions at the top are passed over.  If there is no other frame, the last
// one: the outermost guard.  (What a held lock was taken by is known up to the caller of the function that
// the wrapper was inlined into; std::lock and, without optimisation, std::unique_lock lie deeper.)
std::size_t FirstCallerFrame(const std::vector<StackFrame>& stack);

}  // namespace lockdep

#endif  // LOCKDEP_SYMBOLIZE_H_
