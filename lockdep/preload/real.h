// The functions that the recorder stands in front of.
//
// Each is looked up with dlsym(RTLD_NEXT) at the first use of any: a program may lock before our constructors run.
// One that this C library has not is null.
//
// Thread-safe; usable in a signal handler once it was used.
#ifndef LOCKDEP_PRELOAD_REAL_H_
#define LOCKDEP_PRELOAD_REAL_H_

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/types.h>
#include <threads.h>
#include <time.h>

#include <atomic>
#include <cstddef>

struct dl_find_object;

namespace lockdep::preload {

struct RealFunctions {
  int (*mutex_init)(pthread_mutex_t*, const pthread_mutexattr_t*);
  int (*mutex_destroy)(pthread_mutex_t*);
  int (*mutex_lock)(pthread_mutex_t*);
  int (*mutex_trylock)(pthread_mutex_t*);
  int (*mutex_timedlock)(pthread_mutex_t*, const timespec*);
  int (*mutex_clocklock)(pthread_mutex_t*, clockid_t, const timespec*);
  int (*mutex_unlock)(pthread_mutex_t*);
  // The same under glibc's other names, __pthread_…, by which older programs call them.
  int (*mutex_init_alias)(pthread_mutex_t*, const pthread_mutexattr_t*);
  int (*mutex_destroy_alias)(pthread_mutex_t*);
  int (*mutex_lock_alias)(pthread_mutex_t*);
  int (*mutex_trylock_alias)(pthread_mutex_t*);
  int (*mutex_unlock_alias)(pthread_mutex_t*);

  int (*rwlock_init)(pthread_rwlock_t*, const pthread_rwlockattr_t*);
  int (*rwlock_destroy)(pthread_rwlock_t*);
  int (*rwlock_rdlock)(pthread_rwlock_t*);
  int (*rwlock_tryrdlock)(pthread_rwlock_t*);
  int (*rwlock_timedrdlock)(pthread_rwlock_t*, const timespec*);
  int (*rwlock_clockrdlock)(pthread_rwlock_t*, clockid_t, const timespec*);
  int (*rwlock_wrlock)(pthread_rwlock_t*);
  int (*rwlock_trywrlock)(pthread_rwlock_t*);
  int (*rwlock_timedwrlock)(pthread_rwlock_t*, const timespec*);
  int (*rwlock_clockwrlock)(pthread_rwlock_t*, clockid_t, const timespec*);
  int (*rwlock_unlock)(pthread_rwlock_t*);
  int (*rwlock_init_alias)(pthread_rwlock_t*, const pthread_rwlockattr_t*);
  int (*rwlock_destroy_alias)(pthread_rwlock_t*);
  int (*rwlock_rdlock_alias)(pthread_rwlock_t*);
  int (*rwlock_tryrdlock_alias)(pthread_rwlock_t*);
  int (*rwlock_wrlock_alias)(pthread_rwlock_t*);
  int (*rwlock_trywrlock_alias)(pthread_rwlock_t*);
  int (*rwlock_unlock_alias)(pthread_rwlock_t*);

  int (*spin_init)(pthread_spinlock_t*, int);
  int (*spin_destroy)(pthread_spinlock_t*);
  int (*spin_lock)(pthread_spinlock_t*);
  int (*spin_trylock)(pthread_spinlock_t*);
  int (*spin_unlock)(pthread_spinlock_t*);

