#undef LOCKDEP_DISABLED  // the library itself always checks
#include "lockdep/lock_map.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "lockdep/process.h"
#include "lockdep/runtime.h"
#include "lockdep/stack_walk.h"
#include "lockdep/thread_slot.h"

namespace lockdep {
namespace {

bool IsBusy() { return current_thread.load(std::memory_order_relaxed) == BusyMark(); }

[[noreturn]] void DieOfExploredLock() {
  std::fprintf(stderr,
               "lockdep: a lock that was made by explored code is used outside it; explored code must start its "
               "threads as lockdep::Thread and keep its locks to itself\n");
  std::abort();
}

// Removes the held entry without a word, because a finding says more already.
void DropHeld(ThreadState& state, LockId id) {
  if (const int index = state.held.Find(id); index >= 0) state.held.Erase(static_cast<std::size_t>(index));
}

}  // namespace

ThreadState* LockMap::Attach() {
  ThreadState* thread = ThisThread();
  if (thread == nullptr || id() != 0) return thread;
  // Registering allocates, so a handler cannot.
  if (ThisSlot().signal_depth == 0) Register();
  if (id() != 0) return thread;
  Process::CountLostEvent();
  return nullptr;
}

void LockMap::Register() {
  CallValidator([this](Validator& validator, ThreadState&) {
    Process& process = Process::Get();
    LockInfo info;
    if (lock_class_ != nullptr) info.lock_class = process.IdOf(*lock_class_);
    if (name_ != nullptr) info.name = name_;
    info.type = type_;
    info.order = reinterpret_cast<std::uintptr_t>(this);
    info.birth.file = birth_.file;
    info.birth.line = birth_.line;
    info.birth.function = birth_.function;
    process.AddLock(this, identity_, info, LockLabel{name(), birth_},
                    [&](LockId id) { SetIdentity(id, validator.HowFor(id, How{})); });
  });
}

void LockMap::NewChain(ThreadState& thread, LockId lock, How how, LockId nest, Site site, std::uint64_t key) {
  if (lock == kExploredLock) DieOfExploredLock();
  const Request request{lock, how, nest, site};
  const auto caller = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  ThreadSlot& slot = ThisSlot();
  if (slot.signal_depth > 0) {
    const BusySection busy(thread);
    HeldLocks& held = thread.held;
    if (!request.how.unchecked()) {
      slot.handler_log->Add(HandlerLog::What::kChain, held, held.context_base(), held.depth(), request);
    }
    held.Remember(key);
    return;
  }
  if (request.how.unchecked() || Process::Get().validator().ChainIsKnown(key)) {
    const BusySection busy(thread);
    thread.held.Remember(key);
    return;
  }
  // Before any mutex of ours, because walking the stack is slow.
  std::vector<std::uintptr_t> stack = StackFrom(request.site, caller);
  CallValidator(
      [&](Validator& validator, ThreadState& state) { validator.NewChain(state, request, key, std::move(stack)); });
}

void LockMap::NewEpisode(ThreadState&) {
  // In a handler it is left as it is, and told together with what the thread does next.
  if (ThisSlot().signal_depth > 0) return;
  CallValidator([](Validator& validator, ThreadState& state) { validator.NewEpisode(state); });
}

void LockMap::NoteFailure(ThreadState& thread, LockId lock, How how) {
  // What a handler does is no part of an episode, and it may not allocate.
  if (ThisSlot().signal_depth > 0) return;
  const BusySection busy(thread);
  Process::Get().validator().AcquireFailed(thread, {lock, how});
}

bool LockMap::AcquireExplored(How how, Site site, const LockMap* nest) {
  const bool got = current_scheduler->Acquire(*this, how, nest, site);
  StayOnTheStack();
  return got;
}

bool LockMap::DowngradeExplored(Site site) {
  Scheduler* scheduler = CurrentScheduler();
  if (scheduler != nullptr) scheduler->Downgrade(*this, site);
  return scheduler != nullptr;
}

void LockMap::BornExplored() {
  // No number of the validator's, and tracked, so that its use by a real thread is noticed.
  SetIdentity(kExploredLock, How{}.with_tracked());
  current_scheduler->Born(*this);
}

bool LockMap::HoldUnseen() {
  ThreadSlot& slot = ThisSlot();
  if (slot.phase != ThreadSlot::Phase::kEnded) slot.unseen.Add(this);
  return true;
}

bool LockMap::ReleaseOther(Site site) {
  const auto caller = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  if (Scheduler* scheduler = CurrentScheduler()) {
    scheduler->Release(*this, site);
    return false;
  }
  ThreadSlot& slot = ThisSlot();
  if (slot.unseen.Remove(this)) return true;
  if (slot.phase == ThreadSlot::Phase::kLive && (IsBusy() || slot.signal_depth > 0)) {
    ThreadState& state = *slot.state;
    if (!IsBusy() && state.held.Find(id()) >= 0) {
      const BusySection busy(state);
      state.held.Erase(static_cast<std::size_t>(state.held.Find(id())));
    } else {
      Process::CountLostEvent();
      slot.handler_log->Add(HandlerLog::What::kRelease, state.held, 0, 0, Request{id(), {}, 0, site});
    }
    return true;
  }
  ThreadState* thread = Attach();
  if (thread == nullptr) return true;
  if (const int index = thread->held.Find(id()); index >= 0) {
    bool episode_is_new;
    {
      const BusySection busy(*thread);
      thread->held.Erase(static_cast<std::size_t>(index));
      episode_is_new = thread->held.EpisodeIsNew();
    }
    if (episode_is_new) NewEpisode(*thread);
    return true;
  }
  std::vector<std::uintptr_t> stack = StackFrom(site, caller);
  CallValidator(
      [&](Validator& validator, ThreadState& state) { validator.Release(state, id(), site, std::move(stack)); });
  return true;
}

void LockMap::Downgraded(Site site) {
  ThreadSlot& slot = ThisSlot();
  if (slot.unseen.Contains(this)) return;
  ThreadState* thread = Attach();
  if (thread == nullptr) return;
  if (thread->held.Find(id()) >= 0) {
    const BusySection busy(*thread);
    Process::Get().validator().Downgrade(*thread, id(), site);
  } else if (slot.signal_depth == 0) {
    CallValidator([&](Validator& validator, ThreadState& state) { validator.Downgrade(state, id(), site); });
  }
}

void LockMap::NoteWait(LockId event, Site site) {
  ThreadState* thread = current_thread.load(std::memory_order_relaxed);
  if (event == 0 || !IsState(thread) || ThisSlot().signal_depth > 0) return;
  const BusySection busy(*thread);
  Process::Get().validator().CompletionWait(*thread, event, site);
}

void LockMap::NoteLook() {
  ThreadState* thread = current_thread.load(std::memory_order_relaxed);
  if (!IsState(thread) || (thread->past && thread->past->open()) || ThisSlot().signal_depth > 0) return;
  const BusySection busy(*thread);
  Process::Get().validator().Observe(*thread);
}

void LockMap::EndLife(bool locked, Site site) {
  const auto caller = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  const LockId ending = id();
  identity_.store(0, std::memory_order_relaxed);
  if (Scheduler* scheduler = CurrentScheduler()) scheduler->Destroyed(*this, site);
  if (ending == kExploredLock) return;
  ThreadSlot& slot = ThisSlot();
  if (slot.unseen.Remove(this)) locked = false;
  if (IsBusy() || slot.signal_depth > 0) {
    // The registry keeps the address until the next lock there takes it over.
    Process::CountLostEvent();
    return;
  }
  const ThreadState* thread = ThisThread();
  if (thread == nullptr) {
    const GateSection gate(slot);
    Process::Get().RemoveLock(this, ending);
    return;
  }
  const bool mine = thread->held.Find(ending, true) >= 0;
  std::vector<std::uintptr_t> stack;
  if (mine || locked) stack = StackFrom(site, caller);
  CallValidator([&](Validator& validator, ThreadState& state) {
    if (mine || locked) validator.Destroy(state, ending, site, locked && !mine, std::move(stack));
    DropHeld(state, ending);
    Process::Get().RemoveLock(this, ending);
  });
}

void LockMap::Forget(LockId id) {
  std::uint64_t identity = identity_.load(std::memory_order_relaxed);
  if (static_cast<LockId>(identity) == id) identity_.store(0, std::memory_order_relaxed);
}

void LockMap::SetClass(LockClass& lock_class, unsigned subclass, Site site) {
  if (CurrentScheduler() != nullptr) {
    lock_class_ = &lock_class;
    return;
  }
  if (ThisSlot().signal_depth > 0 || Attach() == nullptr) {
    Process::CountLostEvent();
    return;
  }
  CallValidator([&](Validator& validator, ThreadState& state) {
    lock_class_ = &lock_class;
    validator.SetClass(state, id(), Process::Get().IdOf(lock_class), subclass, site);
    SetIdentity(id(), validator.HowFor(id(), How{}));
  });
}

void LockMap::AssertHold(bool held, bool exclusively) const {
  if (Scheduler* scheduler = CurrentScheduler()) {
    scheduler->Assert(*this, held, exclusively, reinterpret_cast<Site>(__builtin_return_address(0)) - 1);
    StayOnTheStack();
    return;
  }
  if (ThisSlot().unseen.Contains(this)) return;
  const ThreadState* thread = ThisThread();
  if (thread == nullptr) return;
  const int index = id() == 0 ? -1 : thread->held.Find(id(), true);
  const bool shared = index >= 0 && IsShared(thread->held.entry(static_cast<std::size_t>(index)).how.mode());
  if (held ? index >= 0 && !(exclusively && shared) : index < 0) return;
  std::string text = "lockdep: '" + LockLabel{name(), birth_}.ToString() + "' is " +
                     (!held    ? "held"
                      : shared ? "held only shared"
                               : "not held") +
                     " by this thread ('" + thread->name + "'), which holds:";
  for (std::size_t i = 0; i < thread->held.depth(); ++i) {
    text += (i == 0 ? " '" : ", '") + Process::Get().LabelOf(thread->held.entry(i).lock) + "'";
  }
  if (thread->held.depth() == 0) text += " nothing";
  std::fprintf(stderr, "%s\n", text.c_str());
  std::abort();
}

inline namespace LOCKDEP_CHECKING {

void MemoryFreed(const void* memory, std::size_t size) {
  const auto site = reinterpret_cast<Site>(__builtin_return_address(0));
  if (Scheduler* scheduler = CurrentScheduler()) {
    scheduler->Forget(memory, size, site);
    return;
  }
  if (ThisSlot().signal_depth > 0 || ThisThread() == nullptr) {
    Process::CountLostEvent();
    return;
  }
  CallValidator([&](Validator& validator, ThreadState& state) {
    for (const auto& [address, id] : Process::Get().RemoveLocksIn(memory, size)) {
      validator.Destroy(state, id, site, false);
      DropHeld(state, id);
      // It stands for the lock until the memory is really gone.
      static_cast<LockMap*>(const_cast<void*>(address))->Forget(id);
    }
  });
}

}  // namespace LOCKDEP_CHECKING

}  // namespace lockdep
