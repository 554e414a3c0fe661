// What a lock and an unlock cost through the wrappers, beside the standard lock of the same kind.
//
//   lockdep_bench_acquire [--benchmark_repetitions=9] [--benchmark_filter=mutex]
//
// Prints the usual lines and, last, one table: the median per pair of both sides and their ratio.  All
// repetitions of all cases are interleaved at random, so a slow moment of the machine hits both sides.
// A thread is parked from start to end, because glibc has a shortcut for programs with one thread.
#include <benchmark/benchmark.h>
#include <pthread.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "lockdep/lockdep.h"

namespace {

// The peers that the standard library does not have.
class PthreadSpinLock {
 public:
  PthreadSpinLock() { pthread_spin_init(&lock_, PTHREAD_PROCESS_PRIVATE); }
  ~PthreadSpinLock() { pthread_spin_destroy(&lock_); }
  void lock() { pthread_spin_lock(&lock_); }
  void unlock() { pthread_spin_unlock(&lock_); }

 private:
  pthread_spinlock_t lock_;
};

class PthreadRwLock {
 public:
  PthreadRwLock() { pthread_rwlock_init(&lock_, nullptr); }
  ~PthreadRwLock() { pthread_rwlock_destroy(&lock_); }
  void lock() { pthread_rwlock_wrlock(&lock_); }
  void unlock() { pthread_rwlock_unlock(&lock_); }
  void lock_shared() { pthread_rwlock_rdlock(&lock_); }
  void unlock_shared() { pthread_rwlock_unlock(&lock_); }

 private:
  pthread_rwlock_t lock_;
};

template <class Lock>
struct alignas(64) OnItsOwnLine {
  Lock lock;
};

// Each level is a call site of its own, as in a program.
template <int depth, bool shared, class Lock>
[[gnu::always_inline]] inline void Nest(OnItsOwnLine<Lock>* locks) {
  if constexpr (depth > 0) {
    if constexpr (shared) {
      locks->lock.lock_shared();
    } else {
      locks->lock.lock();
    }
    Nest<depth - 1, shared>(locks + 1);
    if constexpr (shared) {
      locks->lock.unlock_shared();
    } else {
      locks->lock.unlock();
    }
  }
}

// Every thread has locks of its own.
template <class Lock, int depth, bool shared>
void Uncontended(benchmark::State& state) {
  OnItsOwnLine<Lock> locks[depth];
  for (auto _ : state) Nest<depth, shared>(locks);
}

// All threads share one lock; one pair in 64 writes.
template <class Lock>
void ReadMostly(benchmark::State& state) {
  static OnItsOwnLine<Lock> shared;
  int count = 0;
  for (auto _ : state) {
    if (++count % 64 == 0) {
      Nest<1, false>(&shared);
    } else {
      Nest<1, true>(&shared);
    }
  }
}

struct Case {
  std::string name;
  int pairs;  // per iteration
};
std::map<std::string, Case> cases;  // by benchmark name
std::vector<std::string> case_names;

void Register(const std::string& name, const std::string& side, int pairs, int threads,
              void (*function)(benchmark::State&)) {
  const std::string full = name + "/" + side;
  const std::string run = full + (threads == 1 ? "" : "/threads:" + std::to_string(threads));
  cases[run] = {name + (threads == 1 ? "" : ", 2 threads"), pairs};
  auto* bench = benchmark::RegisterBenchmark(full.c_str(), function);
  if (threads != 1) bench->Threads(threads);
  bench->MinTime(0.05);
  if (std::find(case_names.begin(), case_names.end(), cases[run].name) == case_names.end()) {
    case_names.push_back(cases[run].name);
  }
}

template <class Lock, class Peer, int depth, bool shared>
void CompareDepth(const std::string& name) {
  for (const int threads : {1, 2}) {
    const std::string what = name + (shared ? ", read" : "") + ", nest " + std::to_string(depth);
    Register(what, "wrapper", depth, threads, &Uncontended<Lock, depth, shared>);
    Register(what, "peer", depth, threads, &Uncontended<Peer, depth, shared>);
  }
}

template <class Lock, class Peer, bool shared = false>
void Compare(const std::string& name) {
  CompareDepth<Lock, Peer, 1, shared>(name);
  CompareDepth<Lock, Peer, 2, shared>(name);
  CompareDepth<Lock, Peer, 3, shared>(name);
  CompareDepth<Lock, Peer, 5, shared>(name);
}

template <class Lock, class Peer>
void CompareReadMostly(const std::string& name) {
  Register(name + ", read-mostly", "wrapper", 1, 2, &ReadMostly<Lock>);
  Register(name + ", read-mostly", "peer", 1, 2, &ReadMostly<Peer>);
}

// Prints as usual and keeps the time per pair of every repetition.
class Collector : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
      std::string name = run.run_name.function_name;
      if (!run.run_name.threads.empty()) name += "/" + run.run_name.threads;
      const auto it = cases.find(name);
      if (it == cases.end()) continue;
      const bool wrapper = name.find("/wrapper") != std::string::npos;
      times_[it->second.name][wrapper].push_back(run.GetAdjustedCPUTime() / it->second.pairs);
    }
  }
  void Finalize() override {
    std::printf("\n%-44s %9s %9s %7s\n", "ns per lock + unlock", "peer", "wrapper", "ratio");
    for (const std::string& name : case_names) {
      auto it = times_.find(name);
      if (it == times_.end()) continue;
      const double peer = Median(it->second[false]), wrapper = Median(it->second[true]);
      std::printf("%-44s %9.2f %9.2f %6.2fx\n", name.c_str(), peer, wrapper, wrapper / peer);
    }
  }

 private:
  static double Median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
  }
  std::map<std::string, std::map<bool, std::vector<double>>> times_;
};

}  // namespace

int main(int argc, char** argv) {
  std::string interleave = "--benchmark_enable_random_interleaving=true", repeat = "--benchmark_repetitions=9";
  std::vector<char*> arguments{argv[0], interleave.data(), repeat.data()};
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  Compare<lockdep::Mutex, std::mutex>("mutex");
  Compare<lockdep::RecursiveMutex, std::recursive_mutex>("recursive mutex");
  Compare<lockdep::SpinLock, PthreadSpinLock>("spin lock");
  Compare<lockdep::RwSem, std::shared_mutex>("rwsem");
  Compare<lockdep::RwSem, std::shared_mutex, true>("rwsem");
  Compare<lockdep::RwLock, PthreadRwLock>("rwlock");
  Compare<lockdep::RwLock, PthreadRwLock, true>("rwlock");
  Compare<lockdep::PercpuRwSem, PthreadRwLock, true>("percpu rwsem");
  CompareReadMostly<lockdep::RwSem, std::shared_mutex>("rwsem");
  CompareReadMostly<lockdep::RwLock, PthreadRwLock>("rwlock");
  CompareReadMostly<lockdep::PercpuRwSem, PthreadRwLock>("percpu rwsem");

  std::mutex parking;
  parking.lock();
  std::thread parked([&parking] { const std::lock_guard<std::mutex> wait(parking); });
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  parking.unlock();
  parked.join();
  return 0;
}
