// A handler of exit, a static destructor and a thread-local one lock in one order, a worker before them in the other.
// No hang: the worker was joined before any of them can run.
// expect: circular | front -> back | false | cannot-run-concurrently
#include <cstdlib>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

void Backwards() {
  const std::lock_guard first(back);
  const std::lock_guard second(front);
}

struct AtEnd {
  ~AtEnd() { Backwards(); }
};
AtEnd of_program;
thread_local AtEnd of_thread;

int main() {
  std::atexit(Backwards);
  [[maybe_unused]] const AtEnd* const used = &of_thread;
  std::thread worker([] {
    const std::lock_guard first(front);
    const std::lock_guard second(back);
  });
  worker.join();
}
