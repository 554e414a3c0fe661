// As issue 1163 of google/sanitizers, but the maker asks for the list's lock once more when others can reach the
// object.
// expect: circular | list_mutex -> CreateAndEnterTwice at tsan_1163_may_hang_later.cc | unknown
// exit: 66
#include "tests/preload/programs/object_list.h"

void CreateAndEnterTwice() {
  const auto object = std::make_shared<Object>();
  const std::lock_guard lock(object->mutex);
  for (int times = 0; times < 2; ++times) {  // both at one place
    const std::lock_guard list_lock(list_mutex);
    objects.push_back(object);
  }
}

int main() {
  std::thread maker(CreateAndEnterTwice);
  maker.join();
  std::thread walker(CountComplete);
  walker.join();
}
