// A maker has told of one object, then makes another one and tells of it while it holds both: the first one can be
// asked for by others then.  What is recorded of such a request is one word for all new locks, so the second one
// counts, too.
// expect: circular | list_mutex -> MakeFirst at new_lock_told_before_next_was_made.cc | unknown
// expect: circular | list_mutex -> MakeSecond at new_lock_told_before_next_was_made.cc | unknown
// exit: 66
#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

struct Object {
  std::mutex mutex;
  bool complete = false;  // under mutex
};

std::mutex list_mutex;
std::list<Object*> objects;  // under list_mutex

void Enter(Object* object) {
  const std::lock_guard list_lock(list_mutex);
  objects.push_back(object);
}

std::unique_lock<std::mutex> MakeFirst(Object& object) { return std::unique_lock(object.mutex); }
std::unique_lock<std::mutex> MakeSecond(Object& object) { return std::unique_lock(object.mutex); }

int main() {
  std::atomic<bool> walks{false};
  std::thread walker([&] {
    while (!walks) std::this_thread::yield();
    const std::lock_guard list_lock(list_mutex);
    for (Object* object : objects) {
      const std::lock_guard lock(object->mutex);
      object->complete = true;
    }
  });
  const auto first = std::make_unique<Object>();
  std::unique_ptr<Object> second;
  {
    const std::unique_lock first_lock = MakeFirst(*first);
    Enter(first.get());
    second = std::make_unique<Object>();
    const std::unique_lock second_lock = MakeSecond(*second);
    Enter(second.get());
  }
  walks = true;
  walker.join();
}
