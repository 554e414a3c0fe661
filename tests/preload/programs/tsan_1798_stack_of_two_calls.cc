// github.com/google/sanitizers/issues/1798: each call has a mutex on its stack, at one address; one call takes the
// static mutex before it, the other one after it.
// No hang: there is one thread; and the mutexes of the two calls are two.
// expect: circular | m1 -> Call at tsan_1798_stack_of_two_calls.cc | false | same-thread
#include <mutex>

std::mutex m1;

void Call(bool after) {
  std::mutex m2;
  std::unique_lock l1(m1, std::defer_lock);
  if (!after) l1.lock();
  const std::unique_lock l2(m2);
  if (after) l1.lock();
}

int main() {
  Call(false);
  Call(true);
}
