#undef LOCKDEP_DISABLED  // the library itself always checks
#include "lockdep/this_thread.h"

#include <limits.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "lockdep/check.h"
#include "lockdep/own_mutex.h"  // LOCKDEP_TSAN
#include "lockdep/runtime.h"
#include "lockdep/scheduler.h"
#include "lockdep/thread.h"
#include "lockdep/thread_slot.h"

namespace lockdep {

constinit thread_local std::atomic<ThreadState*> current_thread [[gnu::tls_model("initial-exec")]] = nullptr;
constinit thread_local Scheduler* current_scheduler [[gnu::tls_model("initial-exec")]] = nullptr;

namespace {

constinit thread_local ThreadSlot this_slot [[gnu::tls_model("initial-exec")]];

// The C library runs the destructors of thread-specific values in this many rounds.  Ours asks for
// another round until the last, so that the locks of other destructors are still seen.
// ThreadSanitizer does the same and ends its own thread in the last round, so it goes second to last.
#ifdef LOCKDEP_TSAN
constexpr int kLastRound = PTHREAD_DESTRUCTOR_ITERATIONS - 1;
#else
constexpr int kLastRound = PTHREAD_DESTRUCTOR_ITERATIONS;
#endif

// A handler's context on top needs a frame, without allocation; deeper nesting goes unseen.
constexpr std::size_t kContextsMax = 8;

bool IsMainThread() { return syscall(SYS_gettid) == getpid(); }

void ReplayInHandler(Validator& validator, const ThreadState& state, const HandlerLog::Event& event) {
  // A state of its own: what was held in the handler has nothing to do with what is held now.
  ThreadState* handler = validator.StartThread(state.role, state.name, ThreadOrigin::Unknown());
  validator.EnterContext(*handler, Context::kSignal);
  for (std::size_t i = 0; i < event.held; ++i) {
    handler->held.Push(event.locks[i], handler->held.KeyOf(event.locks[i]));
  }
  const Request& last = event.locks[event.held];
  if (event.what == HandlerLog::What::kHeldAtEnd) {
    handler->held.Push(last, handler->held.KeyOf(last));
  } else {
    validator.NewChain(*handler, last, handler->held.KeyOf(last), {last.site});
    while (handler->held.depth() > 0) handler->held.PopTop();
  }
  validator.LeaveContext(*handler, last.site);
  validator.EndThread(handler, last.site);
}

void HandOver(ThreadSlot& slot) {
  CallValidator([&slot](Validator& validator, ThreadState& state) {
    for (const HandlerLog::Event& event : slot.handler_log->Take()) {
      if (event.what == HandlerLog::What::kRelease) {
        validator.Release(state, event.locks[0].lock, event.locks[0].site);
      } else {
        ReplayInHandler(validator, state, event);
      }
    }
  });
}

void EndThisThread(ThreadSlot& slot) {
  if (!slot.handler_log->empty()) HandOver(slot);
  current_thread.store(BusyMark(), std::memory_order_relaxed);
  Process& process = Process::Get();
  if (process.usable()) {
    const GateSection gate(slot);
    ThreadOrigin origin = process.validator().EndThread(slot.state, 0);
    if (slot.life != nullptr) (*slot.life)->end = std::move(origin);
    if (slot.claimed_role != 0) process.ReturnSingleRole(slot.claimed_role);
  }
  slot.state = nullptr;
  slot.phase = ThreadSlot::Phase::kEnded;
  current_thread.store(nullptr, std::memory_order_relaxed);
  DeliverFindings(slot);
  delete std::exchange(slot.findings, nullptr);
  delete std::exchange(slot.handler_log, nullptr);
  delete std::exchange(slot.life, nullptr);
}

// The destructor of our thread-specific value.
void AtThreadEnd(void* value) {
  ThreadSlot& slot = *static_cast<ThreadSlot*>(value);
  if (++slot.rounds_of_destructors < kLastRound) {
    pthread_setspecific(Process::Get().thread_end_key(), &slot);
  } else {
    EndThisThread(slot);
  }
}

}  // namespace

void HandlerLog::Add(What what, const HeldLocks& held, std::size_t from, std::size_t to, const Request& last) {
  if (taking_ || count_ == kEventsMax || to - from > kDepthMax) {
    Process::CountLostEvent();
    return;
  }
  Event& event = events_[count_++];
  event.what = what;
  event.held = static_cast<std::uint8_t>(to - from);
  for (std::size_t i = from; i < to; ++i) {
    const HeldLock& lock = held.entry(i);
    event.locks[i - from] = lock.request();
  }
  event.locks[event.held] = last;
}

std::vector<HandlerLog::Event> HandlerLog::Take() {
  taking_ = true;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::vector<Event> events(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(count_));
  count_ = 0;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  taking_ = false;
  return events;
}

void UnseenLocks::Add(const LockMap* lock) {
  const std::uint32_t at = count_;
  count_ = at + 1;  // first: a handler that comes now uses the next place
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (at < kLocksMax) locks_[at] = lock;
}

bool UnseenLocks::Contains(const LockMap* lock) const {
  const auto end = locks_.begin() + std::min(count_, kLocksMax);
  return std::find(locks_.begin(), end, lock) != end;
}

bool UnseenLocks::Remove(const LockMap* lock) {
  const auto end = locks_.begin() + std::min(count_, kLocksMax);
  const auto at = std::find(locks_.begin(), end, lock);
  if (at == end && count_ <= kLocksMax) return false;
  if (at != end && count_ <= kLocksMax) *at = *(end - 1);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  --count_;
  return true;
}

ThreadSlot& ThisSlot() { return this_slot; }

ThreadState* StartThisThread(RoleId role, const std::string& name, const ThreadOrigin& origin) {
  ThreadSlot& slot = this_slot;
  current_thread.store(BusyMark(), std::memory_order_relaxed);
  Process& process = Process::Get();
  slot.findings = new std::vector<Finding>;
  slot.handler_log = new HandlerLog;
  {
    const GateSection gate(slot);
    slot.state = process.validator().StartThread(role, name, origin);
  }
  slot.state->contexts.reserve(kContextsMax);
  pthread_setspecific(process.thread_end_key(), &slot);
  slot.phase = ThreadSlot::Phase::kLive;
  current_thread.store(slot.state, std::memory_order_relaxed);
  return slot.state;
}

ThreadState* ThisThread() {
  ThreadState* thread = current_thread.load(std::memory_order_relaxed);
  if (IsState(thread)) return thread;
  if (IsExplored(thread)) return nullptr;
  ThreadSlot& slot = this_slot;
  const bool in_handler = slot.signal_depth > 0;
  if (thread == BusyMark() || slot.phase == ThreadSlot::Phase::kEnded || in_handler || !Process::Get().usable()) {
    Process::CountLostEvent();
    return nullptr;
  }
  if (slot.phase == ThreadSlot::Phase::kLive) {
    HandOver(slot);
    return slot.state;
  }
  Process& process = Process::Get();
  const std::uint32_t number = process.NextThreadNumber();
  if (IsMainThread()) return StartThisThread(process.main_role(), "main", {});
  return StartThisThread(process.foreign_role(), "thread " + std::to_string(number), ThreadOrigin::Unknown());
}

void DeliverFindings(ThreadSlot& slot) {
  if (slot.delivering) return;
  slot.delivering = true;
  while (!slot.findings->empty()) {
    const std::vector<Finding> findings = std::exchange(*slot.findings, {});
    for (const Finding& finding : findings) Process::Get().Deliver(finding);
  }
  slot.delivering = false;
}

// --- lockdep/thread.h ----------------------------------------------------------------------------

namespace {

// From "... [with T = X]" (gcc) or "... [T = X]" (clang).
std::string TypeIn(const std::string& function) {
  const std::size_t begin = function.find("T = ");
  const std::size_t end = function.rfind(']');
  if (begin == std::string::npos || end == std::string::npos || end < begin + 4) return function;
  return function.substr(begin + 4, end - begin - 4);
}

}  // namespace

inline namespace LOCKDEP_CHECKING {

RoleId NamedRole(const char* name) {
  const GateSection gate(this_slot);
  return Process::Get().RoleFor(std::string("name ") + name, name);
}

RoleId StartRoutineRole(const char* type, Site creation) {
  const GateSection gate(this_slot);
  const std::string name = TypeIn(type);
  return Process::Get().RoleFor("type " + name + " at " + std::to_string(creation), name);
}

std::shared_ptr<ThreadLife> BirthOfThread() {
  auto life = std::make_shared<ThreadLife>();
  life->start = life->end = ThreadOrigin::Unknown();
  if (ThisThread() == nullptr) return life;
  CallValidator([&](Validator& validator, ThreadState& state) { life->start = validator.Create(state); });
  return life;
}

void BeginThread(RoleId role, std::shared_ptr<ThreadLife> life) {
  if (this_slot.phase != ThreadSlot::Phase::kNew) return;  // a destructor or TLS constructor was first
  StartThisThread(role, "thread " + std::to_string(Process::Get().NextThreadNumber()), life->start);
  this_slot.life = new std::shared_ptr<ThreadLife>(std::move(life));
}

void NoteJoin(RoleId role, Site site) {
  if (role == 0 || ThisThread() == nullptr) return;
  CallValidator([&](Validator& validator, ThreadState& state) { validator.Join(state, role, site); });
}

void NoteJoined(const ThreadLife* life) {
  if (life == nullptr || ThisThread() == nullptr) return;
  CallValidator([&](Validator& validator, ThreadState& state) { validator.Joined(state, life->end); });
}

}  // namespace LOCKDEP_CHECKING

// --- lockdep/runtime.h: what concerns one thread -------------------------------------------------

inline namespace LOCKDEP_CHECKING {

void SetThreadRole(std::string_view name, bool single) {
  ThreadState* thread = ThisThread();
  if (thread == nullptr) return;
  if (thread->held.depth() != 0) {
    std::fprintf(stderr, "lockdep: SetThreadRole('%s') by a thread that holds locks\n", std::string(name).c_str());
    std::abort();
  }
  bool refused = false;
  CallValidator([&](Validator& validator, ThreadState& state) {
    ThreadSlot& slot = this_slot;
    Process& process = Process::Get();
    if (slot.claimed_role != 0) process.ReturnSingleRole(std::exchange(slot.claimed_role, 0));
    const std::string role_name(name);
    RoleId role = 0;
    if (single) slot.claimed_role = role = process.ClaimSingleRole(role_name);
    refused = single && role == 0;
    if (role == 0) role = process.RoleFor("name " + role_name, role_name);
    const std::string thread_name = state.name;
    const ThreadOrigin origin = validator.EndThread(&state, 0);
    slot.state = validator.StartThread(role, thread_name, origin);
    slot.state->contexts.reserve(kContextsMax);
  });
  if (refused) {
    std::fprintf(stderr, "lockdep: two threads at a time have the role '%s', which was declared single\n",
                 std::string(name).c_str());
  }
}

SignalScope::SignalScope() : view_(View::kUnseen) {
  ThreadSlot& slot = this_slot;
  ++slot.signal_depth;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  const ThreadState* thread = current_thread.load(std::memory_order_relaxed);
  if (thread == BusyMark() || IsExplored(thread) || slot.phase != ThreadSlot::Phase::kLive) return;
  ThreadState& state = *slot.state;
  // Room for what a handler may hold, because growing allocates.
  const bool room =
      state.contexts.size() < kContextsMax && state.held.depth() + HandlerLog::kDepthMax + 1 <= HeldLocks::kInlineDepth;
  current_thread.store(BusyMark(), std::memory_order_relaxed);
  if (!room) {
    view_ = View::kHidden;
    return;
  }
  std::atomic_signal_fence(std::memory_order_seq_cst);
  Process::Get().validator().EnterContext(state, Context::kSignal);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  current_thread.store(&state, std::memory_order_relaxed);
  view_ = View::kSeen;
}

SignalScope::~SignalScope() {
  ThreadSlot& slot = this_slot;
  if (view_ == View::kSeen) {
    ThreadState& state = *slot.state;
    current_thread.store(BusyMark(), std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    HeldLocks& held = state.held;
    while (held.depth() > held.context_base()) {
      const std::size_t top = held.depth() - 1;
      const HeldLock& lock = held.entry(top);
      slot.handler_log->Add(HandlerLog::What::kHeldAtEnd, held, held.context_base(), top, lock.request());
      held.PopTop();
    }
    Process::Get().validator().LeaveContext(state, 0);
  }
  --slot.signal_depth;
  if (view_ == View::kUnseen) return;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  // Null sends the thread's next operation to ThisThread, which hands over.  If the handler came in
  // the middle of a fast path, that one stores the state again, and the next slow path hands over.
  const bool hand_over = slot.signal_depth == 0 && !slot.handler_log->empty();
  current_thread.store(hand_over ? nullptr : slot.state, std::memory_order_relaxed);
}

}  // namespace LOCKDEP_CHECKING

pthread_key_t MakeThreadEndKey() {
  pthread_key_t key;
  LOCKDEP_CHECK(pthread_key_create(&key, &AtThreadEnd) == 0);
  return key;
}

}  // namespace lockdep
