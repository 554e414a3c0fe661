#include "lockdep/preload/cold_section.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace lockdep::preload {
namespace {

constinit std::atomic<std::uint32_t> word{0};

long Futex(int operation, std::uint32_t value) {
  return syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

}  // namespace

void TakeRecorderLock() {
  std::uint32_t state = 0;
  if (word.compare_exchange_strong(state, 1, std::memory_order_acquire)) return;
  while (word.exchange(2, std::memory_order_acquire) != 0) Futex(FUTEX_WAIT, 2);
}

void ReturnRecorderLock() {
  if (word.exchange(0, std::memory_order_release) == 2) Futex(FUTEX_WAKE, 1);
}

ColdSection::ColdSection() : errno_(errno) {
  // Faults stay open: blocked, they would end the process without the program's own handler.
  std::uint64_t all = ~std::uint64_t{0};
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) {
    all &= ~(std::uint64_t{1} << (fault - 1));
  }
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &signals_, sizeof all);
  TakeRecorderLock();
}

ColdSection::~ColdSection() {
  ReturnRecorderLock();
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &signals_, nullptr, sizeof signals_);
  errno = errno_;
}

}  // namespace lockdep::preload
