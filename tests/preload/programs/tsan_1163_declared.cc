// As tsan_1163_object_being_made, with what is in the data declared by the user: the maker of an object has locked it when it enters the list, under the
// list's lock; who walks the list locks the objects under the list's lock.
// No hang: an object whose maker asks for the list's lock is in no list, so that nobody can ask for the object's lock. That is in its data, so the user declares it.
// run: --new-locks private
// expect: circular | list_mutex -> Create at tsan_1163_declared.cc | false (declared) | cannot-run-concurrently
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
