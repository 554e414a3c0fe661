// What somebody knows about a kernel and no log shows, as rules in a file:
//
//   # comment, at the start of a line
//   source Linux 5.3, drivers/base/memory.c, state_store(): lock_device_hotplug_sysfs()
//   function state_store trylocks device_hotplug_lock
//   function remove_memory holds device_hotplug_lock since 4.20
//   lock device_hotplug_lock one exclusive
//
// `function F trylocks G` (or `holds`): whenever F is on the stack of a request for a lock of the cycle, its
// task holds G, and got it by a trylock (or by a blocking call) before the request.  `function F only-tries G`: G
// is a lock made by hand whose trylock is annotated like a blocking call; F goes on without it.  `lock G one`: all
// locks of that class name are one object; `exclusive`: it is never taken for reading.  Behind either, `since 4.20` and
// `before 5.3` say for which kernels; such a rule is passed over where a report shows no version.  Each rule
// rests on the `source` line above it; one without is an error.  A class name stands for all its "#N".
//
// A verdict that rests on rules has strength `declared`, and cites the sources.
//
// Thread-safe: plain data.
#ifndef LOCKDEP_KERNEL_KNOW_RULES_H_
#define LOCKDEP_KERNEL_KNOW_RULES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "lockdep/acquisition.h"
#include "lockdep/kernel/usage_string.h"

namespace lockdep::kernel {

// For which kernels a rule holds: [since, before).
struct VersionRange {
  std::optional<KernelVersion> since, before;

  bool Holds(std::string_view version) const;
};

struct HoldsRule {
  std::string function;
  std::string lock;
  Kind kind = Kind::kBlocking;
  bool only_tries = false;  // not held for certain: the annotation says more than happens
  VersionRange kernels;
  std::string source;
};

struct LockRule {
  std::string lock;
  bool one = false;
  bool exclusive = false;
  VersionRange kernels;
  std::string source;
};

struct KnowRules {
  std::vector<HoldsRule> holds;
  std::vector<LockRule> locks;

  // The rule about that class in that kernel; null if there is none.
  const LockRule* Find(std::string_view lock, std::string_view version) const;
};

// Adds the rules of a file to `rules`; `file` names it in errors: "file:3:10: ...".
absl::Status ParseRules(std::string_view text, const std::string& file, KnowRules& rules);

// Is `name`, as a report prints it, the class `lock` of a rule?
bool IsClass(std::string_view name, std::string_view lock);

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_KNOW_RULES_H_
