// Helpers of the lock tests: run a body on several threads; wait for something with a limit.
#ifndef TESTS_LOCKDEP_RAW_THREADS_H_
#define TESTS_LOCKDEP_RAW_THREADS_H_

#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

namespace lockdep {

// Runs body(0) ... body(count - 1), each on a thread of its own, and waits for all.
template <class Body>
void OnThreads(int count, Body body) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) threads.emplace_back([&body, i] { body(i); });
  for (std::thread& thread : threads) thread.join();
}

// Whether `condition` becomes true within ten seconds.
template <class Condition>
bool Eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

// Whether `condition` stays false for a while.  It can pass by luck, never fail by it.
template <class Condition>
bool NotForAWhile(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(30);
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace lockdep

#endif  // TESTS_LOCKDEP_RAW_THREADS_H_
