// Five philosophers who all take the fork on their left first.
// expect: circular | plato -> kant -> hume -> locke -> sartre | predicted
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

std::mutex plato;
std::mutex kant;
std::mutex hume;
std::mutex locke;
std::mutex sartre;

void Both(std::mutex& outer, std::mutex& inner, int after_ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(after_ms));
  const std::lock_guard first(outer);
  const std::lock_guard second(inner);
}

int main() {
  const std::vector<std::mutex*> ring = {&plato, &kant, &hume, &locke, &sartre};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    threads.emplace_back(Both, std::ref(*ring[i]), std::ref(*ring[(i + 1) % ring.size()]), 20 * static_cast<int>(i));
  }
  for (std::thread& thread : threads) thread.join();
}
