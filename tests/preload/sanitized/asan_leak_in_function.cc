// The user knows of a leak by the function that allocates: LeakSanitizer finds that in the stack of the allocation.
// expect: no finding
#include <cstdlib>
#include <mutex>
#include <thread>

extern "C" const char* __lsan_default_suppressions() { return "leak:KnownToLeak\n"; }
extern "C" const char* __lsan_default_options() { return "print_suppressions=0"; }

[[gnu::noinline]] void* KnownToLeak() { return std::malloc(1000); }

std::mutex mutex;
void* volatile leaked;

int main() {
  std::thread thread([] {
    const std::lock_guard lock(mutex);
    leaked = KnownToLeak();
  });
  thread.join();
  leaked = nullptr;
}
