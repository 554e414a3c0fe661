// The active reference of a sysfs file: who runs its show or store method holds it, and deleting the file waits until
// nobody does.  (fs/kernfs/dir.c: kernfs_get_active, kernfs_drain.)
//
// To the validator, as to the kernel's, taking it is a read by trylock and draining is a blocking write, so a chain of
// locks that is held while a file is deleted leads to the file, and the file leads to all that its methods take.
//
// Thread-safe.
#ifndef HOTPLUG_ACTIVE_REF_H_
#define HOTPLUG_ACTIVE_REF_H_

#include "lockdep/explore/var.h"
#include "lockdep/lock_map.h"
#include "lockdep/raw/raw_rw_lock.h"

namespace lockdep::hotplug {

class ActiveRef : public MappedLock<RawRwLock, LockType::kPseudo> {
 public:
  // One of the files of an attribute.  Names must stay valid.
  ActiveRef(LockClass& attribute, const char* name, bool exists, Birth birth = Birth::Here())
      : MappedLock(attribute, name, birth), exists_(exists, name) {}
  // A class of its own.
  ActiveRef(const char* name, bool exists, Birth birth = Birth::Here())
      : MappedLock(name, birth), exists_(exists, name) {}

  // False: the file is, or is just being, deleted.
  bool Get();
  void Put();

  void Create();
  // No new references from here on; waits for those that exist.  Nothing if there is no file.
  void Drain();

 private:
  explore::Var<bool> exists_;
};

// Inlined, so that a report names the caller.

LOCKDEP_HOT bool ActiveRef::Get() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  const bool got = map_.TryAcquire(How::Of(Mode::kShared, Kind::kTrylock), LOCKDEP_SITE(),
                                   [this]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { return raw_.try_lock_shared(); });
  if (!got) return false;
  // Asked only now: a drain that came first has seen no reference.
  if (exists_.ReadOnce()) return true;
  Put();
  return false;
}

LOCKDEP_HOT void ActiveRef::Put() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  map_.Release([this]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { raw_.unlock_shared(); });
}

LOCKDEP_HOT void ActiveRef::Create() { exists_.WriteOnce(true); }

LOCKDEP_HOT void ActiveRef::Drain() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
  if (!exists_.ReadOnce()) return;
  exists_.WriteOnce(false);
  map_.Acquire(How::Of(Mode::kExclusive, Kind::kBlocking), LOCKDEP_SITE(), nullptr,
               [this]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS {
                 raw_.lock();
                 return true;
               });
  map_.Release([this]() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS { raw_.unlock(); });
}

}  // namespace lockdep::hotplug

#endif  // HOTPLUG_ACTIVE_REF_H_
