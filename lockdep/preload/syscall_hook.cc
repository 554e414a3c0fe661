// syscall(): how often the program asks the kernel for a futex by itself.
//
// A lock that is made of that is not seen; so it is counted, and no more is done.  What the function does must not
// change in anything, and it may return twice, on other stacks even (clone): so it is no function with a frame but a
// count and a jump, which leaves all registers that arguments are in, and the stack.  The C library itself never comes
// here, and the recorder does not for its own lock.
#include "lockdep/preload/syscall_hook.h"

#if defined(__x86_64__)

#include <sys/syscall.h>

// The number in the code below.
static_assert(SYS_futex == 202);

// Before the function of the C library is known: the same by our own means.
asm(R"(
  .text
  .globl syscall
  .type syscall, @function
  .p2align 4
syscall:
  .cfi_startproc
  endbr64
  cmpq $202, %rdi
  jne 1f
  lock incq lockdep_futex_calls(%rip)
1:
  movq lockdep_real_syscall(%rip), %rax
  testq %rax, %rax
  je 2f
  jmp *%rax
2:
  movq %rdi, %rax
  movq %rsi, %rdi
  movq %rdx, %rsi
  movq %rcx, %rdx
  movq %r8, %r10
  movq %r9, %r8
  movq 8(%rsp), %r9
  syscall
  cmpq $-4095, %rax
  jae 3f
  ret
3:
  negl %eax
  pushq %rax
  .cfi_adjust_cfa_offset 8
  call __errno_location@PLT
  popq %rcx
  .cfi_adjust_cfa_offset -8
  movl %ecx, (%rax)
  movq $-1, %rax
  ret
  .cfi_endproc
  .size syscall, .-syscall
)");

#endif

extern "C" {
constinit std::uint64_t lockdep_futex_calls = 0;
constinit decltype(lockdep_real_syscall) lockdep_real_syscall = nullptr;
}
