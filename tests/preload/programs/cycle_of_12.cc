// Twelve threads and twelve locks in a ring.
// expect: circular | jan -> feb -> mar -> apr -> may -> jun -> jul -> aug -> sep -> oct -> nov -> dec | predicted
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

std::mutex jan;
std::mutex feb;
std::mutex mar;
std::mutex apr;
std::mutex may;
std::mutex jun;
std::mutex jul;
std::mutex aug;
std::mutex sep;
std::mutex oct;
std::mutex nov;
std::mutex dec;

void Both(std::mutex& outer, std::mutex& inner, int after_ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(after_ms));
  const std::lock_guard first(outer);
  const std::lock_guard second(inner);
}

int main() {
  const std::vector<std::mutex*> ring = {&jan, &feb, &mar, &apr, &may, &jun, &jul, &aug, &sep, &oct, &nov, &dec};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    threads.emplace_back(Both, std::ref(*ring[i]), std::ref(*ring[(i + 1) % ring.size()]), 20 * static_cast<int>(i));
  }
  for (std::thread& thread : threads) thread.join();
}
