// Two objects are swapped by two threads, (a, b) and (b, a), a thousand times, under std::lock.
// expect: no finding
#include <mutex>
#include <thread>
#include <utility>

struct Box {
  std::mutex mutex;
  int value = 0;
};

Box left;
Box right;

void Swap(Box& a, Box& b) {
  std::unique_lock first(a.mutex, std::defer_lock);
  std::unique_lock second(b.mutex, std::defer_lock);
  std::lock(first, second);
  std::swap(a.value, b.value);
}

int main() {
  std::thread one([] {
    for (int i = 0; i < 1000; ++i) Swap(left, right);
  });
  std::thread two([] {
    for (int i = 0; i < 1000; ++i) Swap(right, left);
  });
  one.join();
  two.join();
}
