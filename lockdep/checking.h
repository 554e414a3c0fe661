// Whether the wrappers check anything, and the small tools of their fast path.
//
// With LOCKDEP_DISABLED defined every wrapper is its raw primitive: no state, no code, nothing to link.
// The wrappers live in an inline namespace that tells both builds apart, so a function that takes a
// wrapper and was compiled the other way is a link error, not a crash.
//
// Macros:
//   LOCKDEP_CHECKING  the inline namespace, `checked` or `unchecked`
//   LOCKDEP_HOT       on a function of the fast path: inlined into its caller
//   LOCKDEP_SITE()    in a LOCKDEP_HOT function: the place in the program that called it
//   LOCKDEP_CALLER()  in a LOCKDEP_HOT function: the return address of the function that it is inlined
//                     into; 0: not known
#ifndef LOCKDEP_CHECKING_H_
#define LOCKDEP_CHECKING_H_

#include <cstdint>

#ifdef LOCKDEP_DISABLED
#define LOCKDEP_CHECKING unchecked
#else
#define LOCKDEP_CHECKING checked
#endif

// Where the instruction that runs can be asked for, the fast path is inlined even without optimisation, so
// that what it is inlined into is the same function of the program in every build.  Elsewhere a return
// address has to do, and without optimisation that is one of a function that was not inlined.
#if defined(__x86_64__) || defined(__aarch64__)
#define LOCKDEP_KNOWS_PLACE 1
#else
#define LOCKDEP_KNOWS_PLACE 0
#endif

#if LOCKDEP_KNOWS_PLACE || defined(__OPTIMIZE__)
#define LOCKDEP_HOT [[gnu::always_inline]] inline
#else
#define LOCKDEP_HOT [[gnu::noinline]]
#endif

#if defined(LOCKDEP_DISABLED)
#define LOCKDEP_SITE() (::std::uintptr_t{0})
#define LOCKDEP_CALLER() (::std::uintptr_t{0})
#elif LOCKDEP_KNOWS_PLACE
#define LOCKDEP_SITE() (::lockdep::ProgramCounter())
#define LOCKDEP_CALLER() (reinterpret_cast<::std::uintptr_t>(__builtin_return_address(0)))
#else
#define LOCKDEP_SITE() (reinterpret_cast<::std::uintptr_t>(__builtin_return_address(0)) - 1)
#define LOCKDEP_CALLER() (::std::uintptr_t{0})
#endif

namespace lockdep {

#if LOCKDEP_KNOWS_PLACE
// Where the function into which this is inlined is just now.  Volatile, so that two uses are not made one.
// Behind the first byte of an instruction and before its last, so that it means the same whether it
// is read as the address of an instruction or, one too far, as a return address.
[[gnu::always_inline]] inline std::uintptr_t ProgramCounter() {
  std::uintptr_t pc;
#if defined(__x86_64__)
  asm volatile("lea -3(%%rip), %0" : "=r"(pc));
#else
  asm volatile("adr %0, . + 2" : "=r"(pc));
#endif
  return pc;
}
#endif

// Behind a call, keeps it from being made a jump, so that who walks the stack finds the caller's frame.
[[gnu::always_inline]] inline void StayOnTheStack() { asm volatile("" ::: "memory"); }

}  // namespace lockdep

#endif  // LOCKDEP_CHECKING_H_
