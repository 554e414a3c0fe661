#include "lockdep/kernel/lock_facts.h"

#include <algorithm>

#include "lockdep/kernel/text.h"
#include "lockdep/kernel/usage_string.h"

namespace lockdep::kernel {
namespace {

constexpr KernelVersion kTruePointersFrom{5, 3};

bool IsPseudoName(std::string_view name) {
  for (const std::string_view start : {"(wq_completion)", "(work_completion)", "(complete)", "(completion)", "kn->",
                                       "s_active", "fs_reclaim", "cpuhp_state"}) {
    if (name.starts_with(start)) return true;
  }
  return false;
}

// A name that can only be that of a variable: "rtnl_mutex", "mem_hotplug_lock.rw_sem".
bool IsVariableName(std::string_view name) {
  if (name.empty() || IsDigit(name.front())) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return IsWord(c) || c == '.'; });
}

// The image and the modules of x86-64: the top 2 GiB.
bool IsInImage(std::string_view pointer) {
  return pointer.size() == 16 && pointer.starts_with("ffffffff") && pointer[8] >= '8';
}

}  // namespace

std::optional<Mode> OnlyMode(const LockText& lock, std::string_view version) {
  const std::optional<Usage> usage = DecodeUsage(lock.usage, version);
  if (!usage) return std::nullopt;
  // Only a lock that sleeps is always taken with interrupts enabled, so that each use left its mark.
  if (!usage->hardirq_write.enabled && !usage->hardirq_read.enabled) return std::nullopt;
  if (usage->AnyWrite() && !usage->AnyRead() && usage->hardirq_write.enabled && usage->softirq_write.enabled) {
    return Mode::kExclusive;
  }
  if (usage->AnyRead() && !usage->AnyWrite() && usage->hardirq_read.enabled && usage->softirq_read.enabled) {
    return Mode::kShared;
  }
  return std::nullopt;
}

std::optional<Mode> HeldMode(const LockText& lock, std::string_view version) {
  if (lock.mode) return lock.mode;
  // Active references: kernfs_get_active() reads, and who drains them holds them for no time.
  if (lock.name.starts_with("kn->") || lock.name.starts_with("s_active")) return Mode::kShared;
  if (const auto primitive = PrimitiveOf(lock.at.function)) return primitive->mode;
  return OnlyMode(lock, version);
}

LockType TypeOf(const LockText& lock, const std::optional<Primitive>& primitive) {
  if (IsPseudoName(lock.name)) return LockType::kPseudo;
  if (primitive) return primitive->type;
  if (lock.name.starts_with("cpu_hotplug_lock") || lock.name.starts_with("mem_hotplug_lock"))
    return LockType::kPercpuRwSem;
  if (lock.name.starts_with("rcu_read_lock")) return LockType::kRcu;
  if (lock.wait_inner == 2) return LockType::kSpinLock;
  return LockType::kMutex;
}

bool IsOneLock(const LockText& lock, std::string_view version) {
  const std::optional<KernelVersion> parsed = ParseVersion(version);
  if (!parsed || *parsed < kTruePointersFrom) return false;
  return lock.subclass == 0 && IsVariableName(lock.name) && IsInImage(lock.instance);
}

bool IsSameInstance(const LockText& a, const LockText& b) { return !a.instance.empty() && a.instance == b.instance; }

}  // namespace lockdep::kernel
