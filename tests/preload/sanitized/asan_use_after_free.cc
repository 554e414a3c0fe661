// Both find what is theirs: AddressSanitizer ends the program, with the exit code that the user chose for it.
// expect: circular | front -> back | predicted
// exit: 23
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

std::mutex front;
std::mutex back;

int main() {
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
  auto number = std::make_unique<int>(1);
  const volatile int* const gone = number.get();
  number.reset();
  return *gone;
}
