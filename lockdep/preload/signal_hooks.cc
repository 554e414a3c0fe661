// Handlers of signals, and masks.
//
// A handler of the program is called by ours, which stands in its place; the program gets its own back when it asks.
// Those of faults are left alone: they are no interrupts, and a runtime may have thousands of them in a second.
#include "lockdep/preload/signal_hooks.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "lockdep/preload/environment.h"
#include "lockdep/preload/export.h"
#include "lockdep/preload/process_events.h"
#include "lockdep/preload/real.h"
#include "lockdep/preload/recorder.h"
#include "lockdep/preload/recording_file.h"
#include "lockdep/preload/signals.h"
#include "lockdep/preload/status.h"

namespace lockdep::preload {
namespace {

using Handler = void (*)(int);
constexpr int kSignals = 65;

// The program's own, while ours is in its place.
constinit std::atomic<Handler> handlers[kSignals] = {};

// On which the user wants to be told what all threads hold; 0: none.  The program's handler is called as well, and
// never stands in the kernel: what the program asked for stands here.
constinit int status_signal = 0;
constinit struct sigaction status_action {};

bool IsFunction(Handler handler) {
  return handler != SIG_DFL && handler != SIG_IGN && handler != SIG_ERR && handler != SIG_HOLD;
}

bool IsWatched(int signal) {
  switch (signal) {
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
    case SIGSYS:
    case SIGABRT: return false;
    default: return signal > 0 && signal < kSignals;
  }
}

// Not in the child of a vfork: this memory is its parent's.
bool Watches(int signal) {
  if (!IsWatched(signal) || !StartRecorder()) return false;
  const recording::RecordingHeader* const header = Header();
  return header == nullptr || header->pid == static_cast<std::uint32_t>(getpid());
}

// All three arguments come in registers, whether or not the program wants to be told more than the first.
union AnyHandler {
  Handler simple;
  void (*detailed)(int, siginfo_t*, void*);
};

void OnSignal(int signal, siginfo_t* info, void* context) {
  // One that interrupts the recorder, or a fork, could wait for its own thread.
  if (signal == status_signal && (current_block == nullptr || IsBlock(current_block))) RecordStatus();
  const Handler handler = handlers[signal].load(std::memory_order_acquire);
  if (!IsFunction(handler)) return;
  const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  bool entered = false;
  // One that interrupts the recorder goes on as part of that: what it locks is not seen.
  if (current_block == nullptr || IsBlock(current_block)) {
    if (ThreadBlock* const block = Enter(); block != nullptr) {
      entered = EnterHandler(*block, signal, frame);
      Leave(block);
    }
  }
  AnyHandler{handler}.detailed(signal, info, context);
  if (!entered || !IsBlock(current_block)) return;
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  LeaveHandler(*block, frame);
  Leave(block);
}

Handler Ours() {
  AnyHandler ours{};
  ours.detailed = OnSignal;
  return ours.simple;
}

void ChangedMask(const CallPlace& call) {
  if (HandledSignals() == 0 || !IsBlock(current_block)) return;
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  SignalMaskChanged(*block, call);
  Leave(block);
}

template <class Set>
Handler Install(int signal, Handler handler, Set set) {
  const Handler before = signal > 0 && signal < kSignals ? handlers[signal].load(std::memory_order_acquire) : nullptr;
  if (handler == Ours()) handler = before;  // the program has it from somewhere
  if (!Watches(signal)) {
    const Handler result = set(handler);
    return result == Ours() ? before : result;
  }
  if (signal == status_signal) {
    handlers[signal].store(handler, std::memory_order_release);
    status_action = {};
    status_action.sa_handler = handler;
    return before;
  }
  if (IsFunction(handler)) {
    handlers[signal].store(handler, std::memory_order_release);
    AddHandledSignal(signal);
  }
  const Handler result = set(IsFunction(handler) ? Ours() : handler);
  if (result == SIG_ERR) handlers[signal].store(before, std::memory_order_release);
  return result == Ours() ? before : result;
}

}  // namespace

void InstallStatusSignal() {
  const std::uint64_t given = NumberFromEnvironment("LOCKDEP_STATUS_SIGNAL");
  const int number = given < kSignals ? static_cast<int>(given) : 0;
  if (!IsWatched(number)) return;
  const int saved = errno;
  struct sigaction ours {};
  ours.sa_handler = Ours();
  ours.sa_flags = SA_RESTART;
  if (Real().signal_action(number, &ours, &status_action) == 0) {
    handlers[number].store(status_action.sa_handler, std::memory_order_release);
    status_signal = number;
  }
  errno = saved;
}

LOCKDEP_EXPORT int sigaction(int signal, const struct sigaction* action, struct sigaction* old) noexcept {
  const RealFunctions& real = Real();
  if (!Watches(signal)) {
    const int result = real.signal_action(signal, action, old);
    if (result == 0 && old != nullptr && signal > 0 && signal < kSignals && old->sa_handler == Ours()) {
      old->sa_handler = handlers[signal].load(std::memory_order_acquire);
    }
    return result;
  }
  if (signal == status_signal) {
    const struct sigaction before = status_action;
    if (action != nullptr) {
      status_action = *action;
      handlers[signal].store(action->sa_handler, std::memory_order_release);
    }
    if (old != nullptr) *old = before;
    return 0;
  }
  const Handler before = handlers[signal].load(std::memory_order_acquire);
  struct sigaction own {};
  if (action != nullptr && action->sa_handler == Ours()) {  // the program has it from somewhere
    own = *action;
    own.sa_handler = before;
    action = &own;
  }
  const bool handles = action != nullptr && IsFunction(action->sa_handler);
  struct sigaction ours {};
  if (handles) {
    ours = *action;
    ours.sa_handler = Ours();
    handlers[signal].store(action->sa_handler, std::memory_order_release);
    AddHandledSignal(signal);
  }
  const int result = real.signal_action(signal, handles ? &ours : action, old);
  if (result != 0) {
    if (handles) handlers[signal].store(before, std::memory_order_release);
    return result;
  }
  if (old != nullptr && old->sa_handler == Ours()) old->sa_handler = before;
  return result;
}

LOCKDEP_EXPORT Handler signal(int number, Handler handler) noexcept {
  const RealFunctions& real = Real();
  return Install(number, handler, [&](Handler passed) { return real.signal_simple(number, passed); });
}

LOCKDEP_EXPORT Handler bsd_signal(int number, Handler handler) noexcept {
  const RealFunctions& real = Real();
  return Install(number, handler, [&](Handler passed) { return real.signal_simple(number, passed); });
}

LOCKDEP_EXPORT Handler ssignal(int number, Handler handler) noexcept {
  const RealFunctions& real = Real();
  return Install(number, handler, [&](Handler passed) { return real.signal_simple(number, passed); });
}

LOCKDEP_EXPORT Handler __sysv_signal(int number, Handler handler) noexcept {
  const RealFunctions& real = Real();
  return Install(number, handler, [&](Handler passed) { return real.signal_once(number, passed); });
}

LOCKDEP_EXPORT Handler sysv_signal(int number, Handler handler) noexcept {
  const RealFunctions& real = Real();
  return Install(number, handler, [&](Handler passed) { return real.signal_once(number, passed); });
}

LOCKDEP_EXPORT Handler sigset(int number, Handler handler) noexcept {
  const RealFunctions& real = Real();
  return Install(number, handler, [&](Handler passed) { return real.signal_set(number, passed); });
}

// A jump out of a handler ends it.  (One inside of it does as well, as far as is known here.)

namespace {

void Jumps() {
  if (!IsBlock(current_block) || current_block->handler_count == 0) return;
  ThreadBlock* const block = Enter();
  if (block == nullptr) return;
  ForgetHandlers(*block);
  Leave(block);
}

}  // namespace

LOCKDEP_EXPORT [[gnu::noreturn]] void longjmp(jmp_buf place, int value) {
  Jumps();
  Real().jump(place, value);
  __builtin_unreachable();
}

LOCKDEP_EXPORT [[gnu::noreturn]] void _longjmp(jmp_buf place, int value) {
  Jumps();
  Real().jump(place, value);
  __builtin_unreachable();
}

LOCKDEP_EXPORT [[gnu::noreturn]] void siglongjmp(sigjmp_buf place, int value) {
  Jumps();
  Real().jump(place, value);
  __builtin_unreachable();
}

LOCKDEP_EXPORT [[gnu::noreturn]] void __longjmp_chk(jmp_buf place, int value) {
  Jumps();
  Real().jump_checked(place, value);
  __builtin_unreachable();
}

LOCKDEP_EXPORT int pthread_sigmask(int how, const sigset_t* set, sigset_t* old) noexcept {
  const int result = Real().thread_mask(how, set, old);
  if (result == 0 && set != nullptr) ChangedMask(LOCKDEP_CALL_PLACE());
  return result;
}

// Who waits for a signal learns what its sender did before.

LOCKDEP_EXPORT int kill(pid_t process, int signal) noexcept {
  ReleasedSomething();
  return Real().kill_process(process, signal);
}

LOCKDEP_EXPORT int sigqueue(pid_t process, int signal, const union sigval value) noexcept {
  ReleasedSomething();
  return Real().queue_signal(process, signal, value);
}

LOCKDEP_EXPORT int pthread_kill(pthread_t thread, int signal) noexcept {
  ReleasedSomething();
  return Real().kill_thread(thread, signal);
}

LOCKDEP_EXPORT int pthread_sigqueue(pthread_t thread, int signal, const union sigval value) noexcept {
  ReleasedSomething();
  return Real().queue_signal_to_thread(thread, signal, value);
}

// Who sent the signal may have done anything before.  No noexcept here: a cancelled wait unwinds through these.

LOCKDEP_EXPORT int sigwait(const sigset_t* set, int* signal) {
  const int result = Real().signal_wait(set, signal);
  ObservedSomething();
  return result;
}

LOCKDEP_EXPORT int sigwaitinfo(const sigset_t* set, siginfo_t* info) {
  const int result = Real().signal_wait_info(set, info);
  ObservedSomething();
  return result;
}

LOCKDEP_EXPORT int sigtimedwait(const sigset_t* set, siginfo_t* info, const timespec* time) {
  const int result = Real().signal_wait_timed(set, info, time);
  ObservedSomething();
  return result;
}

LOCKDEP_EXPORT int sigsuspend(const sigset_t* set) {
  const int result = Real().signal_suspend(set);
  ObservedSomething();
  return result;
}

// With a mask, they wait for the signals that it lets through.

LOCKDEP_EXPORT int pselect(int count, fd_set* read, fd_set* write, fd_set* except, const timespec* time,
                           const sigset_t* mask) {
  const int result = Real().select_with_mask(count, read, write, except, time, mask);
  if (mask != nullptr) ObservedSomething();
  return result;
}

LOCKDEP_EXPORT int ppoll(pollfd* files, nfds_t count, const timespec* time, const sigset_t* mask) {
  const int result = Real().poll_with_mask(files, count, time, mask);
  if (mask != nullptr) ObservedSomething();
  return result;
}

// Of programs that are built with _FORTIFY_SOURCE.
LOCKDEP_EXPORT int __ppoll_chk(pollfd* files, nfds_t count, const timespec* time, const sigset_t* mask,
                               std::size_t bytes) {
  const int result = Real().poll_with_mask_checked(files, count, time, mask, bytes);
  if (mask != nullptr) ObservedSomething();
  return result;
}

LOCKDEP_EXPORT int epoll_pwait(int epoll, epoll_event* events, int count, int time_ms, const sigset_t* mask) {
  const int result = Real().epoll_with_mask(epoll, events, count, time_ms, mask);
  if (mask != nullptr) ObservedSomething();
  return result;
}

LOCKDEP_EXPORT int epoll_pwait2(int epoll, epoll_event* events, int count, const timespec* time, const sigset_t* mask) {
  const int result = Real().epoll_with_mask_2(epoll, events, count, time, mask);
  if (mask != nullptr) ObservedSomething();
  return result;
}

LOCKDEP_EXPORT int sigprocmask(int how, const sigset_t* set, sigset_t* old) noexcept {
  const int result = Real().process_mask(how, set, old);
  if (result == 0 && set != nullptr) ChangedMask(LOCKDEP_CALL_PLACE());
  return result;
}

}  // namespace lockdep::preload
