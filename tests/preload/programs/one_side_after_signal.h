/* What programs have in common in which one side comes after a signal, which the other side sends when it is through.
   They say how it is waited for: the signal comes only where `mask` holds. */
#ifndef TESTS_PRELOAD_PROGRAMS_ONE_SIDE_AFTER_SIGNAL_H_
#define TESTS_PRELOAD_PROGRAMS_ONE_SIDE_AFTER_SIGNAL_H_

#include <signal.h>

#include "tests/preload/programs/both_orders.h"

static void WaitWith(const sigset_t* mask);

static pthread_t main_thread;

static void Handle(int signal) { (void)signal; }

static void* SendsWhenThrough(void* unused) {
  pthread_mutex_lock(&back);
  pthread_mutex_lock(&front);
  pthread_mutex_unlock(&front);
  pthread_mutex_unlock(&back);
  pthread_kill(main_thread, SIGUSR1);
  return unused;
}

int main(void) {
  pthread_t sender;
  sigset_t set, before;
  main_thread = pthread_self();
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  signal(SIGUSR1, Handle);
  pthread_create(&sender, NULL, SendsWhenThrough, NULL);
  WaitWith(&before);
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  pthread_join(sender, NULL);
  return 0;
}

#endif  // TESTS_PRELOAD_PROGRAMS_ONE_SIDE_AFTER_SIGNAL_H_
