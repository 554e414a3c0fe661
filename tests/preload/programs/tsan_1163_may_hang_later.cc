// As issue 1163 of google/sanitizers, but the maker asks for the list's lock once more when others can reach the object.
// expect: circular | list_mutex -> Create at tsan_1163_may_hang_later.cc | unknown
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
int made = 0;                                // under list_mutex

void Create() {
  const auto object = std::make_shared<Object>();
  const std::lock_guard lock(object->mutex);
  for (int step = 0; step < 2; ++step) {  // both at one place
    const std::lock_guard list_lock(list_mutex);
    if (step == 0) {
      objects.push_back(object);
    } else {
      ++made;
    }
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
  maker.join();
  std::thread walker([] { CountComplete(); });
  walker.join();
}
