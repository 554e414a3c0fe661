#undef LOCKDEP_DISABLED  // the library itself always checks
#include "lockdep/process.h"

#include <errno.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "lockdep/report_text.h"
#include "lockdep/symbolize.h"
#include "lockdep/thread_slot.h"

namespace lockdep {

constinit std::atomic<std::uint64_t> Process::lost_events_{0};

namespace {

ValidatorOptions Options() {
  ValidatorOptions options;
  options.source = program_invocation_short_name;
  options.on_finding = [](const Finding& finding) {
    // The caller is inside the validator's section; the section delivers when it is over.
    if (std::vector<Finding>* findings = ThisSlot().findings) findings->push_back(finding);
  };
  return options;
}

Policy PolicyAtStart() {
  const char* value = std::getenv("LOCKDEP_POLICY");
  if (value == nullptr || std::strcmp(value, "report") == 0) return Policy::kReport;
  if (std::strcmp(value, "abort") == 0) return Policy::kAbort;
  if (std::strcmp(value, "ignore") == 0) return Policy::kIgnore;
  std::fprintf(stderr, "lockdep: LOCKDEP_POLICY is '%s'; it must be report, abort or ignore\n", value);
  // Not exit: the program's static objects are not constructed yet.
  _exit(2);
}

// To standard error in one piece, so that reports of several processes do not mix.
void Print(const Finding& finding) {
  Finding symbolized = finding;
  Symbolize(symbolized);
  TextOptions options;
  options.color = isatty(STDERR_FILENO) != 0;
  const std::string text = FormatText(symbolized, options);
  std::fflush(stderr);
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = write(STDERR_FILENO, text.data() + done, text.size() - done);
    if (written <= 0) return;
    done += static_cast<std::size_t>(written);
  }
}

}  // namespace

std::string LockLabel::ToString() const {
  if (name != nullptr) return name;
  return std::string("lock of ") + birth.function + " at " + birth.file + ":" + std::to_string(birth.line);
}

Process& Process::Get() {
  static Process* const process = new Process;
  return *process;
}

Process::Process() : policy_(PolicyAtStart()), thread_end_key_(MakeThreadEndKey()), validator_(Options()) {
  main_role_ = AddRole("main", true, false);
  foreign_role_ = AddRole("foreign thread", false, false);
}

// Earlier than the constructors of the program, so that handlers of forks registered by it run before
// ours and find the validator working, and so that no lock of theirs is waited for inside the gate.
void Process::Start() {
  Get();
  pthread_atfork(&BeforeFork, &AfterForkInParent, &AfterForkInChild);
}

// --- Forks ---------------------------------------------------------------------------------------

void Process::BeforeFork() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  ThreadSlot& slot = ThisSlot();
  slot.fork_in_section = slot.in_gate;
  if (slot.fork_in_section) return;
  slot.in_gate = true;
  Get().gate_.lock();
}

void Process::AfterForkInParent() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  ThreadSlot& slot = ThisSlot();
  if (slot.fork_in_section) return;
  Get().gate_.unlock();
  slot.in_gate = false;
}

void Process::AfterForkInChild() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  ThreadSlot& slot = ThisSlot();
  if (slot.fork_in_section) {
    // Another thread may have been in the validator too, and it is not here to come out.
    Get().usable_.store(false, std::memory_order_relaxed);
    return;
  }
  AfterForkInParent();
}

// --- Registration --------------------------------------------------------------------------------

ClassId Process::IdOf(LockClass& lock_class) {
  if (lock_class.id() != 0) return lock_class.id();
  const MutexLock guard(registry_mutex_);
  if (lock_class.id() == 0) {
    ClassInfo info;
    info.name = lock_class.name();
    info.no_validate = lock_class.options().no_validate;
    if (const auto compare = lock_class.options().compare) {
      info.compare = [compare](std::uint64_t held, std::uint64_t wanted) {
        return compare(reinterpret_cast<const void*>(held), reinterpret_cast<const void*>(wanted));
      };
    }
    lock_class.set_id(validator_.AddClass(std::move(info)));
  }
  return lock_class.id();
}

void Process::RemoveLock(const void* lock, LockId id) {
  const MutexLock guard(registry_mutex_);
  const auto it = locks_.find(reinterpret_cast<std::uintptr_t>(lock));
  if (it != locks_.end() && it->second.id == id) locks_.erase(it);
}

