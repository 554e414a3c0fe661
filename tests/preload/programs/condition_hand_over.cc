// Two threads hand a turn over by a condition: each takes the two locks in its own order, but only in its turn.
// No hang: the turn changes only after both locks are given back.  That is in data; but who takes a mutex under which a
// condition is signalled may have learned it.
// expect: circular | front -> back | unknown
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;
std::mutex turn_mutex;
std::condition_variable changed;
int turn = 0;  // under turn_mutex

void Play(int mine, std::mutex& outer, std::mutex& inner) {
  for (int round = 0; round < 20; ++round) {
    {
      std::unique_lock lock(turn_mutex);
      changed.wait(lock, [&] { return turn == mine; });
    }
    {
      const std::lock_guard first(outer);
      const std::lock_guard second(inner);
    }
    const std::lock_guard lock(turn_mutex);
    turn = 1 - mine;
    changed.notify_all();
  }
}

int main() {
  std::thread one([] { Play(0, front, back); });
  std::thread other([] { Play(1, back, front); });
  one.join();
  other.join();
}
