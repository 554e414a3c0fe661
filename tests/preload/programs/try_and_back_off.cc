// Who does not get the second lock gives the first one back and starts again.
// expect: no finding
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

void Both(std::mutex& first, std::mutex& second) {
  for (int i = 0; i < 200; ++i) {
    for (;;) {
      first.lock();
      if (second.try_lock()) break;
      first.unlock();
      std::this_thread::yield();
    }
    second.unlock();
    first.unlock();
  }
}

int main() {
  std::thread one([] { Both(front, back); });
  std::thread two([] { Both(back, front); });
  one.join();
  two.join();
}
