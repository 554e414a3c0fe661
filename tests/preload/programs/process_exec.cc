// A child of a fork becomes this program again, which then takes two locks in both orders.
// expect: circular | front -> back | predicted
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

void BothOrders() {
  std::thread one([] {
    const std::lock_guard first(front);
    const std::lock_guard second(back);
  });
  std::thread two([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  });
  one.join();
  two.join();
}

int main(int argc, char** argv) {
  if (argc > 1) {
    BothOrders();
    return 0;
  }
  const pid_t child = fork();
  if (child == 0) {
    execl("/proc/self/exe", argv[0], "again", nullptr);
    _exit(127);
  }
  waitpid(child, nullptr, 0);
}
