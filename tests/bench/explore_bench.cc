// What it costs to run C++ code under every schedule, beside the packed search of the same as a script.
//
// One iteration is one exploration.  Counters:
//   executions, executions/s   runs of the body
//   states, states/s           as in ExploreStatistics
//   steps/s                    transitions, each tried once
//   B/state                    memory of the search, by states
//   hangs                      states that hang
#include <benchmark/benchmark.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/explore/explore.h"
#include "lockdep/lockdep.h"
#include "lockdep/schedule_search.h"
#include "tests/lockdep/explore/bounded_queue.h"
#include "tests/philosophers.h"

namespace lockdep {
namespace {

void Count(benchmark::State& run, const ExploreStatistics& statistics) {
  if (!statistics.exhausted) run.SkipWithError(statistics.gave_up.c_str());
  const auto rate = [](std::uint64_t number) {
    return benchmark::Counter(static_cast<double>(number), benchmark::Counter::kIsIterationInvariantRate);
  };
  run.counters["states"] = static_cast<double>(statistics.states);
  run.counters["states/s"] = rate(statistics.states);
  run.counters["steps/s"] = rate(statistics.transitions);
  run.counters["B/state"] = static_cast<double>(statistics.memory_bytes) / static_cast<double>(statistics.states);
  run.counters["hangs"] = static_cast<double>(statistics.hang_states);
  if (statistics.executions == 0) return;
  run.counters["executions"] = static_cast<double>(statistics.executions);
  run.counters["executions/s"] = rate(statistics.executions);
}

void OnFibers(benchmark::State& run, const std::function<void()>& body) {
  Exploration exploration;
  for (auto _ : run) exploration = explore::Explore(body);
  Count(run, exploration.statistics);
}

void Packed(benchmark::State& run, const LockProgram& program, bool reduce) {
  SearchOptions options;
  options.reduce = reduce;
  SearchResult result;
  for (auto _ : run) result = SearchSchedules(program, options);
  Count(run, result.statistics);
}

// As tests/philosophers.h has them.
void Dine(Table table, int count, int rounds) {
  std::vector<std::unique_ptr<Mutex>> forks;
  for (int i = 0; i < count; ++i) forks.push_back(std::make_unique<Mutex>());
  std::vector<Thread> philosophers;
  for (int i = 0; i < count; ++i) {
    int first = i, second = (i + 1) % count;
    if (table == Table::kOrdered && first > second) std::swap(first, second);
    philosophers.emplace_back([&forks, first, second, rounds] {
      for (int round = 0; round < rounds; ++round) {
        MutexLock one(*forks[static_cast<std::size_t>(first)]);
        MutexLock other(*forks[static_cast<std::size_t>(second)]);
      }
    });
  }
  for (Thread& philosopher : philosophers) philosopher.join();
}

void TwoProducersTwoConsumers() {
  explore::BoundedQueue<int> queue{1};
  Thread t1([&] { queue.Push(1); });
  Thread t2([&] { queue.Push(2); });
  Thread t3([&] { queue.Pop(); });
  queue.Pop();
  t1.join();
  t2.join();
  t3.join();
}

void Register() {
  const auto add = [](const std::string& name, const std::function<void(benchmark::State&)>& bench) {
    benchmark::RegisterBenchmark(name.c_str(), bench)->Unit(benchmark::kMillisecond);
  };
  const std::pair<const char*, Table> tables[] = {{"ordered", Table::kOrdered}, {"cyclic", Table::kCyclic}};
  for (const auto& [name, which] : tables) {
    const Table table = which;
    for (const auto& [count, rounds] : {std::pair(2, 1), {3, 1}, {4, 1}, {5, 1}, {3, 2}}) {
      const std::string what = std::string(name) + "/rounds:" + std::to_string(rounds) + "/" + std::to_string(count);
      add("Fibers/" + what, [table, count = count, rounds = rounds](benchmark::State& run) {
        OnFibers(run, [=] { Dine(table, count, rounds); });
      });
      for (const bool reduce : {false, true}) {
        add((reduce ? "PackedReduced/" : "Packed/") + what,
            [table, count = count, rounds = rounds, reduce](benchmark::State& run) {
              Packed(run, Philosophers(table, count, rounds), reduce);
            });
      }
    }
  }
  add("Fibers/queue", [](benchmark::State& run) { OnFibers(run, &TwoProducersTwoConsumers); });
}

}  // namespace
}  // namespace lockdep

int main(int argc, char** argv) {
  lockdep::Register();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
