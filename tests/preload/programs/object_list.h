// Objects that their maker has locked when they enter a list, under the list's lock; who walks the list locks the
// objects under the list's lock.  The maker asks for the list's lock when nobody else can know of the object.
#ifndef TESTS_PRELOAD_PROGRAMS_OBJECT_LIST_H_
#define TESTS_PRELOAD_PROGRAMS_OBJECT_LIST_H_

#include <list>
#include <memory>
#include <mutex>
#include <thread>

struct Object {
  std::mutex mutex;
  bool complete = false;  // under mutex
};

inline std::mutex list_mutex;
inline std::list<std::shared_ptr<Object>> objects;  // under list_mutex

inline void Create() {
  const auto object = std::make_shared<Object>();
  const std::lock_guard lock(object->mutex);
  {
    const std::lock_guard list_lock(list_mutex);
    objects.push_back(object);
  }
  object->complete = true;
}

inline int CountComplete() {
  const std::lock_guard list_lock(list_mutex);
  int complete = 0;
  for (const std::shared_ptr<Object>& object : objects) {
    const std::lock_guard lock(object->mutex);
    if (object->complete) ++complete;
  }
  return complete;
}

inline std::shared_ptr<Object> Last() {
  const std::lock_guard list_lock(list_mutex);
  return objects.back();
}

inline void MakeAndWalk() {
  std::thread maker([] {
    for (int i = 0; i < 3; ++i) Create();
  });
  std::thread walker([] {
    while (CountComplete() < 3) std::this_thread::yield();
  });
  maker.join();
  walker.join();
}

#endif  // TESTS_PRELOAD_PROGRAMS_OBJECT_LIST_H_
