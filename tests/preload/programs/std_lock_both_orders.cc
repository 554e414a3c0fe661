// std::scoped_lock and std::lock take two locks in either order: they try, and give back what they have.
// expect: no finding
#include <chrono>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

int main() {
  std::thread one([] { const std::scoped_lock both(front, back); });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::lock(back, front);
    back.unlock();
    front.unlock();
  });
  one.join();
  two.join();
}
