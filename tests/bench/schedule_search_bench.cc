// What it costs to search all schedules of a lock program: dining philosophers.
//
// One iteration is one search.  Counters:
//   states, states/s   as in ExploreStatistics
//   B/state            memory of the search, by states
//   hangs              states that hang
#include <benchmark/benchmark.h>

#include <string>

#include "lockdep/schedule_search.h"
#include "tests/philosophers.h"

namespace lockdep {
namespace {

void Search(benchmark::State& run, Table table, int count, int rounds, bool reduce) {
  const LockProgram program = Philosophers(table, count, rounds);
  SearchOptions options;
  options.reduce = reduce;
  options.witnesses = false;
  options.hangs_max = 0;
  options.explore.states_max = 100'000'000;
  SearchResult result;
  for (auto _ : run) result = SearchSchedules(program, options);
  const ExploreStatistics& statistics = result.statistics;
  if (!statistics.exhausted) run.SkipWithError(statistics.gave_up.c_str());
  const auto states = static_cast<double>(statistics.states);
  run.counters["states"] = states;
  run.counters["states/s"] = benchmark::Counter(states, benchmark::Counter::kIsIterationInvariantRate);
  run.counters["B/state"] = static_cast<double>(statistics.memory_bytes) / states;
  run.counters["hangs"] = static_cast<double>(statistics.hang_states);
}

void Register() {
  const struct {
    const char* name;
    Table table;
  } tables[] = {{"ordered", Table::kOrdered}, {"cyclic", Table::kCyclic}, {"gated", Table::kGated}};
  for (const auto& [name, table] : tables) {
    for (const int rounds : {1, 2}) {
      for (int count = 3; count <= 9; ++count) {
        for (const bool reduce : {true, false}) {
          // Tens of millions of states.
          if (!reduce && rounds == 2 && count > 7) continue;
          const std::string text = std::string(reduce ? "Reduced/" : "Full/") + name + "/rounds:" +
                                   std::to_string(rounds) + "/" + std::to_string(count);
          benchmark::RegisterBenchmark(text.c_str(), Search, table, count, rounds, reduce)
              ->Unit(benchmark::kMillisecond);
        }
      }
    }
  }
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
