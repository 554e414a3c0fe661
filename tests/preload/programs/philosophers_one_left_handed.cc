// Five philosophers of whom the last one takes the forks the other way round: there is no cycle.
// expect: no finding
#include <array>
#include <mutex>
#include <thread>
#include <vector>

std::array<std::mutex, 5> forks;

void Eat(int seat) {
  std::mutex& left = forks[static_cast<std::size_t>(seat)];
  std::mutex& right = forks[static_cast<std::size_t>((seat + 1) % 5)];
  for (int meal = 0; meal < 50; ++meal) {
    const std::lock_guard first(seat == 4 ? right : left);
    const std::lock_guard second(seat == 4 ? left : right);
  }
}

int main() {
  std::vector<std::thread> philosophers;
  for (int seat = 0; seat < 5; ++seat) philosophers.emplace_back(Eat, seat);
  for (std::thread& philosopher : philosophers) philosopher.join();
}
