// operator new takes a lock, and tells a cache when memory is short; the cache allocates under its own lock.
// expect: circular | cache -> heap | predicted
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <new>
#include <thread>

std::mutex heap;
std::mutex cache;
void (*when_full)() = nullptr;

void* operator new(std::size_t bytes) {
  const std::lock_guard lock(heap);
  if (when_full != nullptr) when_full();
  void* const memory = std::malloc(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept {
  const std::lock_guard lock(heap);
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*bytes*/) noexcept { operator delete(memory); }

int main() {
  std::thread one([] {
    const std::lock_guard lock(cache);
    delete new long(1);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  when_full = [] { const std::lock_guard lock(cache); };
  delete new long(2);
  when_full = nullptr;
  one.join();
}
