// Each half is taken by a thread of its own, but for both by the main thread; no process that asks for one of them has
// a deadlock.
#include "tests/tools/halves/halves.h"

#include <pthread.h>

#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

namespace {

std::mutex front;
std::mutex back;
std::mutex gate;

void FrontThenBack() {
  const std::lock_guard first(front);
  const std::lock_guard second(back);
}
void BackThenFront() {
  const std::lock_guard first(back);
  const std::lock_guard second(front);
}
void FrontThenBackGated() {
  const std::lock_guard lock(gate);
  FrontThenBack();
}
void BackThenFrontGated() {
  const std::lock_guard lock(gate);
  BackThenFront();
}

// Locks that were made by their init function, so that their identity is certain in their process.
struct OnHeap {
  OnHeap() {
    pthread_mutex_init(&one, nullptr);
    pthread_mutex_init(&two, nullptr);
  }
  ~OnHeap() {
    pthread_mutex_destroy(&one);
    pthread_mutex_destroy(&two);
  }
  void Take(pthread_mutex_t& first, pthread_mutex_t& second) {
    pthread_mutex_lock(&first);
    pthread_mutex_lock(&second);
    pthread_mutex_unlock(&second);
    pthread_mutex_unlock(&first);
  }
  pthread_mutex_t one, two;
};

void HeapOneThenTwo() {
  const auto locks = std::make_unique<OnHeap>();
  locks->Take(locks->one, locks->two);
}
void HeapTwoThenOne() {
  const auto locks = std::make_unique<OnHeap>();
  locks->Take(locks->two, locks->one);
}

}  // namespace

void TakeHalf(const char* which) {
  const auto is = [&](const char* word) { return std::strcmp(which, word) == 0; };
  if (is("ab")) std::thread(FrontThenBack).join();
  if (is("ba")) std::thread(BackThenFront).join();
  if (is("gated-ab")) std::thread(FrontThenBackGated).join();
  if (is("gated-ba")) std::thread(BackThenFrontGated).join();
  if (is("heap-ab")) std::thread(HeapOneThenTwo).join();
  if (is("heap-ba")) std::thread(HeapTwoThenOne).join();
  if (is("one-thread")) {
    FrontThenBack();
    BackThenFront();
  }
}
