#include "lockdep/preload/cold_section.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace lockdep::preload {
namespace {

using Word = std::atomic<std::uint32_t>;
constinit Word recorder_lock{0};
constinit Word loader_look{0};
constinit std::atomic<int> loader_looker{0};  // the thread that has it

long Futex(Word& word, int operation, std::uint32_t value) {
#if defined(__x86_64__)
  // Not by syscall(), which counts the program's own.
  long result = SYS_futex;
  register void* timeout asm("r10") = nullptr;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(&word), "S"(operation | FUTEX_PRIVATE_FLAG), "d"(value), "r"(timeout)
               : "rcx", "r11", "memory");
  return result;
#else
  return syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
#endif
}

void Take(Word& word) {
  std::uint32_t state = 0;
  if (word.compare_exchange_strong(state, 1, std::memory_order_acquire)) return;
  while (word.exchange(2, std::memory_order_acquire) != 0) Futex(word, FUTEX_WAIT, 2);
}

void Return(Word& word) {
  if (word.exchange(0, std::memory_order_release) == 2) Futex(word, FUTEX_WAKE, 1);
}

}  // namespace

void TakeRecorderLock() { Take(recorder_lock); }
void ReturnRecorderLock() { Return(recorder_lock); }

bool TakeLoaderLook() {
  const int self = static_cast<int>(syscall(SYS_gettid));
  if (loader_looker.load(std::memory_order_relaxed) == self) return false;
  const int saved = errno;
  Take(loader_look);
  errno = saved;
  loader_looker.store(self, std::memory_order_relaxed);
  return true;
}

void ReturnLoaderLook() {
  loader_looker.store(0, std::memory_order_relaxed);
  Return(loader_look);
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
