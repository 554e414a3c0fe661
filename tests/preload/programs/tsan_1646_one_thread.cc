// github.com/google/sanitizers/issues/1646, its first part: main alone takes two mutexes of its stack in both orders.
// No hang: there is one thread.
// expect: circular | main at tsan_1646_one_thread.cc -> main at tsan_1646_one_thread.cc | false | same-thread
#include <iostream>
#include <mutex>

int main() {
  std::mutex m1;
  std::mutex m2;

  m1.lock();
  std::cout << "m1\n";
  m2.lock();
  std::cout << "m1, m2\n";
  m2.unlock();
  m1.unlock();

  m2.lock();
  std::cout << "m2\n";
  m1.lock();
  std::cout << "m2, m1\n";
  m1.unlock();
  m2.unlock();
}
