// github.com/google/sanitizers/issues/1717: two blocks of main have mutexes of their own, which the optimizer lays into
// the same place of the stack.  Here they are put there by hand.
// No hang: there is one thread; and the mutexes of one block have nothing to do with those of the other.
// expect: circular | main at tsan_1717_two_blocks.cc -> main at tsan_1717_two_blocks.cc | false | same-thread
#include <mutex>
#include <new>

int main() {
  alignas(std::mutex) unsigned char places[2][sizeof(std::mutex)];
  {
    auto* const a = new (places[0]) std::mutex;
    auto* const b = new (places[1]) std::mutex;
    {
      const std::lock_guard first(*a);
      const std::lock_guard second(*b);
    }
    b->~mutex();
    a->~mutex();
  }
  {
    auto* const d = new (places[0]) std::mutex;
    auto* const c = new (places[1]) std::mutex;
    {
      const std::lock_guard first(*c);
      const std::lock_guard second(*d);
    }
    c->~mutex();
    d->~mutex();
  }
}
