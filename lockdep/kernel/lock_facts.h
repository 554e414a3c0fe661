// What the text of a report tells about its locks beyond their names: of which type they are, in which mode
// they are held, whether a class is one lock.  Each fact comes with how it is known; what is not known is
// said to be unknown, because a wrong mode would make a wrong verdict.
//
// Thread-safe: no state.
#ifndef LOCKDEP_KERNEL_LOCK_FACTS_H_
#define LOCKDEP_KERNEL_LOCK_FACTS_H_

#include <optional>
#include <string>
#include <string_view>

#include "lockdep/acquisition.h"
#include "lockdep/kernel/kernel_report.h"
#include "lockdep/kernel/primitives.h"

namespace lockdep::kernel {

// The mode of every hold of the class so far, if the usage characters or the primitive say that there was
// only one.  "{+.+.}" was never taken for reading.
std::optional<Mode> OnlyMode(const LockText& lock, std::string_view version);

// The mode of this hold: that of the place where it was taken, else OnlyMode.
std::optional<Mode> HeldMode(const LockText& lock, std::string_view version);

// Of which type, from the primitive, else from the name's form; mutex if nothing tells.
LockType TypeOf(const LockText& lock, const std::optional<Primitive>& primitive);

// Is the class one lock in static memory, so that the same class is the same lock?  It is if the kernel named
// it after a variable and its address lies in the kernel's image or a module.  Kernels before 5.3 print no
// address that could tell.
bool IsOneLock(const LockText& lock, std::string_view version);

// Two lock lines of one report that show the same address.
bool IsSameInstance(const LockText& a, const LockText& b);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_LOCK_FACTS_H_
