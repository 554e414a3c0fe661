// So many objects are made that not all orders of theirs are written down; of one that all know of, the two locks are
// taken in the order of its maker.
// expect: circular | list_mutex -> Create at new_locks_of_which_one_is_known.cc | unknown
// exit: 66
#include <list>
#include <mutex>
#include <thread>

struct Object {
  std::mutex mutex;
  bool complete = false;  // under mutex
};

std::mutex list_mutex;
std::list<Object*> objects;  // under list_mutex

void Create() {
  auto* const object = new Object;
  const std::lock_guard lock(object->mutex);
  const std::lock_guard list_lock(list_mutex);
  objects.push_back(object);
}

void Walk() {
  const std::lock_guard list_lock(list_mutex);
  for (Object* object : objects) {
    const std::lock_guard lock(object->mutex);
    object->complete = true;
  }
}

Object* Last() {
  const std::lock_guard list_lock(list_mutex);
  return objects.back();
}

void Update(Object* object) {
  const std::lock_guard lock(object->mutex);
  const std::lock_guard list_lock(list_mutex);
}

int main() {
  Walk();  // what a thread makes before its first lock is taken for known
  for (int i = 0; i < 300; ++i) Create();
  std::thread walker(Walk);
  walker.join();
  std::thread updater([] { Update(Last()); });
  updater.join();
  for (Object* object : objects) delete object;
}
