// An object is made as in issue 1163 of google/sanitizers, which is harmless; but later, when all know of it, three locks
// are taken in a circle.
// expect: circular | list_mutex -> Create at new_lock_in_longer_cycle.cc | unknown
// expect: circular | log_mutex -> list_mutex -> Create at new_lock_in_longer_cycle.cc | unknown
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

std::mutex log_mutex;

void Log(Object* object) {
  const std::lock_guard lock(object->mutex);
  const std::lock_guard log_lock(log_mutex);
}

void WriteLog() {
  const std::lock_guard log_lock(log_mutex);
  const std::lock_guard list_lock(list_mutex);
}

int main() {
  std::thread maker(Create);
  maker.join();
  std::thread logger([] { Log(Last()); });
  std::thread writer(WriteLog);
  std::thread walker(Walk);
  logger.join();
  writer.join();
  walker.join();
  delete Last();
}
