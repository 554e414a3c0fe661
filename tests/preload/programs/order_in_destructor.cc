// The destructor takes the other order than the worker, but only when it has joined it.
// expect: circular | front -> back | unknown
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

class Service {
 public:
  Service()
      : worker_([] {
          const std::lock_guard first(front);
          const std::lock_guard second(back);
        }) {}
  ~Service() {
    worker_.join();
    const std::lock_guard first(back);
    const std::lock_guard second(front);
  }

 private:
  std::thread worker_;
};

int main() { const Service service; }
