// github.com/google/sanitizers/issues/1163: the maker of an object has locked it when it enters the list, under the
// list's lock; who walks the list locks the objects under the list's lock.
// No hang: an object whose maker asks for the list's lock is in no list, so that nobody can ask for the object's lock.
// That is in its data; that the maker told nobody is not.
// expect: circular | list_mutex -> Create at object_list.h | unknown
// exit: 0
#include "tests/preload/programs/object_list.h"

int main() { MakeAndWalk(); }
