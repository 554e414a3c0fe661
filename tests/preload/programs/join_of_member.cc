// An object joins its thread under its lock, which only that thread has used before.
// expect: circular | main::pool -> end of started by Pool::Pool at join_of_member.cc | unknown
#include <unistd.h>

#include <mutex>
#include <thread>

struct Pool {
  std::mutex mutex;
  std::thread worker{[this] { const std::lock_guard lock(mutex); }};
  ~Pool() {
    const std::lock_guard lock(mutex);
    worker.join();
  }
};

int main() {
  static Pool pool;
  usleep(200000);
}
