// github.com/google/sanitizers/issues/1646, its second part: two threads wait for each other, which was not reported.
// It hangs always: each has its first mutex before either asks for its second.
// hangs
// expect: circular | main::{lambda}::operator() at tsan_1646_hangs.cc -> main at tsan_1646_hangs.cc | real
#include <atomic>
#include <mutex>
#include <thread>

int main() {
  std::mutex m1;
  std::mutex m2;
  std::atomic<int> have_first{0};
  const auto wait_for_other = [&] {
    ++have_first;
    while (have_first < 2) std::this_thread::yield();
  };
  std::thread thread([&] {
    m1.lock();
    wait_for_other();
    m2.lock();
    m2.unlock();
    m1.unlock();
  });
  m2.lock();
  wait_for_other();
  m1.lock();
  m1.unlock();
  m2.unlock();
  thread.join();
}
