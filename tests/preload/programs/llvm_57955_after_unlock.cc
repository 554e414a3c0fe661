// github.com/llvm/llvm-project/issues/57955: a thread takes m2 under m1, gives both back, and takes m3 under m2;
// another one takes m1 under m3.
// No hang: the first does not hold m1 any more when it asks for m3.  It would take two threads of its kind.
// run: --threads as-seen
// expect: circular | m1 -> m2 -> m3 | false | same-thread
#include <atomic>
#include <mutex>
#include <thread>

std::mutex m1;
std::mutex m2;
std::mutex m3;
std::atomic<int> counter{0};
std::atomic<bool> first_done{false};

void Inner() {
  const std::unique_lock first(m1);
  const std::unique_lock second(m2);
}

void OneWay() {
  Inner();
  const std::unique_lock first(m2);
  const std::unique_lock second(m3);
}

void OtherWay() {
  const std::unique_lock first(m3);
  const std::unique_lock second(m1);
}

int main() {
  std::thread one([] {
    do {
      OneWay();
      first_done = true;
    } while (counter <= 10);
  });
  std::thread two([] {
    while (!first_done || counter <= 10) {
      OtherWay();
      ++counter;
    }
  });
  one.join();
  two.join();
}
