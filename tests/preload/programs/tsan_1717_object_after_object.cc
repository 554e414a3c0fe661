// github.com/google/sanitizers/issues/1717, on the heap: mutexes of deleted objects, and others that lie where those
// were, are taken in opposite orders by two threads.
// No hang: they are four mutexes, and each pair is taken in one order.
// expect: no finding
// exit: 0
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

// Where the two lay.
struct Places {
  std::uintptr_t first, second;
};

int main() {
  // One thread's allocator gives both pairs the same places; each is handed to another thread to be used there.
  Places before{};
  Places after{};
  {
    const auto a = std::make_unique<std::mutex>();
    const auto b = std::make_unique<std::mutex>();
    before = {reinterpret_cast<std::uintptr_t>(a.get()), reinterpret_cast<std::uintptr_t>(b.get())};
    std::thread user([&] {
      const std::lock_guard first(*a);
      const std::lock_guard second(*b);
    });
    user.join();
  }
  {
    const auto c = std::make_unique<std::mutex>();
    const auto d = std::make_unique<std::mutex>();
    after = {reinterpret_cast<std::uintptr_t>(c.get()), reinterpret_cast<std::uintptr_t>(d.get())};
    // Whichever lies where a lay is taken last.
    std::mutex& outer = after.first == before.first ? *d : *c;
    std::mutex& inner = after.first == before.first ? *c : *d;
    std::thread user([&] {
      const std::lock_guard first(outer);
      const std::lock_guard second(inner);
    });
    user.join();
  }
  const bool same = (before.first == after.first && before.second == after.second) ||
                    (before.first == after.second && before.second == after.first);
  return same ? 0 : 1;
}
