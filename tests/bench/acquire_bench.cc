// What a lock and an unlock cost through the wrappers, beside the standard lock of the same kind.
//
//   lockdep_bench_acquire [--benchmark_repetitions=9] [--benchmark_filter=mutex]
//
// Prints the usual lines and, last, one table: the median per pair of the wrapper, of the standard lock or
// that of pthread (the peer), and of the plain lock that the wrapper is built on (raw), with the ratios.  All
// repetitions of all cases are interleaved at random, so a slow moment of the machine hits all sides.
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

template <class Lock, class Peer, class Raw, int depth, bool shared>
void CompareDepth(const std::string& name) {
  for (const int threads : {1, 2}) {
    const std::string what = name + (shared ? ", read" : "") + ", nest " + std::to_string(depth);
    Register(what, "wrapper", depth, threads, &Uncontended<Lock, depth, shared>);
    Register(what, "peer", depth, threads, &Uncontended<Peer, depth, shared>);
    Register(what, "raw", depth, threads, &Uncontended<Raw, depth, shared>);
  }
}

template <class Lock, class Peer, class Raw, bool shared = false>
void Compare(const std::string& name) {
  CompareDepth<Lock, Peer, Raw, 1, shared>(name);
  CompareDepth<Lock, Peer, Raw, 2, shared>(name);
  CompareDepth<Lock, Peer, Raw, 3, shared>(name);
  CompareDepth<Lock, Peer, Raw, 5, shared>(name);
}

template <class Lock, class Peer, class Raw>
void CompareReadMostly(const std::string& name) {
  Register(name + ", read-mostly", "wrapper", 1, 2, &ReadMostly<Lock>);
  Register(name + ", read-mostly", "peer", 1, 2, &ReadMostly<Peer>);
  Register(name + ", read-mostly", "raw", 1, 2, &ReadMostly<Raw>);
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
      const std::size_t at = name.find('/') + 1;
      const std::string side = name.substr(at, name.find('/', at) - at);
      times_[it->second.name][side].push_back(run.GetAdjustedCPUTime() / it->second.pairs);
    }
  }
  void Finalize() override {
    std::printf("\n%-36s %8s %8s %8s %9s %9s\n", "ns per lock + unlock", "peer", "raw", "wrapper", "to peer", "to raw");
    for (const std::string& name : case_names) {
      auto it = times_.find(name);
      if (it == times_.end()) continue;
      const double peer = Median(it->second["peer"]), raw = Median(it->second["raw"]);
      const double wrapper = Median(it->second["wrapper"]);
      std::printf("%-36s %8.2f %8.2f %8.2f %8.2fx %8.2fx\n", name.c_str(), peer, raw, wrapper, wrapper / peer,
                  wrapper / raw);
    }
  }

 private:
  static double Median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
  }
  std::map<std::string, std::map<std::string, std::vector<double>>> times_;  // by case and side
};

}  // namespace

int main(int argc, char** argv) {
  std::string interleave = "--benchmark_enable_random_interleaving=true", repeat = "--benchmark_repetitions=9";
  std::vector<char*> arguments{argv[0], interleave.data(), repeat.data()};
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  using namespace lockdep;
  Compare<Mutex, std::mutex, RawMutex>("mutex");
  Compare<RecursiveMutex, std::recursive_mutex, RawRecursiveMutex>("recursive mutex");
  Compare<SpinLock, PthreadSpinLock, RawSpinLock>("spin lock");
  Compare<RwSem, std::shared_mutex, RawRwSem>("rwsem");
  Compare<RwSem, std::shared_mutex, RawRwSem, true>("rwsem");
  Compare<RwLock, PthreadRwLock, RawRwLock>("rwlock");
  Compare<RwLock, PthreadRwLock, RawRwLock, true>("rwlock");
  Compare<PercpuRwSem, PthreadRwLock, RawPercpuRwSem, true>("percpu rwsem");
  CompareReadMostly<RwSem, std::shared_mutex, RawRwSem>("rwsem");
  CompareReadMostly<RwLock, PthreadRwLock, RawRwLock>("rwlock");
  CompareReadMostly<PercpuRwSem, PthreadRwLock, RawPercpuRwSem>("percpu rwsem");

  std::mutex parking;
  parking.lock();
  std::thread parked([&parking] { const std::lock_guard<std::mutex> wait(parking); });
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  parking.unlock();
  parked.join();
  return 0;
}
