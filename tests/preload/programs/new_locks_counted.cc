// As tsan_1163_object_being_made, where the user wants such findings to count.
// run: --new-locks any
// expect: circular | list_mutex -> Create at new_locks_counted.cc | unknown
// exit: 66
#include <list>
#include <memory>
#include <mutex>
#include <thread>

struct Object {
  std::mutex mutex;
  bool complete = false;  // under mutex
};

std::mutex list_mutex;
std::list<std::shared_ptr<Object>> objects;  // under list_mutex

void Create() {
  const auto object = std::make_shared<Object>();
  const std::lock_guard lock(object->mutex);
  {
    const std::lock_guard list_lock(list_mutex);
    objects.push_back(object);
  }
  object->complete = true;
}

int CountComplete() {
  const std::lock_guard list_lock(list_mutex);
  int complete = 0;
  for (const std::shared_ptr<Object>& object : objects) {
    const std::lock_guard lock(object->mutex);
    if (object->complete) ++complete;
  }
  return complete;
}

int main() {
  std::thread maker([] {
    for (int i = 0; i < 3; ++i) Create();
  });
  std::thread walker([] {
    while (CountComplete() < 3) std::this_thread::yield();
  });
  maker.join();
  walker.join();
}
