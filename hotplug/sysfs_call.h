// A call of a file's show or store method: with the file's active reference, and again if it has to start over.
//
// Thread-safe, as the method.
#ifndef HOTPLUG_SYSFS_CALL_H_
#define HOTPLUG_SYSFS_CALL_H_

#include <cerrno>
#include <chrono>
#include <thread>

#include "hotplug/active_ref.h"
#include "lockdep/explore/explore.h"
#include "lockdep/scheduler.h"

namespace lockdep::hotplug {

inline constexpr int kRestart = -513;  // ERESTARTNOINTR, include/linux/errno.h

// Runs the method of a file until it says something else than "again".
template <class Method>
int CallMethod(ActiveRef& file, Method method) {
  for (;;) {
    if (!file.Get()) return -ENODEV;
    const int result = method();
    // The sleep comes before the reference is given back, so a drain waits that long.
    if (result == kRestart && CurrentScheduler() == nullptr) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    file.Put();
    if (result != kRestart) return result;
    explore::Restart();
  }
}

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_SYSFS_CALL_H_
