// An object is made as in issue 1163 of google/sanitizers, which is harmless; but later, when all know of it, three
// locks are taken in a circle.
// expect: circular | list_mutex -> Create at object_list.h | unknown
// expect: circular | log_mutex -> list_mutex -> Create at object_list.h | unknown
// exit: 66
#include "tests/preload/programs/object_list.h"

std::mutex log_mutex;

void Log(Object& object) {
  const std::lock_guard lock(object.mutex);
  const std::lock_guard log_lock(log_mutex);
}

void WriteLog() {
  const std::lock_guard log_lock(log_mutex);
  const std::lock_guard list_lock(list_mutex);
}

int main() {
  std::thread maker(Create);
  maker.join();
  std::thread logger([] { Log(*Last()); });
  std::thread writer(WriteLog);
  std::thread walker(CountComplete);
  logger.join();
  writer.join();
  walker.join();
}
