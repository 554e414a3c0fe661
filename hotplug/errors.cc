#include "hotplug/errors.h"

#include <algorithm>
#include <cerrno>
#include <string>

#include "lockdep/check.h"
#include "lockdep/explore/explore.h"

namespace lockdep::hotplug {

const std::vector<int>& ErrorsOf(Attribute attribute) {
  // -EINVAL: it is so already, a word that nobody knows.  -EPERM: a callback said NOTIFY_BAD.  -ENOMEM: it had none.
  // -EINTR, -EAGAIN: the pages did not get free.  -ENODEV: the file is gone.
  static const std::vector<int> kState = {0, -EINVAL, -EPERM, -EBUSY, -ENOMEM, -EINTR, -EAGAIN, -ENODEV};
  // -EINVAL: the block is in no state from which it can; never that it is so already.
  static const std::vector<int> kOnline = kState;
  static const std::vector<int> kProbe = {0, -EEXIST, -EINVAL, -ENOMEM};
  // -ENOENT: there is no such attribute in that era.
  static const std::vector<int> kShow = {0, -ENODEV, -ENOENT};
  static const std::vector<int> kAutoOnlineBlocks = {0, -EINVAL, -ENOENT};
  switch (attribute) {
    case Attribute::kState: return kState;
    case Attribute::kOnline: return kOnline;
    case Attribute::kProbe: return kProbe;
    case Attribute::kShow: return kShow;
    case Attribute::kAutoOnlineBlocks: return kAutoOnlineBlocks;
  }
  LOCKDEP_CHECK(false);
  return kState;
}

int Checked(Attribute attribute, int error) {
  const std::vector<int>& known = ErrorsOf(attribute);
  const bool can = std::find(known.begin(), known.end(), error) != known.end();
  explore::Check(can, "I8: an attribute returns " + std::to_string(error));
  return error;
}

}  // namespace lockdep::hotplug
