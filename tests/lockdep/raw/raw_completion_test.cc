#include "lockdep/raw/raw_completion.h"

#include <atomic>
#include <chrono>
#include <memory>

#include "tests/catch.h"
#include "tests/lockdep/raw/threads.h"

namespace lockdep {
namespace {

TEST_CASE("each Complete lets one Wait through", "[raw]") {
  RawCompletion completion;
  CHECK_FALSE(completion.TryWait());
  completion.Complete();
  completion.Complete();
  CHECK(completion.Wait());
  CHECK(completion.TryWait());
  CHECK_FALSE(completion.TryWait());
}

TEST_CASE("after CompleteAll every Wait returns until Reset", "[raw]") {
  RawCompletion completion;
  completion.CompleteAll();
  completion.Complete();
  for (int i = 0; i < 3; ++i) CHECK(completion.Wait());
  completion.Reset();
  CHECK_FALSE(completion.TryWait());
}

TEST_CASE("what was written before Complete is seen after Wait", "[raw]") {
  for (int round = 0; round < 200; ++round) {
    auto completion = std::make_unique<RawCompletion>();
    int result = 0;
    std::thread worker([&, raw = completion.get()] {
      result = round;
      raw->Complete();
    });
    completion->Wait();
    CHECK(result == round);
    worker.join();
  }
}

TEST_CASE("as many waits end as there are completions", "[raw]") {
  RawCompletion completion;
  std::atomic<int> ended = 0;
  OnThreads(4, [&](int id) {
    for (int i = 0; i < 5'000; ++i) {
      if (id % 2 == 0) {
        completion.Complete();
      } else {
        completion.Wait();
        ended.fetch_add(1, std::memory_order_relaxed);
      }
    }
  });
  CHECK(ended == 2 * 5'000);
  CHECK_FALSE(completion.TryWait());
}

TEST_CASE("a wait for something that never happens ends at its deadline", "[raw]") {
  RawCompletion completion;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
  const Deadline deadline = Deadline::At(end);
  CHECK_FALSE(completion.Wait(&deadline));
  CHECK(std::chrono::steady_clock::now() >= end);
}

}  // namespace
}  // namespace lockdep
