#include "lockdep/explore/fiber.h"

#include <cxxabi.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/context/detail/fcontext.hpp>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "lockdep/check.h"
#include "lockdep/own_mutex.h"  // LOCKDEP_TSAN

#if defined(__SANITIZE_ADDRESS__)
#define LOCKDEP_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOCKDEP_ASAN 1
#endif
#endif

#ifdef LOCKDEP_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif

namespace lockdep::explore {

namespace context = boost::context::detail;

// The memory of a stack, and what the sanitizers keep for it.
struct FiberStack {
  char* mapping = nullptr;
  std::size_t mapping_bytes = 0;
  char* bottom = nullptr;
  std::size_t bytes = 0;
  void* asan_fake_stack = nullptr;
  void* tsan_fiber = nullptr;

  explicit FiberStack(std::size_t wanted_bytes) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    bytes = (wanted_bytes + page - 1) / page * page;
    mapping_bytes = bytes + page;
    void* memory = mmap(nullptr, mapping_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    LOCKDEP_CHECK(memory != MAP_FAILED);
    mapping = static_cast<char*>(memory);
    // Growing past the end is a fault, not a write into something else.
    LOCKDEP_CHECK(mprotect(mapping, page, PROT_NONE) == 0);
    bottom = mapping + page;
  }
  ~FiberStack() {
    ForgetFrames();
    munmap(mapping, mapping_bytes);
  }
  FiberStack(const FiberStack&) = delete;
  FiberStack& operator=(const FiberStack&) = delete;

  // Frames that were never left would otherwise still be poisoned, or on the shadow stack.
  void ForgetFrames() {
#ifdef LOCKDEP_ASAN
    __asan_unpoison_memory_region(bottom, bytes);
#endif
#ifdef LOCKDEP_TSAN
    if (tsan_fiber != nullptr) __tsan_destroy_fiber(std::exchange(tsan_fiber, nullptr));
#endif
  }
};

namespace {

// Kept per thread: mapping a stack anew for each fiber would cost more than running it.
std::vector<std::unique_ptr<FiberStack>>& FreeStacks() {
  static thread_local std::vector<std::unique_ptr<FiberStack>> stacks;
  return stacks;
}

FiberStack* TakeStack(std::size_t bytes) {
  std::vector<std::unique_ptr<FiberStack>>& free = FreeStacks();
  for (auto it = free.rbegin(); it != free.rend(); ++it) {
    if ((*it)->bytes < bytes || (*it)->bytes > 2 * bytes + (64U << 10)) continue;
    FiberStack* stack = it->release();
    free.erase(std::next(it).base());
    return stack;
  }
  return new FiberStack(bytes);
}

void GiveBack(FiberStack* stack) { FreeStacks().emplace_back(stack); }

}  // namespace

// Not instrumented: its frame is never left, and would stay on ThreadSanitizer's shadow stack.
struct FiberEntry {
  __attribute__((no_sanitize("thread"))) static void Run(context::transfer_t from) {
    Fiber& fiber = *static_cast<Fiber*>(from.data);
    fiber.home_ = from.fctx;
#ifdef LOCKDEP_ASAN
    __sanitizer_finish_switch_fiber(fiber.stack_->asan_fake_stack, &fiber.home_bottom_, &fiber.home_size_);
#endif
    fiber.entry_(fiber.argument_);
    fiber.ended_ = true;
    fiber.SwitchOut();
  }
};

void Fiber::Start(void (*entry)(void*), void* argument, std::size_t stack_bytes) {
  LOCKDEP_CHECK(!alive());
  stack_ = TakeStack(stack_bytes);
  entry_ = entry;
  argument_ = argument;
  ended_ = false;
  exceptions_ = {};
  context_ = context::make_fcontext(stack_->bottom + stack_->bytes, stack_->bytes, &FiberEntry::Run);
#ifdef LOCKDEP_TSAN
  if (stack_->tsan_fiber == nullptr) stack_->tsan_fiber = __tsan_create_fiber(0);
#endif
}

// What the C++ runtime keeps for a thread: exceptions that are being handled or on their way.
// Source: Itanium C++ ABI, 2.2.2 (__cxa_eh_globals).
void Fiber::ExchangeExceptions() {
  static_assert(sizeof(Exceptions) == 2 * sizeof(void*));
  Exceptions now;
  void* globals = abi::__cxa_get_globals();
  std::memcpy(&now, globals, sizeof now);
  std::memcpy(globals, &exceptions_, sizeof now);
  exceptions_ = now;
}

__attribute__((no_sanitize("thread"))) void Fiber::Resume() {
  ExchangeExceptions();
#ifdef LOCKDEP_ASAN
  // What an abandoned fiber owns is lost by design: no leak to report.
  __lsan_disable();
  __sanitizer_start_switch_fiber(&home_fake_stack_, stack_->bottom, stack_->bytes);
#endif
#ifdef LOCKDEP_TSAN
  home_tsan_fiber_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(stack_->tsan_fiber, 0);
#endif
  context_ = context::jump_fcontext(context_, this).fctx;
#ifdef LOCKDEP_ASAN
  __sanitizer_finish_switch_fiber(home_fake_stack_, nullptr, nullptr);
  __lsan_enable();
#endif
  ExchangeExceptions();
  if (ended_) GiveBack(std::exchange(stack_, nullptr));
}

__attribute__((no_sanitize("thread"))) void Fiber::SwitchOut() {
#ifdef LOCKDEP_ASAN
  __sanitizer_start_switch_fiber(&stack_->asan_fake_stack, home_bottom_, home_size_);
#endif
#ifdef LOCKDEP_TSAN
  __tsan_switch_to_fiber(home_tsan_fiber_, 0);
#endif
  home_ = context::jump_fcontext(home_, nullptr).fctx;
#ifdef LOCKDEP_ASAN
  __sanitizer_finish_switch_fiber(stack_->asan_fake_stack, &home_bottom_, &home_size_);
#endif
}

void Fiber::Suspend() { SwitchOut(); }

void Fiber::Abandon() {
  if (!alive()) return;
  stack_->ForgetFrames();
  GiveBack(std::exchange(stack_, nullptr));
}

}  // namespace lockdep::explore
