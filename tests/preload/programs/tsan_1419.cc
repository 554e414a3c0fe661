// github.com/google/sanitizers/issues/1419: two threads in loops that a flag ends, with three mutexes of main's stack.
// No hang: the first has given m1 back when it asks for m3.  Two threads of its kind could close the cycle; it is one.
// run: --threads as-seen
// expect: circular | Forth at tsan_1419.cc -> Forth at tsan_1419.cc -> Forth at tsan_1419.cc | false | same-thread
#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

std::atomic<bool> begun{false};
std::atomic<bool> stop{false};

void Forth(std::mutex& m1, std::mutex& m2, std::mutex& m3) {
  while (!stop) {
    {
      const std::lock_guard first(m1);
      const std::lock_guard second(m2);
    }
    const std::lock_guard first(m2);
    const std::lock_guard second(m3);
    begun = true;
  }
}

void Back(std::mutex& m1, std::mutex& m3) {
  while (!begun) std::this_thread::yield();
  for (int i = 0; i < 100; ++i) {
    const std::lock_guard first(m3);
    const std::lock_guard second(m1);
  }
  stop = true;
}

int main() {
  std::mutex m1, m2, m3;
  std::thread a(Forth, std::ref(m1), std::ref(m2), std::ref(m3));
  std::thread b(Back, std::ref(m1), std::ref(m3));
  a.join();
  b.join();
}
