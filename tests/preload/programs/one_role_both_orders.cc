// Two threads run the same function, with the locks the other way round.
// expect: circular | front -> back | predicted
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

std::mutex front;
std::mutex back;

void Both(std::mutex& outer, std::mutex& inner, int after_ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(after_ms));
  const std::lock_guard first(outer);
  const std::lock_guard second(inner);
}

int main() {
  std::vector<std::thread> threads;
  for (const bool turned : {false, true}) {
    std::mutex& outer = turned ? back : front;
    std::mutex& inner = turned ? front : back;
    threads.emplace_back(Both, std::ref(outer), std::ref(inner), turned ? 50 : 0);
  }
  for (std::thread& thread : threads) thread.join();
}
