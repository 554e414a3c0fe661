#include "lockdep/kernel/primitives.h"

#include <algorithm>

#include "lockdep/kernel/frame_text.h"
#include "lockdep/kernel/text.h"

namespace lockdep::kernel {
namespace {

constexpr std::string_view kValidator[] = {"dump_stack",
                                           "dump_stack_lvl",
                                           "__dump_stack",
                                           "show_stack",
                                           "show_trace",
                                           "print_circular_bug",
                                           "print_circular_bug_tail",
                                           "print_deadlock_bug",
                                           "check_noncircular",
                                           "check_deadlock",
                                           "check_deadlock_current",
                                           "check_prev_add",
                                           "check_prevs_add",
                                           "validate_chain",
                                           "__lock_acquire",
                                           "lock_acquire",
                                           "mark_lock",
                                           "mark_lock_irq",
                                           "mark_usage",
                                           "print_usage_bug",
                                           "valid_state",
                                           "check_usage",
                                           "check_irq_usage",
                                           "print_bad_irq_dependency",
                                           "print_irq_inversion_bug",
                                           "check_usage_forwards",
                                           "check_usage_backwards",
                                           "lock_sync",
                                           "unwind_backtrace",
                                           "dump_backtrace",
                                           "save_stack_trace",
                                           "stack_trace_save",
                                           "lock_release",
                                           "__lock_release",
                                           "print_unlock_imbalance_bug",
                                           "print_unlock_inbalance_bug",
                                           "lock_release_non_nested",
                                           "print_lock_invalid_wait_context",
                                           "check_wait_context",
                                           "add_lock_to_list",
                                           "save_trace"};

struct Known {
  std::string_view name;  // the function, or the beginning of its name if it ends with '*'
  Primitive primitive;
};

constexpr Primitive Exclusive(LockType type) { return {Mode::kExclusive, Kind::kBlocking, type, false}; }
constexpr Primitive Shared(LockType type) { return {Mode::kShared, Kind::kBlocking, type, false}; }
constexpr Primitive Try(Mode mode, LockType type) { return {mode, Kind::kTrylock, type, false}; }

// The first match counts.
constexpr Known kKnown[] = {
    {"mutex_trylock*", Try(Mode::kExclusive, LockType::kMutex)},
    {"__mutex_trylock*", Try(Mode::kExclusive, LockType::kMutex)},
    {"mutex_lock*", Exclusive(LockType::kMutex)},
    {"__mutex_lock*", Exclusive(LockType::kMutex)},
    {"ww_mutex_lock*", Exclusive(LockType::kMutex)},
    {"__ww_mutex_lock*", Exclusive(LockType::kMutex)},
    {"rt_mutex_lock*", Exclusive(LockType::kMutex)},
    {"_raw_spin_trylock*", Try(Mode::kExclusive, LockType::kSpinLock)},
    {"_spin_trylock*", Try(Mode::kExclusive, LockType::kSpinLock)},
    {"_raw_spin_lock*", Exclusive(LockType::kSpinLock)},
    {"__raw_spin_lock*", Exclusive(LockType::kSpinLock)},
    {"_spin_lock*", Exclusive(LockType::kSpinLock)},
    {"rt_spin_lock*", Exclusive(LockType::kSpinLock)},
    // Not recursive where the lock is queued and no interrupt runs; the trace does not tell.
    {"_raw_read_lock*", Shared(LockType::kRwLock)},
    {"__raw_read_lock*", Shared(LockType::kRwLock)},
    {"_read_lock*", Shared(LockType::kRwLock)},
    {"_raw_write_lock*", Exclusive(LockType::kRwLock)},
    {"__raw_write_lock*", Exclusive(LockType::kRwLock)},
    {"_write_lock*", Exclusive(LockType::kRwLock)},
    {"down_read_trylock*", Try(Mode::kShared, LockType::kRwSem)},
    {"down_write_trylock*", Try(Mode::kExclusive, LockType::kRwSem)},
    {"down_read*", Shared(LockType::kRwSem)},
    {"down_write*", Exclusive(LockType::kRwSem)},
    {"percpu_down_read*", Shared(LockType::kPercpuRwSem)},
    {"percpu_down_write*", Exclusive(LockType::kPercpuRwSem)},
    {"__percpu_down_read*", Shared(LockType::kPercpuRwSem)},
    {"cpus_read_trylock", Try(Mode::kShared, LockType::kPercpuRwSem)},
    {"cpus_read_lock", Shared(LockType::kPercpuRwSem)},
    {"cpus_write_lock", Exclusive(LockType::kPercpuRwSem)},
    {"mem_hotplug_begin", Exclusive(LockType::kPercpuRwSem)},
    {"__sb_start_write", Shared(LockType::kPercpuRwSem)},
    {"lock_sock_nested", Exclusive(LockType::kMutex)},
    {"lock_sock_fast", Exclusive(LockType::kMutex)},
    {"__kernfs_remove", Exclusive(LockType::kPseudo)},
    {"kernfs_drain", Exclusive(LockType::kPseudo)},
    {"sysfs_deactivate", Exclusive(LockType::kPseudo)},
    {"sysfs_addrm_finish", Exclusive(LockType::kPseudo)},
    {"kernfs_get_active*", Try(Mode::kShared, LockType::kPseudo)},
    {"sysfs_get_active*", Try(Mode::kShared, LockType::kPseudo)},
    {"fs_reclaim_acquire", Exclusive(LockType::kPseudo)},
    {"__fs_reclaim_acquire", Exclusive(LockType::kPseudo)},
    {"process_one_work", Exclusive(LockType::kPseudo)},
    {"process_scheduled_works", Exclusive(LockType::kPseudo)},
    {"flush_workqueue", Exclusive(LockType::kPseudo)},
    {"__flush_workqueue", Exclusive(LockType::kPseudo)},
    {"flush_work", Exclusive(LockType::kPseudo)},
    {"__flush_work", Exclusive(LockType::kPseudo)},
    {"synchronize_srcu*", {Mode::kExclusive, Kind::kBlocking, LockType::kSrcu, true}},
    {"__synchronize_srcu", {Mode::kExclusive, Kind::kBlocking, LockType::kSrcu, true}},
    {"wait_for_completion*", Exclusive(LockType::kCompletion)},
    {"__wait_for_common", Exclusive(LockType::kCompletion)},
};

bool IsValidator(std::string_view function) {
  return std::find(std::begin(kValidator), std::end(kValidator), WithoutClone(function)) != std::end(kValidator);
}

bool Is(std::string_view function, std::string_view name) {
  if (name.ends_with("*")) return function.starts_with(name.substr(0, name.size() - 1));
  return function == name;
}

}  // namespace

std::optional<Primitive> PrimitiveOf(std::string_view function) {
  function = WithoutClone(function);
  for (const Known& known : kKnown) {
    if (Is(function, known.name)) return known.primitive;
  }
  return std::nullopt;
}

std::size_t FirstOutsideValidator(const Trace& trace) {
  std::size_t i = 0;
  while (i < trace.size() && (trace[i].uncertain || IsValidator(trace[i].function))) ++i;
  return i;
}

std::optional<Primitive> PrimitiveOf(const Trace& trace) {
  std::size_t i = FirstOutsideValidator(trace);
  std::optional<Primitive> found;
  // The outermost of them is what the caller asked for: "down_read" above "__down_read_common".
  for (; i < trace.size(); ++i) {
    if (trace[i].uncertain) continue;
    const std::optional<Primitive> each = PrimitiveOf(trace[i].function);
    if (!each) break;
    found = each;
    if (each->type == LockType::kPseudo) break;  // what calls it may be a lock of its own
  }
  return found;
}

std::size_t CallSite(const Trace& trace) {
  std::size_t i = FirstOutsideValidator(trace);
  while (i < trace.size() && (trace[i].uncertain || PrimitiveOf(trace[i].function))) ++i;
  return i;
}

}  // namespace lockdep::kernel
