#!/usr/bin/env bash
# needs_test.sh LIBRARY: which libraries the recorder needs, what it exports, and how it finds its thread.
set -uo pipefail
library=${1:?usage: needs_test.sh LIBRARY}
failed=0

needed=$(readelf -dW "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc\.so\.6|libgcc_s\.so\.1|ld-linux-.*)$')
if [[ $needed ]]; then
  echo "needs more than the C library: $needed"
  failed=1
fi

# Of ours nothing but functions that stand in front of others of the same name, and those of lockdep/annotate.h.
exported=$(nm -D --defined-only "$library" | awk '{ print $3 }' | sed 's/@.*//' |
  grep -vE '^(_exit|_Exit|call_once|malloc|free|realloc|mmap|mmap64|munmap|mremap|mlockall|(set|p)rlimit(64)?|shm(at|dt)|sig(wait|waitinfo|timedwait|suspend)|dlclose|exec(v|ve|vp|vpe|l|le|lp)|fexecve|posix_spawnp?|system|popen|syscall|kill|sigqueue|sigaction|sigprocmask|sigset|(_|sig)?longjmp|__longjmp_chk|(bsd_|s|sysv_|__sysv_)?signal|lockdep_annotate_[a-z_]+|pselect|ppoll|__ppoll_chk|epoll_pwait2?|(pthread|sem|mtx|cnd|thrd)_[a-z0-9_]+|f(try|un)?lockfile|_IO_f(try|un)?lockfile|__pthread_(mutex|rwlock)_[a-z]+|__pthread_once|GLIBC_[0-9.]+)$')
if [[ $exported ]]; then
  echo "exports more than what it stands in front of: $exported"
  failed=1
fi

# The program's own functions, or the C++ library's, must not be called.
for name in malloc calloc _Znwm _ZdlPv __cxa_guard_acquire __cxa_throw fprintf; do
  if nm -D --undefined-only "$library" | grep -qE " $name(@|\$)"; then
    echo "calls $name"
    failed=1
  fi
done

# A thread-local variable that the loader would have to allocate calls this.
if nm -D --undefined-only "$library" | grep -q __tls_get_addr; then
  echo "has thread-local memory that is allocated at first use"
  failed=1
fi
exit "$failed"
