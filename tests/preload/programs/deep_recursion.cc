// Locks at the bottom of a recursion of ten thousand calls.
// expect: circular | front -> back | predicted
#include <chrono>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;
int calls = 0;

void Down(int depth, std::mutex& first, std::mutex& second) {
  ++calls;
  if (depth > 0) {
    Down(depth - 1, first, second);
  } else {
    const std::lock_guard outer(first);
    const std::lock_guard inner(second);
  }
  --calls;
}

int main() {
  std::thread one([] { Down(10000, front, back); });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    Down(10000, back, front);
  });
  one.join();
  two.join();
}
