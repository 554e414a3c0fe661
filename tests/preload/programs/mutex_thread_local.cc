// Each of two threads has a mutex of its own: what one does with its mutex says nothing of the other's.
// expect: no finding
#include <mutex>
#include <thread>

std::mutex shared;
thread_local std::mutex own;

int main() {
  std::thread one([] {
    const std::lock_guard outer(shared);
    const std::lock_guard inner(own);
  });
  std::thread two([] {
    const std::lock_guard outer(own);
    const std::lock_guard inner(shared);
  });
  one.join();
  two.join();
}
