#include "lockdep/preload/real.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "lockdep/preload/c_library.h"
#include "lockdep/preload/syscall_hook.h"

// Of the sanitizers' runtimes; a reference that the loader may leave open, for a look-up that fails allocates.
extern "C" [[gnu::weak]] int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*, std::size_t),
                                                                       void (*)(const volatile void*));

namespace lockdep::preload {

constinit RealFunctions real_functions{};
constinit std::atomic<bool> real_known{false};
static constinit std::atomic<int> looking_up{0};

bool LookingUpReal() { return looking_up.load(std::memory_order_acquire) != 0; }

namespace {

template <class Function>
void LookUp(Function*& function, const char* name) {
  function = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// Of two functions of that name in the C library: the other takes a condition of another form.  Of another library the
// one that there is, which programs of either kind would get.
template <class Function>
void LookUpByForm(Function*& function, const char* name, [[maybe_unused]] const char* version) {
  LookUp(function, name);
#if defined(__x86_64__)
  if (!IsOfCLibrary(reinterpret_cast<const void*>(function))) return;
  if (void* const found = dlvsym(RTLD_NEXT, name, version); found != nullptr) {
    function = reinterpret_cast<Function*>(found);
  }
#endif
}

template <class Function>
void LookUpYounger(Function*& function, const char* name) {
  LookUpByForm(function, name, "GLIBC_2.3.2");
}

template <class Function>
void LookUpOlder(Function*& function, const char* name) {
  LookUpByForm(function, name, "GLIBC_2.2.5");
}

// One that is there for older programs, by its version: without that the loader does not find it, and a look-up that
// fails allocates.  `younger` where it is not known under which version it would be.
template <class Function>
void LookUpAlias(Function*& function, [[maybe_unused]] const char* name, Function* younger) {
#if defined(__x86_64__)
  function = reinterpret_cast<Function*>(dlvsym(RTLD_NEXT, name, "GLIBC_2.2.5"));
#elif defined(__aarch64__)
  function = reinterpret_cast<Function*>(dlvsym(RTLD_NEXT, name, "GLIBC_2.17"));
#endif
  if (function == nullptr) function = younger;
}

template <class Lock, int kBusy = EBUSY>
int AlwaysBusy(Lock*) {
  return kBusy;
}

template <class... Functions>
bool AreOfCLibrary(Functions*... functions) {
  return (IsOfCLibrary(reinterpret_cast<const void*>(functions)) && ...);
}

// What to try with in place of `wait`.
template <int kBusy = EBUSY, class Lock, class Wait>
void FindFirst(int (*&first)(Lock*), Wait* wait, int (*try_now)(Lock*)) {
  first = AreOfCLibrary(wait, try_now) ? try_now : &AlwaysBusy<Lock, kBusy>;
}

void FindFirsts(RealFunctions& real) {
  auto& first = real.first;
  FindFirst(first.mutex_lock, real.mutex_lock, real.mutex_trylock);
  FindFirst(first.mutex_timedlock, real.mutex_timedlock, real.mutex_trylock);
  FindFirst(first.mutex_clocklock, real.mutex_clocklock, real.mutex_trylock);
  FindFirst(first.mutex_lock_alias, real.mutex_lock_alias, real.mutex_trylock_alias);
  FindFirst(first.rwlock_rdlock, real.rwlock_rdlock, real.rwlock_tryrdlock);
  FindFirst(first.rwlock_timedrdlock, real.rwlock_timedrdlock, real.rwlock_tryrdlock);
  FindFirst(first.rwlock_clockrdlock, real.rwlock_clockrdlock, real.rwlock_tryrdlock);
  FindFirst(first.rwlock_wrlock, real.rwlock_wrlock, real.rwlock_trywrlock);
  FindFirst(first.rwlock_timedwrlock, real.rwlock_timedwrlock, real.rwlock_trywrlock);
  FindFirst(first.rwlock_clockwrlock, real.rwlock_clockwrlock, real.rwlock_trywrlock);
  FindFirst(first.rwlock_rdlock_alias, real.rwlock_rdlock_alias, real.rwlock_tryrdlock_alias);
  FindFirst(first.rwlock_wrlock_alias, real.rwlock_wrlock_alias, real.rwlock_trywrlock_alias);
  FindFirst(first.spin_lock, real.spin_lock, real.spin_trylock);
  FindFirst<thrd_busy>(first.mtx_lock, real.mtx_lock, real.mtx_trylock);
  FindFirst<thrd_busy>(first.mtx_timedlock, real.mtx_timedlock, real.mtx_trylock);
  FindFirst(first.lockfile, real.lockfile, real.trylockfile);
  FindFirst(first.lockfile_alias, real.lockfile_alias, real.trylockfile_alias);
  real.mutexes_are_its_own = AreOfCLibrary(real.mutex_lock, real.mutex_trylock, real.mutex_unlock);
  real.rw_locks_are_its_own = AreOfCLibrary(real.rwlock_rdlock, real.rwlock_wrlock, real.rwlock_unlock);
  real.spin_locks_are_its_own = AreOfCLibrary(real.spin_lock, real.spin_trylock, real.spin_unlock);
}

// Whether the runtime of a sanitizer is there that has a malloc.
bool IsSanitized() { return __sanitizer_install_malloc_and_free_hooks != nullptr; }

// C libraries have one, which may not be asked of another allocator's memory.
void LookUpUsableSize(RealFunctions& real) {
  std::size_t (*usable_size)(void*) = nullptr;
  LookUp(usable_size, "malloc_usable_size");
  if (usable_size == nullptr) return;
  Dl_info asked{};
  Dl_info freed{};
  Dl_info moved{};
  if (dladdr(reinterpret_cast<void*>(usable_size), &asked) == 0 ||
      dladdr(reinterpret_cast<void*>(real.free_memory), &freed) == 0 ||
      dladdr(reinterpret_cast<void*>(real.realloc_memory), &moved) == 0)
    return;
  if (asked.dli_fbase == freed.dli_fbase && asked.dli_fbase == moved.dli_fbase) real.usable_size = usable_size;
}

}  // namespace

bool LookUpMalloc() {
  static constinit std::atomic<int> asks{0};  // the thread that does
  const auto self = static_cast<int>(syscall(SYS_gettid));
  if (asks.load(std::memory_order_relaxed) == self) return false;
  asks.store(self, std::memory_order_relaxed);
  LookUpOlder(real_functions.malloc_memory, "malloc");
  asks.store(0, std::memory_order_relaxed);
  return real_functions.malloc_memory != nullptr;
}

// Two threads may do this at once: they write the same.
void LookUpReal() {
  looking_up.fetch_add(1, std::memory_order_acq_rel);
  RealFunctions& real = real_functions;
  LookUpOlder(real.malloc_memory, "malloc");  // the others may call these
  LookUpOlder(real.free_memory, "free");
  LookUpOlder(real.realloc_memory, "realloc");
  LookUpUsableSize(real);
  real.malloc_is_noted = real.usable_size != nullptr && !IsSanitized();
  LookUp(real.mutex_init, "pthread_mutex_init");
  LookUp(real.mutex_destroy, "pthread_mutex_destroy");
  LookUp(real.mutex_lock, "pthread_mutex_lock");
  LookUp(real.mutex_trylock, "pthread_mutex_trylock");
  LookUp(real.mutex_timedlock, "pthread_mutex_timedlock");
  LookUp(real.mutex_clocklock, "pthread_mutex_clocklock");
  LookUp(real.mutex_unlock, "pthread_mutex_unlock");
  LookUpAlias(real.mutex_init_alias, "__pthread_mutex_init", real.mutex_init);
  LookUpAlias(real.mutex_destroy_alias, "__pthread_mutex_destroy", real.mutex_destroy);
  LookUpAlias(real.mutex_lock_alias, "__pthread_mutex_lock", real.mutex_lock);
  LookUpAlias(real.mutex_trylock_alias, "__pthread_mutex_trylock", real.mutex_trylock);
  LookUpAlias(real.mutex_unlock_alias, "__pthread_mutex_unlock", real.mutex_unlock);
  LookUp(real.rwlock_init, "pthread_rwlock_init");
  LookUp(real.rwlock_destroy, "pthread_rwlock_destroy");
  LookUp(real.rwlock_rdlock, "pthread_rwlock_rdlock");
  LookUp(real.rwlock_tryrdlock, "pthread_rwlock_tryrdlock");
  LookUp(real.rwlock_timedrdlock, "pthread_rwlock_timedrdlock");
  LookUp(real.rwlock_clockrdlock, "pthread_rwlock_clockrdlock");
  LookUp(real.rwlock_wrlock, "pthread_rwlock_wrlock");
  LookUp(real.rwlock_trywrlock, "pthread_rwlock_trywrlock");
  LookUp(real.rwlock_timedwrlock, "pthread_rwlock_timedwrlock");
  LookUp(real.rwlock_clockwrlock, "pthread_rwlock_clockwrlock");
  LookUp(real.rwlock_unlock, "pthread_rwlock_unlock");
  LookUpAlias(real.rwlock_init_alias, "__pthread_rwlock_init", real.rwlock_init);
  LookUpAlias(real.rwlock_destroy_alias, "__pthread_rwlock_destroy", real.rwlock_destroy);
  LookUpAlias(real.rwlock_rdlock_alias, "__pthread_rwlock_rdlock", real.rwlock_rdlock);
  LookUpAlias(real.rwlock_tryrdlock_alias, "__pthread_rwlock_tryrdlock", real.rwlock_tryrdlock);
  LookUpAlias(real.rwlock_wrlock_alias, "__pthread_rwlock_wrlock", real.rwlock_wrlock);
  LookUpAlias(real.rwlock_trywrlock_alias, "__pthread_rwlock_trywrlock", real.rwlock_trywrlock);
  LookUpAlias(real.rwlock_unlock_alias, "__pthread_rwlock_unlock", real.rwlock_unlock);
  LookUp(real.spin_init, "pthread_spin_init");
  LookUp(real.spin_destroy, "pthread_spin_destroy");
  LookUp(real.spin_lock, "pthread_spin_lock");
  LookUp(real.spin_trylock, "pthread_spin_trylock");
  LookUp(real.spin_unlock, "pthread_spin_unlock");
  LookUpYounger(real.cond_wait, "pthread_cond_wait");
  LookUpYounger(real.cond_timedwait, "pthread_cond_timedwait");
  LookUp(real.cond_clockwait, "pthread_cond_clockwait");
  LookUpYounger(real.cond_signal, "pthread_cond_signal");
  LookUpYounger(real.cond_broadcast, "pthread_cond_broadcast");
  LookUpOlder(real.old_cond_wait, "pthread_cond_wait");
  LookUpOlder(real.old_cond_timedwait, "pthread_cond_timedwait");
  LookUpOlder(real.old_cond_signal, "pthread_cond_signal");
  LookUpOlder(real.old_cond_broadcast, "pthread_cond_broadcast");
  LookUp(real.cnd_signal, "cnd_signal");
  LookUp(real.cnd_broadcast, "cnd_broadcast");
  LookUp(real.once, "pthread_once");
  LookUp(real.call_once, "call_once");
  LookUpAlias(real.once_alias, "__pthread_once", real.once);
  LookUp(real.barrier_wait, "pthread_barrier_wait");
  LookUp(real.sem_init, "sem_init");
  LookUp(real.sem_open, "sem_open");
  LookUp(real.sem_destroy, "sem_destroy");
  LookUp(real.sem_close, "sem_close");
  LookUp(real.sem_post, "sem_post");
  LookUp(real.sem_wait, "sem_wait");
  LookUp(real.sem_trywait, "sem_trywait");
  LookUp(real.sem_timedwait, "sem_timedwait");
  LookUp(real.sem_clockwait, "sem_clockwait");
  LookUp(real.sem_getvalue, "sem_getvalue");
  LookUp(real.mtx_init, "mtx_init");
  LookUp(real.mtx_destroy, "mtx_destroy");
  LookUp(real.mtx_lock, "mtx_lock");
  LookUp(real.mtx_trylock, "mtx_trylock");
  LookUp(real.mtx_timedlock, "mtx_timedlock");
  LookUp(real.mtx_unlock, "mtx_unlock");
  LookUp(real.cnd_wait, "cnd_wait");
  LookUp(real.cnd_timedwait, "cnd_timedwait");
  LookUp(real.thrd_create, "thrd_create");
  LookUp(real.thrd_join, "thrd_join");
  LookUp(real.thrd_detach, "thrd_detach");
  LookUp(real.create, "pthread_create");
  LookUp(real.join, "pthread_join");
  LookUp(real.tryjoin, "pthread_tryjoin_np");
  LookUp(real.timedjoin, "pthread_timedjoin_np");
  LookUp(real.clockjoin, "pthread_clockjoin_np");
  LookUp(real.detach, "pthread_detach");
  LookUp(real.lockfile, "flockfile");
  LookUp(real.trylockfile, "ftrylockfile");
  LookUp(real.unlockfile, "funlockfile");
  LookUpAlias(real.lockfile_alias, "_IO_flockfile", real.lockfile);
  LookUpAlias(real.trylockfile_alias, "_IO_ftrylockfile", real.trylockfile);
  LookUpAlias(real.unlockfile_alias, "_IO_funlockfile", real.unlockfile);
  LookUp(real.signal_action, "sigaction");
  LookUp(real.signal_simple, "signal");
  LookUp(real.signal_once, "__sysv_signal");
  LookUp(real.signal_set, "sigset");
  LookUp(real.jump, "siglongjmp");
  LookUp(real.jump_checked, "__longjmp_chk");
  LookUp(real.kill_process, "kill");
  LookUp(real.queue_signal, "sigqueue");
  LookUp(real.kill_thread, "pthread_kill");
  LookUp(real.queue_signal_to_thread, "pthread_sigqueue");
  LookUp(real.thread_mask, "pthread_sigmask");
  LookUp(real.process_mask, "sigprocmask");
  LookUp(real.signal_wait, "sigwait");
  LookUp(real.signal_wait_info, "sigwaitinfo");
  LookUp(real.signal_wait_timed, "sigtimedwait");
  LookUp(real.signal_suspend, "sigsuspend");
  LookUp(real.select_with_mask, "pselect");
  LookUp(real.poll_with_mask, "ppoll");
  LookUp(real.poll_with_mask_checked, "__ppoll_chk");
  LookUp(real.epoll_with_mask, "epoll_pwait");
  LookUp(real.epoll_with_mask_2, "epoll_pwait2");
  LookUp(real.map, "mmap");
  LookUp(real.unmap, "munmap");
  LookUp(real.remap, "mremap");
  LookUp(real.attach, "shmat");
  LookUp(real.detach_segment, "shmdt");
  LookUp(real.lock_all, "mlockall");
  LookUp(real.set_limit, "setrlimit");
  LookUp(real.set_limit_64, "setrlimit64");
  LookUp(real.set_limit_of, "prlimit");
  LookUp(real.set_limit_of_64, "prlimit64");
  LookUp(real.find_object, "_dl_find_object");
  LookUp(real.dlclose, "dlclose");
  LookUp(real.execve, "execve");
  LookUp(real.execv, "execv");
  LookUp(real.execvp, "execvp");
  LookUp(real.execvpe, "execvpe");
  LookUp(real.fexecve, "fexecve");
  LookUp(real.spawn, "posix_spawn");
  LookUp(real.spawn_by_name, "posix_spawnp");
  LookUp(real.system, "system");
  LookUp(real.popen, "popen");
  LookUp(real.exit_now, "_exit");
  LookUp(real.exit_quick, "quick_exit");
  LookUp(lockdep_real_syscall, "syscall");
  FindFirsts(real);
  real_known.store(true, std::memory_order_release);
  looking_up.fetch_sub(1, std::memory_order_acq_rel);
}

}  // namespace lockdep::preload
