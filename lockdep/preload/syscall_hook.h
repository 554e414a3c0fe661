// What syscall_hook.cc counts and what it jumps to; names that its assembler code knows.
//
// Thread-safe.
#ifndef LOCKDEP_PRELOAD_SYSCALL_HOOK_H_
#define LOCKDEP_PRELOAD_SYSCALL_HOOK_H_

#include <cstdint>

extern "C" {

// Atomic.  Calls of syscall() for a futex, in this generation of the process.
extern std::uint64_t lockdep_futex_calls;
// Null until it is known.
extern long (*lockdep_real_syscall)(long, ...);
}

#endif  // LOCKDEP_PRELOAD_SYSCALL_HOOK_H_
