// The recorder's lock, and the sections in which it is held.
//
// One lock for everything that is not on the fast path.  It is a leaf: nothing of the program, no library function
// that locks, no stack walk happens under it.  Signals are blocked meanwhile, so a handler never waits for its own
// thread; errno comes out as it went in.  A fork takes the lock, so the child finds it free and what it guards whole.
//
// The lock is a futex word (U. Drepper, "Futexes Are Tricky", 2011, mutex 2): 0 free, 1 taken, 2 taken and somebody
// may sleep.
#ifndef LOCKDEP_PRELOAD_COLD_SECTION_H_
#define LOCKDEP_PRELOAD_COLD_SECTION_H_

#include <cstdint>

namespace lockdep::preload {

class ColdSection {
 public:
  ColdSection();
  ~ColdSection();
  ColdSection(const ColdSection&) = delete;
  ColdSection& operator=(const ColdSection&) = delete;

 private:
  const int errno_;
  std::uint64_t signals_;  // as the kernel has them
};

// Around every look at the loader's list of files, outside of the recorder's lock; and around a fork.  False: the
// calling thread has it already.  Reentrant in no other way.
bool TakeLoaderLook();
void ReturnLoaderLook();

// Around a fork: taken before it, given back by parent and child.
void TakeRecorderLock();
void ReturnRecorderLock();

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_COLD_SECTION_H_
