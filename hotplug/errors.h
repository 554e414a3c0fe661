// Which errors a sysfs attribute can return (invariant I8).
//
// Thread-safe: no state.
#ifndef HOTPLUG_ERRORS_H_
#define HOTPLUG_ERRORS_H_

#include <cstdint>
#include <vector>

namespace lockdep::hotplug {

enum class Attribute : std::uint8_t {
  kState,
  kOnline,
  kProbe,
  kShow,  // any file of a block that is read
  kAutoOnlineBlocks,
};

// 0 and negative errnos.  Never that of a restart.
const std::vector<int>& ErrorsOf(Attribute attribute);

// `error`, when the attribute can return it; else I8 is broken.
int Checked(Attribute attribute, int error);

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_ERRORS_H_