  int (*cond_wait)(pthread_cond_t*, pthread_mutex_t*);
  int (*cond_timedwait)(pthread_cond_t*, pthread_mutex_t*, const timespec*);
  int (*cond_clockwait)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*);
  int (*cond_signal)(pthread_cond_t*);
  int (*cond_broadcast)(pthread_cond_t*);
  // Of programs from before glibc 2.3.2, whose conditions have another form.
  int (*old_cond_wait)(pthread_cond_t*, pthread_mutex_t*);
  int (*old_cond_timedwait)(pthread_cond_t*, pthread_mutex_t*, const timespec*);
  int (*old_cond_signal)(pthread_cond_t*);
  int (*old_cond_broadcast)(pthread_cond_t*);
  int (*cnd_signal)(cnd_t*);
  int (*cnd_broadcast)(cnd_t*);
  int (*once)(pthread_once_t*, void (*)());
  int (*once_alias)(pthread_once_t*, void (*)());  // __pthread_once
  void (*call_once)(once_flag*, void (*)());
  int (*barrier_wait)(pthread_barrier_t*);
  int (*sem_init)(sem_t*, int, unsigned);
  sem_t* (*sem_open)(const char*, int, ...);
  int (*sem_destroy)(sem_t*);
  int (*sem_close)(sem_t*);
  int (*sem_post)(sem_t*);
  int (*sem_wait)(sem_t*);
  int (*sem_trywait)(sem_t*);
  int (*sem_timedwait)(sem_t*, const timespec*);
  int (*sem_clockwait)(sem_t*, clockid_t, const timespec*);
  int (*sem_getvalue)(sem_t*, int*);

  int (*mtx_init)(mtx_t*, int);
  void (*mtx_destroy)(mtx_t*);
  int (*mtx_lock)(mtx_t*);
  int (*mtx_trylock)(mtx_t*);
  int (*mtx_timedlock)(mtx_t*, const timespec*);
  int (*mtx_unlock)(mtx_t*);
  int (*cnd_wait)(cnd_t*, mtx_t*);
  int (*cnd_timedwait)(cnd_t*, mtx_t*, const timespec*);
  int (*thrd_create)(thrd_t*, thrd_start_t, void*);
  int (*thrd_join)(thrd_t, int*);
  int (*thrd_detach)(thrd_t);

  int (*create)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  int (*join)(pthread_t, void**);
  int (*tryjoin)(pthread_t, void**);
  int (*timedjoin)(pthread_t, void**, const timespec*);
  int (*clockjoin)(pthread_t, void**, clockid_t, const timespec*);
  int (*detach)(pthread_t);

  void (*lockfile)(FILE*);
  int (*trylockfile)(FILE*);
  void (*unlockfile)(FILE*);
  void (*lockfile_alias)(FILE*);  // _IO_flockfile, and so on
  int (*trylockfile_alias)(FILE*);
  void (*unlockfile_alias)(FILE*);

  // What a request that may wait is tried with.  Each answers EBUSY to every try where another library stands before
  // the C library's function that waits, or before that which tries: its own function is called then, and only that.
  struct {
    int (*mutex_lock)(pthread_mutex_t*);
    int (*mutex_timedlock)(pthread_mutex_t*);
    int (*mutex_clocklock)(pthread_mutex_t*);
    int (*mutex_lock_alias)(pthread_mutex_t*);
    int (*rwlock_rdlock)(pthread_rwlock_t*);
    int (*rwlock_timedrdlock)(pthread_rwlock_t*);
    int (*rwlock_clockrdlock)(pthread_rwlock_t*);
    int (*rwlock_wrlock)(pthread_rwlock_t*);
    int (*rwlock_timedwrlock)(pthread_rwlock_t*);
    int (*rwlock_clockwrlock)(pthread_rwlock_t*);
    int (*rwlock_rdlock_alias)(pthread_rwlock_t*);
    int (*rwlock_wrlock_alias)(pthread_rwlock_t*);
    int (*spin_lock)(pthread_spinlock_t*);
    int (*mtx_lock)(mtx_t*);  // thrd_busy
    int (*mtx_timedlock)(mtx_t*);
    int (*lockfile)(FILE*);
    int (*lockfile_alias)(FILE*);
  } first;
  // Locks are in the form of the C library's: nobody stands before its functions that take and give back.
  bool mutexes_are_its_own;
  bool rw_locks_are_its_own;
  bool spin_locks_are_its_own;

