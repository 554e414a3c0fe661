// So many objects are made that not all orders of theirs are written down; of one that all know of, the two locks are
// taken in the order of its maker.
// expect: circular | list_mutex -> Create at object_list.h | unknown
// exit: 66
#include "tests/preload/programs/object_list.h"

void Update(Object& object) {
  const std::lock_guard lock(object.mutex);
  const std::lock_guard list_lock(list_mutex);
}

int main() {
  CountComplete();  // what a thread makes before its first lock is taken for known
  for (int i = 0; i < 300; ++i) Create();
  std::thread walker(CountComplete);
  walker.join();
  std::thread updater([] { Update(*Last()); });
  updater.join();
}
