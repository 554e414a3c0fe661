#include "lockdep/preload/signals.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "lockdep/preload/cold_section.h"
#include "lockdep/preload/recorder.h"
#include "lockdep/preload/records.h"

namespace lockdep::preload {

constinit std::atomic<std::uint64_t> handled_signals{0};

namespace {

std::uint64_t OpenNow() {
  const int saved = errno;
  std::uint64_t blocked = 0;
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, nullptr, &blocked, sizeof blocked);
  errno = saved;
  return ~blocked & HandledSignals();
}

void Reseed(ThreadBlock& block) {
  const std::uint32_t signal = block.handler_count == 0 ? 0 : block.handlers[block.handler_count - 1].signal;
  block.held.Reseed(MixBits(block.open_signals ^ 0x8ebc6af09c88c6e3ULL, signal + 0xe7037ed1a0b428dbULL));
}

// A handler is there as long as the frame of who called it is.
bool IsLeft(const ThreadBlock::Handler& handler, std::uintptr_t frame, bool on_other_stack) {
  if (handler.on_other_stack != on_other_stack) return handler.on_other_stack;
  return frame >= handler.frame;
}

bool ForgetLeft(ThreadBlock& block, std::uintptr_t frame, bool on_other_stack) {
  const std::uint32_t before = block.handler_count;
  while (block.handler_count != 0 && IsLeft(block.handlers[block.handler_count - 1], frame, on_other_stack)) {
    --block.handler_count;
  }
  return block.handler_count != before;
}

}  // namespace

bool IsOnSignalStack() {
  const int saved = errno;
  stack_t stack{};
  const bool on = sigaltstack(nullptr, &stack) == 0 && (stack.ss_flags & SS_ONSTACK) != 0;
  errno = saved;
  return on;
}

void AddHandledSignal(int signal) {
  const std::uint64_t bit = std::uint64_t{1} << (signal - 1);
  if ((handled_signals.fetch_or(bit, std::memory_order_relaxed) & bit) != 0) return;
  for (ThreadBlock* block = FirstBlock(); block != nullptr; block = block->next) {
    block->held.set_track_first(true);
    block->held.ForgetSteps();
  }
}

void TrackSignals(ThreadBlock& block) {
  block.held.set_track_first(true);
  block.handled_signals = HandledSignals();
  block.open_signals = OpenNow();
  Reseed(block);
}

void OtherSignalsHandled(ThreadBlock& block, const CallPlace& call) {
  block.handled_signals = HandledSignals();
  SignalMaskChanged(block, call);
}

SignalState SignalsNow(ThreadBlock& block, const CallPlace& call) {
  SignalState state;
  if (HandledSignals() == 0) return state;
  state.open = OpenNow();
  if (block.handler_count != 0 && ForgetLeft(block, reinterpret_cast<std::uintptr_t>(call.frame), IsOnSignalStack())) {
    block.open_signals = state.open;
    Reseed(block);
  }
  if (block.handler_count != 0) {
    const ThreadBlock::Handler& handler = block.handlers[block.handler_count - 1];
    state.signal = handler.signal;
    state.held_below = handler.held_below;
  }
  return state;
}

void SignalMaskChanged(ThreadBlock& block, const CallPlace& call) {
  const std::uint64_t before = block.open_signals;
  block.open_signals = OpenNow();
  if (block.open_signals == before) return;
  Reseed(block);
  if ((block.open_signals & ~before) == 0 || block.held.depth() == 0 || block.handler_count != 0) return;
  RecordOpened(block, block.open_signals, call);
}

void ForgetHandlers(ThreadBlock& block) {
  block.handler_count = 0;
  block.open_signals = OpenNow();
  Reseed(block);
}

bool EnterHandler(ThreadBlock& block, int signal, std::uintptr_t frame) {
  const bool on_other_stack = IsOnSignalStack();
  ForgetLeft(block, frame, on_other_stack);
  if (block.handler_count == ThreadBlock::kHandlersMax) return false;
  block.handlers[block.handler_count++] = {static_cast<std::uint32_t>(signal),
                                           static_cast<std::uint32_t>(block.held.depth()), frame, on_other_stack};
  Reseed(block);
  return true;
}

void LeaveHandler(ThreadBlock& block, std::uintptr_t frame) {
  while (block.handler_count != 0) {
    const bool own = block.handlers[--block.handler_count].frame == frame;
    if (own) break;
  }
  block.open_signals = OpenNow();  // the kernel puts it back
  Reseed(block);
}

}  // namespace lockdep::preload