  int (*signal_action)(int, const struct sigaction*, struct sigaction*);
  void (*(*signal_simple)(int, void (*)(int)))(int);  // signal
  void (*(*signal_once)(int, void (*)(int)))(int);    // sysv_signal
  void (*(*signal_set)(int, void (*)(int)))(int);     // sigset
  void (*jump)(__jmp_buf_tag*, int);                  // siglongjmp
  void (*jump_checked)(__jmp_buf_tag*, int);          // __longjmp_chk
  int (*thread_mask)(int, const sigset_t*, sigset_t*);
  int (*process_mask)(int, const sigset_t*, sigset_t*);
  int (*signal_wait)(const sigset_t*, int*);
  int (*signal_wait_info)(const sigset_t*, siginfo_t*);
  int (*signal_wait_timed)(const sigset_t*, siginfo_t*, const timespec*);
  int (*signal_suspend)(const sigset_t*);
  int (*select_with_mask)(int, fd_set*, fd_set*, fd_set*, const timespec*, const sigset_t*);
  int (*poll_with_mask)(pollfd*, nfds_t, const timespec*, const sigset_t*);
  int (*poll_with_mask_checked)(pollfd*, nfds_t, const timespec*, const sigset_t*, std::size_t);
  int (*epoll_with_mask)(int, epoll_event*, int, int, const sigset_t*);
  int (*epoll_with_mask_2)(int, epoll_event*, int, const timespec*, const sigset_t*);

  void* (*malloc_memory)(std::size_t);
  bool malloc_is_noted;  // publication.h
  void (*free_memory)(void*);
  void* (*realloc_memory)(void*, std::size_t);
  int (*kill_process)(pid_t, int);
  int (*queue_signal)(pid_t, int, const union sigval);
  int (*kill_thread)(pthread_t, int);
  int (*queue_signal_to_thread)(pthread_t, int, const union sigval);
  std::size_t (*usable_size)(void*);  // malloc_usable_size; null: the one that there is is not of who frees
  void* (*map)(void*, std::size_t, int, int, int, off_t);
  int (*unmap)(void*, std::size_t);
  void* (*remap)(void*, std::size_t, std::size_t, int, ...);
  void* (*attach)(int, const void*, int);  // shmat
  int (*detach_segment)(const void*);      // shmdt
  int (*lock_all)(int);                    // mlockall
  int (*set_limit)(__rlimit_resource_t, const rlimit*);
  int (*set_limit_64)(__rlimit_resource_t, const rlimit64*);
  int (*set_limit_of)(pid_t, __rlimit_resource, const rlimit*, rlimit*);  // prlimit
  int (*set_limit_of_64)(pid_t, __rlimit_resource, const rlimit64*, rlimit64*);
  // _dl_find_object: of which file an address is.  Takes no lock; null before glibc 2.35.
  int (*find_object)(void*, dl_find_object*);
  int (*dlclose)(void*);
  int (*execve)(const char*, char* const*, char* const*);
  int (*execv)(const char*, char* const*);
  int (*execvp)(const char*, char* const*);
  int (*execvpe)(const char*, char* const*, char* const*);
  int (*fexecve)(int, char* const*, char* const*);
  int (*spawn)(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*, char* const*,
               char* const*);
  int (*spawn_by_name)(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*, char* const*,
                       char* const*);
  int (*system)(const char*);
  FILE* (*popen)(const char*, const char*);
  void (*exit_now)(int);    // _exit
  void (*exit_quick)(int);  // quick_exit
};

extern constinit RealFunctions real_functions [[gnu::visibility("hidden")]];
extern constinit std::atomic<bool> real_known;
void LookUpReal();
// Only malloc, which the loader itself calls before anything else does.  False where the look-up asks for memory, which
// it does not for what is there.
bool LookUpMalloc();
// Whether it is under way, in this thread or another one.
bool LookingUpReal();

// Whether the program's calls of free come to us: one that the program itself defines goes before ours, as in those
// that have an allocator, or clang's sanitizers, linked in.  False, too, where nobody says how large a block is, as in
// a library with an allocator that has no malloc_usable_size.
bool FreesComeHere();

inline const RealFunctions& Real() {
  if (__builtin_expect(!real_known.load(std::memory_order_acquire), 0)) LookUpReal();
  return real_functions;
}

}  // namespace lockdep::preload

#endif  // LOCKDEP_PRELOAD_REAL_H_
