// A program that locks where it is hard: named by its argument, judged by its exit code and output.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "lockdep/lockdep.h"
#include "lockdep/own_mutex.h"  // LOCKDEP_TSAN

namespace {

using lockdep::Mutex;
using Guard = std::lock_guard<Mutex>;

Mutex a{"a"};
Mutex b{"b"};

void LockAb() {
  Guard first(a);
  Guard second(b);
}
void LockBa() {
  Guard first(b);
  Guard second(a);
}

int Expect(std::size_t findings) { return lockdep::Findings().size() == findings ? 0 : 1; }

// --- Static construction and destruction ---------------------------------------------------------

// Locks in its constructor, before main, and in its destructor, after it.
struct Early {
  Mutex mutex{"early"};
  bool active = false;
  Early() {
    Guard guard(mutex);
    active = true;
  }
  ~Early() {
    Guard outer(mutex);
    Guard inner(a);
    if (getenv("CHILD_EXIT_FINDINGS") != nullptr && lockdep::Findings().empty()) _exit(7);
  }
};
Early early;

int StaticOrder() { return early.active ? Expect(0) : 1; }

// --- Ends of threads -----------------------------------------------------------------------------

struct AtThreadEnd {
  ~AtThreadEnd() { LockBa(); }
};

int ThreadLocalDestructors() {
  std::thread([] {
    thread_local AtThreadEnd at_end;
    (void)&at_end;
    LockAb();
  }).join();
  return Expect(1);
}

pthread_key_t key;
std::atomic<int> rounds = 0;  // runs later than what ThreadSanitizer takes for the thread's end

int KeyDestructors() {
  // Asks for another round each time, so it runs as late as anything can.
  pthread_key_create(&key, [](void* value) {
    ++rounds;
    LockBa();
    pthread_setspecific(key, value);
  });
  std::thread([] {
    pthread_setspecific(key, &key);
    LockAb();
  }).join();
  return rounds > 1 ? Expect(1) : 1;
}

// --- Fork ----------------------------------------------------------------------------------------

// AddressSanitizer's allocator (gcc 12) has locks that a fork does not wait for: in the child they may be taken for
// ever.  With it the busy thread rests meanwhile.
class AllocatorRest {
 public:
#ifdef __SANITIZE_ADDRESS__
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
#else
  void lock() {}
  void unlock() {}
#endif
};

int Fork() {
  std::atomic<bool> stop{false};
  std::atomic<bool> started{false};
  AllocatorRest rest;
  std::thread busy([&stop, &started, &rest] {
    started = true;
    // New locks and chains all the time, so that a fork meets the validator at work.  More slowly later on: each fork
    // copies what there is, and where that takes long there would be ever more of it.
    for (int made = 0; !stop; ++made) {
      if (made > 5000) std::this_thread::sleep_for(std::chrono::microseconds(200));
      const std::lock_guard<AllocatorRest> at_work(rest);
      Mutex x{"x"}, y{"y"};
      Guard first(x);
      Guard second(y);
    }
  });
  while (!started) std::this_thread::yield();  // what a thread does first allocates, too
  int result = 0;
  for (int i = 0; i < 50 && result == 0; ++i) {
    a.lock();
    rest.lock();
    const pid_t child = fork();
    rest.unlock();
    if (child == 0) {
      a.AssertHeld();  // what the forking thread held, its copy holds
      { Guard inner(b); }
      a.unlock();
      // Each child would read the debug information anew, so only the first ones print the report.
      if (i >= 3) lockdep::SetPolicy(lockdep::Policy::kIgnore);
#ifdef LOCKDEP_TSAN
      LockBa();  // ThreadSanitizer does not follow a child that starts threads
#else
      std::thread([] { LockBa(); }).join();
#endif
      _exit(Expect(1));
    }
    a.unlock();
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) result = 1;
  }
  stop = true;
  busy.join();
  return result;
}

// --- Signals -------------------------------------------------------------------------------------

lockdep::SpinLock in_handler{"in handler"};
std::atomic<int> handled{0};

void Handler(int) {
  const lockdep::SignalScope scope;
  if (in_handler.try_lock()) in_handler.unlock();
  ++handled;
}

int SignalStorm() {
  struct sigaction action = {};
  action.sa_handler = Handler;
  sigaction(SIGALRM, &action, nullptr);
  itimerval timer{{0, 200}, {0, 200}};
  setitimer(ITIMER_REAL, &timer, nullptr);
  while (handled < 500) {
    Mutex fresh{"fresh"};
    Guard outer(fresh);
    LockAb();
  }
  timer = {};
  setitimer(ITIMER_REAL, &timer, nullptr);
  a.AssertNotHeld();
  return Expect(0);
}

Mutex taken_in_handler{"taken in handler"};

void LockingHandler(int) {
  const lockdep::SignalScope scope;
  const Guard guard(taken_in_handler);
}

// Both alone: in the handler, and outside with the signal open, by a thread that was there before.
int LockInHandler() {
  std::atomic<int> step{0};
  std::thread user([&] {
    { const Guard before(taken_in_handler); }  // a handler cannot register a lock
    step = 1;
    while (step != 2) std::this_thread::yield();
    const Guard guard(taken_in_handler);
  });
  while (step != 1) std::this_thread::yield();
  struct sigaction action = {};
  action.sa_handler = LockingHandler;
  sigaction(SIGUSR1, &action, nullptr);
  raise(SIGUSR1);
  { const Guard after(a); }  // what the handler did is told with what comes next
  step = 2;
  user.join();
  return Expect(1);
}

// --- Policies ------------------------------------------------------------------------------------

int Inversion() {
  std::thread(LockAb).join();
  std::thread(LockBa).join();
  return Expect(1);
}

int FailedAssertion() {
  Guard guard(b);
  a.AssertHeld();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const struct {
    const char* name;
    int (*run)();
  } scenarios[] = {
      {"static-order", StaticOrder},  {"thread-local", ThreadLocalDestructors},
      {"key", KeyDestructors},        {"fork", Fork},
      {"signals", SignalStorm},       {"inversion", Inversion},
      {"assertion", FailedAssertion}, {"lock-in-handler", LockInHandler},
  };
  for (const auto& scenario : scenarios) {
    if (argc == 2 && strcmp(argv[1], scenario.name) == 0) return scenario.run();
  }
  return 3;
}
