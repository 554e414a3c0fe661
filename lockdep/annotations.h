// Names for clang's thread-safety attributes (-Wthread-safety); nothing under other compilers.
//
// Immutable; macros only.  Source: clang documentation, "Thread Safety Analysis".
#ifndef LOCKDEP_ANNOTATIONS_H_
#define LOCKDEP_ANNOTATIONS_H_

#if defined(__clang__)
#define LOCKDEP_ANNOTATION(...) __attribute__((__VA_ARGS__))
#else
#define LOCKDEP_ANNOTATION(...)
#endif

// On types: a lock; a guard that holds one for its own lifetime.
#define LOCKDEP_CAPABILITY(name) LOCKDEP_ANNOTATION(capability(name))
#define LOCKDEP_SCOPED_CAPABILITY LOCKDEP_ANNOTATION(scoped_lockable)
// On data: which lock guards it, or what it points to.
#define LOCKDEP_GUARDED_BY(lock) LOCKDEP_ANNOTATION(guarded_by(lock))
#define LOCKDEP_PT_GUARDED_BY(lock) LOCKDEP_ANNOTATION(pt_guarded_by(lock))
// On functions: what they take and leave, need, must not hold, or find held.
#define LOCKDEP_ACQUIRE(...) LOCKDEP_ANNOTATION(acquire_capability(__VA_ARGS__))
#define LOCKDEP_ACQUIRE_SHARED(...) LOCKDEP_ANNOTATION(acquire_shared_capability(__VA_ARGS__))
#define LOCKDEP_TRY_ACQUIRE(...) LOCKDEP_ANNOTATION(try_acquire_capability(__VA_ARGS__))
#define LOCKDEP_TRY_ACQUIRE_SHARED(...) LOCKDEP_ANNOTATION(try_acquire_shared_capability(__VA_ARGS__))
#define LOCKDEP_RELEASE(...) LOCKDEP_ANNOTATION(release_capability(__VA_ARGS__))
#define LOCKDEP_RELEASE_SHARED(...) LOCKDEP_ANNOTATION(release_shared_capability(__VA_ARGS__))
#define LOCKDEP_RELEASE_GENERIC(...) LOCKDEP_ANNOTATION(release_generic_capability(__VA_ARGS__))
#define LOCKDEP_REQUIRES(...) LOCKDEP_ANNOTATION(requires_capability(__VA_ARGS__))
#define LOCKDEP_REQUIRES_SHARED(...) LOCKDEP_ANNOTATION(requires_shared_capability(__VA_ARGS__))
#define LOCKDEP_EXCLUDES(...) LOCKDEP_ANNOTATION(locks_excluded(__VA_ARGS__))
#define LOCKDEP_ASSERT_CAPABILITY(...) LOCKDEP_ANNOTATION(assert_capability(__VA_ARGS__))
#define LOCKDEP_ASSERT_SHARED_CAPABILITY(...) LOCKDEP_ANNOTATION(assert_shared_capability(__VA_ARGS__))
#define LOCKDEP_NO_THREAD_SAFETY_ANALYSIS LOCKDEP_ANNOTATION(no_thread_safety_analysis)

#endif  // LOCKDEP_ANNOTATIONS_H_
