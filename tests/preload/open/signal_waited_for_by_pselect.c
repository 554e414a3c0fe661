/* One side comes after a signal for which the thread waits in pselect; the other side sends it when it is through. */
// expect: circular | front -> back | unknown
#define _GNU_SOURCE
#include <signal.h>
#include <sys/select.h>

#include "../programs/both_orders.h"

static pthread_t main_thread;

static void Handle(int signal) { (void)signal; }

static void* Sends(void* unused) {
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
  pthread_create(&sender, NULL, Sends, NULL);
  pselect(0, NULL, NULL, NULL, NULL, &before);
  pthread_mutex_lock(&front);
  pthread_mutex_lock(&back);
  pthread_mutex_unlock(&back);
  pthread_mutex_unlock(&front);
  pthread_join(sender, NULL);
  return 0;
}
