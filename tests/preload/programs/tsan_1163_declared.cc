// As tsan_1163_object_being_made, where the user declares what is in the program's data.
// run: --new-locks private
// expect: circular | list_mutex -> Create at object_list.h | false (declared) | cannot-run-concurrently
#include "tests/preload/programs/object_list.h"

int main() { MakeAndWalk(); }
