// Philosophers who ask a waiter first: one mutex is held while both forks are taken.
// No hang: who asks for a fork holds the waiter's mutex, so that nobody else asks for one while he holds his first.
// expect: circular | forks -> forks+40 | false | exclusive-gate
#include <array>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

std::mutex waiter;
std::array<std::mutex, 2> forks;

void Dine(std::mutex& left, std::mutex& right) {
  std::unique_lock asked(waiter);
  const std::lock_guard first(left);
  const std::lock_guard second(right);
  asked.unlock();
}

int main() {
  std::vector<std::thread> philosophers;
  for (std::size_t i = 0; i < forks.size(); ++i) {
    philosophers.emplace_back([i] {
      for (int meal = 0; meal < 50; ++meal) Dine(forks[i], forks[(i + 1) % forks.size()]);
    });
  }
  for (std::thread& philosopher : philosophers) philosopher.join();
}
