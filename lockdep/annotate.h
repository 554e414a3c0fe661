/* What a program can tell `lockdep run` about its locks, and no run can show.
 *
 * C and C++, nothing to link: each function does nothing unless the program runs under `lockdep run`, where the recorder
 * has it.  Cost without the recorder: a comparison.  Thread-safe.
 *
 * Works in shared libraries and in executables that are position-independent, which is the default of today's compilers;
 * in others (-no-pie) with gcc only.  In statically linked ones there is no recorder, and nothing happens.
 *
 * What is declared is believed, and every verdict that rests on it says so (strength `declared`), as far as the run does
 * not contradict it: a declaration that it contradicts is not used.
 */
#ifndef LOCKDEP_ANNOTATE_H_
#define LOCKDEP_ANNOTATE_H_

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && !defined(__clang__)
/* Through the global offset table, which can be empty also where the executable is not position-independent. */
#define LOCKDEP_ANNOTATION __attribute__((weak, noplt)) extern
#else
#define LOCKDEP_ANNOTATION __attribute__((weak)) extern
#endif

LOCKDEP_ANNOTATION void lockdep_annotate_name(const volatile void* lock, const char* name);
LOCKDEP_ANNOTATION void lockdep_annotate_class(const volatile void* lock, const char* name);
LOCKDEP_ANNOTATION void lockdep_annotate_order(const volatile void* outer, const volatile void* inner);
LOCKDEP_ANNOTATION void lockdep_annotate_gate_enter(const volatile void* gate);
LOCKDEP_ANNOTATION void lockdep_annotate_gate_leave(const volatile void* gate);
LOCKDEP_ANNOTATION void lockdep_annotate_single_thread_role(const char* name);

#undef LOCKDEP_ANNOTATION

/* The lock is called so in reports, and is the same lock in every process and run that calls one so (`lockdep merge`):
 * give a name once in a process.  After its init function, if it has one.  Names are copied; up to 255 bytes count. */
static inline void lockdep_name(const volatile void* lock, const char* name) {
  if (lockdep_annotate_name) lockdep_annotate_name(lock, name);
}

/* The lock is one of many of this class.  Orders that contradict each other among classes are noted, also where no two
 * threads use the same locks. */
static inline void lockdep_class(const volatile void* lock, const char* name) {
  if (lockdep_annotate_class) lockdep_annotate_class(lock, name);
}

/* Who takes both locks takes `outer` first.  Who does it the other way round is found, even if nobody else takes both;
 * the finding is `unknown`, unless somebody is seen to. */
static inline void lockdep_order(const volatile void* outer, const volatile void* inner) {
  if (lockdep_annotate_order) lockdep_annotate_order(outer, inner);
}

/* Between both calls, no other thread is between the calls for the same gate: by some means that is no lock.  Any address
 * may be a gate, also that of a lock.  If two threads are inside at once, or one leaves that is not inside, it is none. */
static inline void lockdep_gate_enter(const volatile void* gate) {
  if (lockdep_annotate_gate_enter) lockdep_annotate_gate_enter(gate);
}
static inline void lockdep_gate_leave(const volatile void* gate) {
  if (lockdep_annotate_gate_leave) lockdep_annotate_gate_leave(gate);
}

/* The calling thread has this role from now on, which one thread at a time has; so what two threads of it do never
 * happens at the same time.  While it holds locks, this does nothing. */
static inline void lockdep_single_thread_role(const char* name) {
  if (lockdep_annotate_single_thread_role) lockdep_annotate_single_thread_role(name);
}

#ifdef __cplusplus
}
#endif

#endif  // LOCKDEP_ANNOTATE_H_
