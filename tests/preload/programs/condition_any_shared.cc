// A condition that goes with any lock, waited for by readers.
// expect: no finding
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <shared_mutex>
#include <thread>

std::shared_mutex shared;
std::condition_variable_any changed;
bool ready = false;

int main() {
  const auto wait = [] {
    std::shared_lock lock(shared);
    changed.wait(lock, [] { return ready; });
  };
  std::thread one(wait);
  std::thread two(wait);
  {
    const std::lock_guard lock(shared);
    ready = true;
  }
  changed.notify_all();
  one.join();
  two.join();
  std::puts("both saw it");
}
