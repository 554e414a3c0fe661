// A thread frees memory that it made, and another one makes an object there: the first one is told of that, and the
// lock in it is not its own.
// expect: circular | list_mutex -> Take at new_lock_made_in_freed_memory.cc | unknown
// exit: 66
#include <malloc.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>
#include <thread>

struct Object {
  std::mutex mutex;
  char rest[1 << 20];
};

std::mutex list_mutex;
std::mutex place_mutex;
Object* place = nullptr;  // under place_mutex

// Takes an object that it is told of under `place_mutex`, while that is held: it has given nothing back before.
void Take() {
  const std::lock_guard place_lock(place_mutex);
  if (place == nullptr) return;
  const std::lock_guard lock(place->mutex);
  const std::lock_guard list_lock(list_mutex);
}

void Walk() {
  const std::lock_guard list_lock(list_mutex);
  const std::lock_guard lock(place->mutex);
}

int main() {
  // Blocks that are mappings of their own: who asks next for so much gets the one that was freed last.
  mallopt(M_MMAP_THRESHOLD, 1 << 16);
  mallopt(M_ARENA_MAX, 1);
  std::atomic<int> step{0};
  void* freed = nullptr;
  std::thread taker([&] {
    while (step != 1) std::this_thread::yield();
    freed = std::malloc(sizeof(Object));
    std::free(freed);
    step = 2;
    while (step != 3) std::this_thread::yield();
    Take();
  });
  std::thread maker([&] {
    step = 1;
    while (step != 2) std::this_thread::yield();
    void* const memory = std::malloc(sizeof(Object));
    if (memory != freed) std::puts("elsewhere");
    const std::lock_guard place_lock(place_mutex);
    place = new (memory) Object;
    step = 3;
  });
  maker.join();
  taker.join();
  std::thread walker(Walk);
  walker.join();
}
