// A recursion holds a lock of its own at each of two hundred depths, outermost first, by many threads.
// expect: no finding
#include <array>
#include <mutex>
#include <thread>

std::array<std::mutex, 200> levels;

void Down(std::size_t depth) {
  if (depth == levels.size()) return;
  const std::lock_guard lock(levels[depth]);
  Down(depth + 1);
}

int main() {
  std::thread one(Down, 0);
  std::thread two(Down, 100);
  one.join();
  two.join();
}
