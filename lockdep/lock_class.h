// Which locks are one to the validator, and what a lock is called.
//
// A lock has, from best to worst:
//   a class       Mutex mu{LOCKDEP_NAME("Account::mu")};   all locks of the class are one node
//                 Mutex mu{a_class, "front door"};          the same; reports call this one by its name
//   a name        Mutex mu{"log"};                          the lock is its own node
//   nothing       Mutex mu;                                 its own node, named by where it was made
//
// A LockClass is a static object, registered with the validator when a lock of it is first used.
//
// Thread-safe; constant-initialised, so usable by static constructors.
#ifndef LOCKDEP_LOCK_CLASS_H_
#define LOCKDEP_LOCK_CLASS_H_

#include <atomic>
#include <cstdint>

#include "lockdep/checking.h"

namespace lockdep {
inline namespace LOCKDEP_CHECKING {

#ifndef LOCKDEP_DISABLED

struct LockClassOptions {
  // Locks of the class are held for balance checks only: no dependency in or out.
  bool no_validate = false;
  // Below zero where `wanted` may be taken while `held` is: both are addresses of locks of the
  // class.  Must not take locks.
  int (*compare)(const void* held, const void* wanted) = nullptr;
};

class LockClass {
 public:
  // `name` must stay valid.
  constexpr explicit LockClass(const char* name, LockClassOptions options = {}) : name_(name), options_(options) {}
  LockClass(const LockClass&) = delete;
  LockClass& operator=(const LockClass&) = delete;

  const char* name() const { return name_; }
  const LockClassOptions& options() const { return options_; }
  // The validator's number for it, or 0 if no lock of it was used yet.
  std::uint32_t id() const { return id_.load(std::memory_order_acquire); }
  // For lockdep/runtime.cc, which registers.
  void set_id(std::uint32_t id) { id_.store(id, std::memory_order_release); }

 private:
  const char* name_;
  LockClassOptions options_;
  std::atomic<std::uint32_t> id_{0};
};

// Where a lock was constructed.  As the default argument of a constructor it means the caller.
struct Birth {
  const char* file = "";
  const char* function = "";
  int line = 0;

  static constexpr Birth Here(const char* file = __builtin_FILE(), const char* function = __builtin_FUNCTION(),
                              int line = __builtin_LINE()) {
    return Birth{file, function, line};
  }
};

// A class of its own for each place in the source where this stands, however often it is run: as the
// initialiser of a member, all constructors agree.
#define LOCKDEP_NAME(name)                                \
  ([]() -> ::lockdep::LockClass& {                        \
    static constinit ::lockdep::LockClass lock_class(name); \
    return lock_class;                                    \
  }())

#else  // LOCKDEP_DISABLED

struct LockClassOptions {
  bool no_validate = false;
  int (*compare)(const void* held, const void* wanted) = nullptr;
};
struct LockClass {
  constexpr explicit LockClass(const char*, LockClassOptions = {}) {}
};
struct Birth {
  static constexpr Birth Here() { return {}; }
};
#define LOCKDEP_NAME(name) (::lockdep::LockClass(name))

#endif  // LOCKDEP_DISABLED

}  // namespace LOCKDEP_CHECKING
}  // namespace lockdep

#endif  // LOCKDEP_LOCK_CLASS_H_
