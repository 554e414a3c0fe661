// pthread_exit deep in a function unwinds the stack, and the guards there give their locks back.
// expect: no finding
#include <pthread.h>

#include <cstdint>
#include <cstdio>
#include <mutex>

std::mutex front;
std::mutex back;

[[noreturn]] void Deep() {
  const std::lock_guard second(back);
  pthread_exit(reinterpret_cast<void*>(std::intptr_t{42}));
}

void* Run(void* /*unused*/) {
  const std::lock_guard first(front);
  Deep();
}

int main() {
  pthread_t thread{};
  void* result = nullptr;
  pthread_create(&thread, nullptr, Run, nullptr);
  pthread_join(thread, &result);
  std::printf("%d %d %d\n", static_cast<int>(reinterpret_cast<std::intptr_t>(result)), front.try_lock(),
              back.try_lock());
  front.unlock();
  back.unlock();
}
