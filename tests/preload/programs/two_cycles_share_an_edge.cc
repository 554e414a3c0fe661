// Two cycles of three locks that have one order in common are two findings.
// expect: circular | start -> end -> upper | predicted
// expect: circular | start -> end -> lower | predicted
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

std::mutex start;
std::mutex end;
std::mutex upper;
std::mutex lower;

void Both(std::mutex& outer, std::mutex& inner, int after_ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(after_ms));
  const std::lock_guard first(outer);
  const std::lock_guard second(inner);
}

int main() {
  std::vector<std::thread> threads;
  threads.emplace_back(Both, std::ref(start), std::ref(end), 0);
  threads.emplace_back(Both, std::ref(end), std::ref(upper), 20);
  threads.emplace_back(Both, std::ref(upper), std::ref(start), 40);
  threads.emplace_back(Both, std::ref(end), std::ref(lower), 60);
  threads.emplace_back(Both, std::ref(lower), std::ref(start), 80);
  for (std::thread& thread : threads) thread.join();
}
