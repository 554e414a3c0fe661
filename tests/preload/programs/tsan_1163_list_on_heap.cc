// As tsan_1163_object_being_made, with a list that the maker is the first one to use, but did not make.
// expect: circular | Create at tsan_1163_list_on_heap.cc -> Create at tsan_1163_list_on_heap.cc | unknown
// exit: 0
#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

struct Object {
  std::mutex mutex;
  bool complete = false;  // under mutex
};

struct Registry {
  std::mutex list_mutex;
  std::list<std::shared_ptr<Object>> objects;  // under list_mutex
};
std::unique_ptr<Registry> registry;
std::atomic<bool> some_are_made{false};

void Create() {
  const auto object = std::make_shared<Object>();
  const std::lock_guard lock(object->mutex);
  {
    const std::lock_guard list_lock(registry->list_mutex);
    registry->objects.push_back(object);
  }
  object->complete = true;
}

int CountComplete() {
  const std::lock_guard list_lock(registry->list_mutex);
  int complete = 0;
  for (const std::shared_ptr<Object>& object : registry->objects) {
    const std::lock_guard lock(object->mutex);
    if (object->complete) ++complete;
  }
  return complete;
}

int main() {
  registry = std::make_unique<Registry>();
  std::thread maker([] {
    for (int i = 0; i < 3; ++i) {
      Create();
      some_are_made = true;
    }
  });
  std::thread walker([] {
    while (!some_are_made) std::this_thread::yield();
    while (CountComplete() < 3) std::this_thread::yield();
  });
  maker.join();
  walker.join();
}
