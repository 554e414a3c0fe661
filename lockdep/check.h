// LOCKDEP_CHECK: for the case that *we* are wrong.  On in release builds.
//
// The user's program being wrong is a Finding; the input being wrong is an absl::Status.
#ifndef LOCKDEP_CHECK_H_
#define LOCKDEP_CHECK_H_

namespace lockdep {

// Prints "lockdep internal error: ..." with the place to standard error, without allocating, and
// aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);

}  // namespace lockdep

#define LOCKDEP_CHECK(condition)                                      \
  (__builtin_expect(static_cast<bool>(condition), 1) ? static_cast<void>(0) \
                                                     : ::lockdep::CheckFailed(__FILE__, __LINE__, #condition))

#endif  // LOCKDEP_CHECK_H_
