// A lock and its unlock in a program that knows nothing of lockdep, for running it in different company:
//
//   build/bench/tests/bench/lockdep_bench_recorded_pairs                                plain
//   build/bench/tests/bench/lockdep_bench_recorded_pairs_tsan                           under ThreadSanitizer
//   build/release/tools/lockdep run -- …/lockdep_bench_recorded_pairs                   under the recorder
//   valgrind --tool=helgrind …/lockdep_bench_recorded_pairs                             under Helgrind, or drd
//
// recorded_pairs.sh runs them all in turn and prints the ratios.  Time per pair at nesting `depth`; a second thread
// sleeps, so that the C library's locks are those of a program with threads.
#include <benchmark/benchmark.h>
#include <pthread.h>

#include <array>

namespace {

constexpr int kDepthMax = 5;

void SleepBeside() {
  static const bool started = [] {
    pthread_t thread{};
    const auto sleep = [](void*) -> void* {
      static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
      static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
      pthread_mutex_lock(&mutex);
      for (;;) pthread_cond_wait(&never, &mutex);
    };
    return pthread_create(&thread, nullptr, sleep, nullptr) == 0 && pthread_detach(thread) == 0;
  }();
  benchmark::DoNotOptimize(started);
}

struct alignas(64) OwnMutex {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
};
std::array<std::array<OwnMutex, kDepthMax>, 2> mutexes;  // a thread has its own

void Mutexes(benchmark::State& state) {
  SleepBeside();
  auto& own = mutexes[static_cast<std::size_t>(state.thread_index())];
  const int depth = static_cast<int>(state.range(0));
  for (auto _ : state) {
    for (int i = 0; i < depth; ++i) pthread_mutex_lock(&own[static_cast<std::size_t>(i)].mutex);
    for (int i = depth; i-- > 0;) pthread_mutex_unlock(&own[static_cast<std::size_t>(i)].mutex);
  }
  state.SetItemsProcessed(state.iterations() * depth);
}
BENCHMARK(Mutexes)->ArgName("depth")->Arg(1)->Arg(2)->Arg(3)->Arg(5);
BENCHMARK(Mutexes)->ArgName("depth")->Arg(1)->Arg(3)->Threads(2);

void Reads(benchmark::State& state) {
  SleepBeside();
  static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  for (auto _ : state) {
    pthread_rwlock_rdlock(&lock);
    pthread_rwlock_unlock(&lock);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Reads);

}  // namespace

BENCHMARK_MAIN();
