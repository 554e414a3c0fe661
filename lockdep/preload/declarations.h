// What the program declares about locks (lockdep/annotate.h), also about those that were not used yet.
//
// A lock that nobody has used, and that no init function was called for, is not known: of which type it is, only its
// first use tells.  Until then what is declared of its address waits here.
//
// REQUIRES, of all: the recorder's lock is held.
#ifndef LOCKDEP_PRELOAD_DECLARATIONS_H_
#define LOCKDEP_PRELOAD_DECLARATIONS_H_

#include <cstdint>

#include "lockdep/preload/lock_table.h"
#include "lockdep/recording_format.h"

namespace lockdep::preload {

enum class Declared : std::uint8_t { kName, kClass };

// `text` is kept (names.h).
void Declare(Declared what, std::uintptr_t lock, const char* text);
void DeclareOrder(std::uintptr_t outer, std::uintptr_t inner, const recording::Where& where);

// A lock is there: what waited for it is used.
void UseDeclarations(LockSlot& slot);
// Nothing waits for what may come to lie there.
void DropDeclarations(std::uintptr_t begin, std::uintptr_t end);

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_DECLARATIONS_H_
