// A lock that its maker takes first, after it started a thread that it had told of it.
// expect: circular | list_mutex -> Make at new_lock_known_since_start.cc | unknown
// exit: 66
#include <semaphore.h>

#include <memory>
#include <mutex>
#include <thread>

struct Object {
  std::mutex mutex;
  bool complete = false;  // under mutex
};

std::mutex list_mutex;
sem_t made;

void Walk(Object& object) {
  sem_wait(&made);
  const std::lock_guard list_lock(list_mutex);
  const std::lock_guard lock(object.mutex);
  object.complete = true;
}

void Make(Object& object) {
  const std::lock_guard lock(object.mutex);
  const std::lock_guard list_lock(list_mutex);
}

int main() {
  sem_init(&made, 0, 0);
  const auto object = std::make_unique<Object>();
  std::thread walker([&] { Walk(*object); });
  Make(*object);
  sem_post(&made);
  walker.join();
}
