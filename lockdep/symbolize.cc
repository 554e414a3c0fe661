#include "lockdep/symbolize.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "lockdep/debug_info.h"
#include "lockdep/own_mutex.h"

namespace lockdep {
namespace {

// What the dynamic linker knows: an exported symbol, or the offset in the module.
StackFrame DynamicFrame(std::uintptr_t pc) {
  StackFrame frame;
  Dl_info info{};
  char offset[32];
  if (dladdr(reinterpret_cast<void*>(pc), &info) == 0 || info.dli_fname == nullptr) {
    std::snprintf(offset, sizeof offset, "0x%zx", static_cast<std::size_t>(pc));
    frame.function = offset;
  } else if (info.dli_sname != nullptr) {
    frame.function = Demangle(info.dli_sname);
  } else {
    std::snprintf(offset, sizeof offset, "+0x%zx",
                  static_cast<std::size_t>(pc - reinterpret_cast<std::uintptr_t>(info.dli_fbase)));
    frame.function = std::filesystem::path(info.dli_fname).filename().string() + offset;
  }
  return frame;
}

// Frames by address, for the life of the process.
// Thread-safe.
class FrameCache {
 public:
  std::vector<StackFrame> FramesAt(std::uintptr_t pc) {
    const OwnMutexLock lock(mutex_);
    const auto [it, inserted] = frames_.try_emplace(pc);
    if (inserted) it->second = Resolve(pc);
    return it->second;
  }

 private:
  std::vector<StackFrame> Resolve(std::uintptr_t pc) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!debug_info_) debug_info_ = DebugInfo::OfThisProcess();
    std::vector<StackFrame> frames = debug_info_->FramesAt(pc);
    if (frames.empty()) frames.push_back(DynamicFrame(pc));
    return frames;
  }

  OwnMutex mutex_;
  std::unordered_map<std::uintptr_t, std::vector<StackFrame>> frames_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<DebugInfo> debug_info_ ABSL_GUARDED_BY(mutex_);
};

bool StartsWith(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

// Functions of the standard library and of pthread that only pass a lock request on.
bool IsLockFunction(std::string_view function) {
  static constexpr std::array<std::string_view, 25> kPrefixes = {"std::lock_guard<",
                                                                 "std::unique_lock<",
                                                                 "std::scoped_lock<",
                                                                 "std::shared_lock<",
                                                                 "std::lock<",
                                                                 "std::try_lock<",
                                                                 "std::__detail::__lock_impl",
                                                                 "std::__detail::__try_lock_impl",
                                                                 "std::__lock_impl",
                                                                 "std::mutex::",
                                                                 "std::timed_mutex::",
                                                                 "std::recursive_mutex::",
                                                                 "std::recursive_timed_mutex::",
                                                                 "std::__timed_mutex_impl<",
                                                                 "std::shared_mutex::",
                                                                 "std::shared_timed_mutex::",
                                                                 "std::__shared_mutex_pthread::",
                                                                 "std::__glibcxx_rwlock_",
                                                                 "std::condition_variable::",
                                                                 "std::_V2::condition_variable_any::",
                                                                 "std::__condvar::",
                                                                 "__gthread_",
                                                                 "pthread_",
                                                                 "__pthread_",
                                                                 "__interceptor_"};
  for (const std::string_view prefix : kPrefixes) {
    if (StartsWith(function, prefix)) return true;
  }
  return false;
}

// Code of this directory, in the source tree or installed: a file of a directory lockdep/ that is
// not the tests' one.  The namespace alone does not tell, the file alone neither.
bool IsOurs(const StackFrame& frame) {
  if (!StartsWith(frame.function, "lockdep::")) return false;
  if (frame.file.empty()) return true;
  std::filesystem::path directory = std::filesystem::path(frame.file).parent_path();
  if (directory.filename() == "explore") directory = directory.parent_path();
  return directory.filename() == "lockdep" && directory.parent_path().filename() != "tests";
}

// What PassOver was told.
class PassedOver {
 public:
  static PassedOver& Get() {
    static PassedOver* const all = new PassedOver;  // never freed: threads may outlive static objects
    return *all;
  }
  void Add(std::string prefix) {
    OwnMutexLock lock(mutex_);
    if (std::find(prefixes_.begin(), prefixes_.end(), prefix) == prefixes_.end())
      prefixes_.push_back(std::move(prefix));
  }
  bool Has(std::string_view function) {
    OwnMutexLock lock(mutex_);
    return std::any_of(prefixes_.begin(), prefixes_.end(),
                       [&](const std::string& prefix) { return StartsWith(function, prefix); });
  }

 private:
  OwnMutex mutex_;
  std::vector<std::string> prefixes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::vector<StackFrame> FramesAt(std::uintptr_t pc) {
  static FrameCache* const cache = new FrameCache;  // never freed: threads may outlive static objects
  return cache->FramesAt(pc);
}

std::size_t FirstCallerFrame(const std::vector<StackFrame>& stack) {
  for (std::size_t i = 0; i < stack.size(); ++i) {
    const std::string& function = stack[i].function;
    if (!IsOurs(stack[i]) && !IsLockFunction(function) && !PassedOver::Get().Has(function)) return i;
  }
  return stack.empty() ? 0 : stack.size() - 1;
}

void PassOver(std::string prefix) { PassedOver::Get().Add(std::move(prefix)); }

void Symbolize(Place& place, const FrameSource& frames_at) {
  if (place.pcs.empty() || !place.stack.empty()) return;
  for (std::size_t i = 0; i < place.pcs.size(); ++i) {
    // A return address may already belong to the next line, or to the next function.
    const std::uintptr_t pc = i == 0 ? place.pcs[i] : place.pcs[i] - 1;
    std::vector<StackFrame> frames = frames_at(pc);
    place.stack.insert(place.stack.end(), frames.begin(), frames.end());
  }
  const StackFrame& caller = place.stack[FirstCallerFrame(place.stack)];
  place.file = caller.file;
  place.line = caller.line;
  place.function = caller.function;
}

void Symbolize(Finding& finding, const FrameSource& frames_at) {
  const auto symbolize_held = [&](std::vector<AlsoHeld>& held) {
    for (AlsoHeld& lock : held) Symbolize(lock.at, frames_at);
  };
  for (FindingEdge& edge : finding.edges) {
    Symbolize(edge.held_at, frames_at);
    Symbolize(edge.wanted_at, frames_at);
    symbolize_held(edge.also_held);
  }
  for (Participant& participant : finding.participants) {
    Symbolize(participant.at, frames_at);
    symbolize_held(participant.held);
  }
  SetFingerprint(finding);
}

void Symbolize(Place& place) { Symbolize(place, FramesAt); }
void Symbolize(Finding& finding) { Symbolize(finding, FramesAt); }

}  // namespace lockdep
