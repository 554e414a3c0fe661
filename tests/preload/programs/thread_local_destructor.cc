// The destructor of a thread_local object locks, in the opposite order to the other thread's.
// expect: circular | front -> back | predicted
#include <chrono>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

struct Log {
  bool turned = false;
  ~Log() {
    const std::lock_guard first(turned ? back : front);
    const std::lock_guard second(turned ? front : back);
  }
};

thread_local Log log_of_thread;

int main() {
  std::thread one([] { log_of_thread.turned = false; });
  std::thread two([] {
    log_of_thread.turned = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  });
  one.join();
  two.join();
}
