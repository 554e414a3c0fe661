// As tsan_1163_object_being_made, where the user wants such findings to count.
// run: --new-locks any
// expect: circular | list_mutex -> Create at object_list.h | unknown
// exit: 66
#include "tests/preload/programs/object_list.h"

int main() { MakeAndWalk(); }