std::vector<std::pair<const void*, LockId>> Process::RemoveLocksIn(const void* begin, std::size_t size) {
  const auto from = reinterpret_cast<std::uintptr_t>(begin);
  std::vector<std::pair<const void*, LockId>> removed;
  const MutexLock guard(registry_mutex_);
  auto it = locks_.lower_bound(from);
  while (it != locks_.end() && it->first - from < size) {
    removed.emplace_back(reinterpret_cast<const void*>(it->first), it->second.id);
    it = locks_.erase(it);
  }
  return removed;
}

std::string Process::LabelOf(LockId id) {
  const MutexLock guard(registry_mutex_);
  for (const auto& [address, lock] : locks_) {
    if (lock.id == id) return lock.label.ToString();
  }
  return "a lock that was destroyed";
}

const LockMap* Process::LockFrom(std::uintptr_t address) {
  const MutexLock guard(registry_mutex_);
  const auto it = locks_.lower_bound(address);
  return it == locks_.end() ? nullptr : reinterpret_cast<const LockMap*>(it->first);
}

const LockMap* Process::LockOf(LockId id) {
  const MutexLock guard(registry_mutex_);
  for (const auto& [address, lock] : locks_) {
    if (lock.id == id) return reinterpret_cast<const LockMap*>(address);
  }
  return nullptr;
}

RoleId Process::AddRole(const std::string& name, bool single, bool declared_single) {
  RoleInfo info;
  info.name = name;
  info.single = single;
  info.declared_single = declared_single;
  return validator_.AddRole(std::move(info));
}

RoleId Process::RoleFor(const std::string& key, const std::string& name) {
  const MutexLock guard(registry_mutex_);
  const auto [it, is_new] = roles_.try_emplace(key, 0);
  if (is_new) {
    const int number = ++role_names_[name];
    it->second = AddRole(number == 1 ? name : name + " #" + std::to_string(number), false, false);
  }
  return it->second;
}

RoleId Process::ClaimSingleRole(const std::string& name) {
  const MutexLock guard(registry_mutex_);
  const auto [it, is_new] = single_roles_.try_emplace(name);
  if (is_new) it->second = {AddRole(name, true, true), false};
  if (it->second.claimed) return 0;
  it->second.claimed = true;
  return it->second.role;
}

void Process::ReturnSingleRole(RoleId role) {
  const MutexLock guard(registry_mutex_);
  for (auto& [name, single] : single_roles_) {
    if (single.role == role) single.claimed = false;
  }
}

// --- Findings ------------------------------------------------------------------------------------

void Process::SetHandler(std::function<void(const Finding&)> handler) {
  const MutexLock guard(handler_mutex_);
  handler_ = std::move(handler);
}

void Process::Deliver(const Finding& finding) {
  const Policy policy = policy_.load(std::memory_order_relaxed);
  switch (policy) {
    case Policy::kIgnore: return;
    case Policy::kCallback: {
      std::function<void(const Finding&)> handler;
      {
        const GateSection gate(ThisSlot());
        const MutexLock guard(handler_mutex_);
        handler = handler_;
      }
      if (handler) handler(finding);
      return;
    }
    case Policy::kReport: Print(finding); return;
    case Policy::kAbort: Print(finding); std::abort();
  }
}

void Process::FlushLostEvents() {
  if (const std::uint64_t lost = lost_events_.exchange(0, std::memory_order_relaxed)) validator_.NoteLostEvents(lost);
}

// --- lockdep/runtime.h: what concerns the process ------------------------------------------------

inline namespace LOCKDEP_CHECKING {

void SetPolicy(Policy policy) { Process::Get().SetPolicy(policy); }

void SetFindingHandler(std::function<void(const Finding&)> handler) {
  Process& process = Process::Get();
  const GateSection gate(ThisSlot());
  process.SetHandler(std::move(handler));
  process.SetPolicy(Policy::kCallback);
}

Validator& ProcessValidator() { return Process::Get().validator(); }

std::vector<Finding> Findings() {
  ThreadSlot& slot = ThisSlot();
  // What handlers of this thread left behind.
  if (slot.phase == ThreadSlot::Phase::kLive) ThisThread();
  Process& process = Process::Get();
  const GateSection gate(slot);
  process.FlushLostEvents();
  return process.validator().Findings();
}

}  // namespace LOCKDEP_CHECKING

}  // namespace lockdep
