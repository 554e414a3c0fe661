#include "hotplug/stress.h"

#include <algorithm>
#include <barrier>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <utility>

#include "lockdep/check.h"
#include "lockdep/this_thread.h"

namespace lockdep::hotplug {
namespace {

using Clock = std::chrono::steady_clock;

bool HoldsLocks() {
  const ThreadState* state = ThisThread();
  return state != nullptr && state->held.depth() != 0;
}

// The numbers of each thread's first step, where all steps are counted in one row; and how many there are.
std::vector<std::size_t> FirstSteps(const Scenario& scenario) {
  std::vector<std::size_t> first = {0};
  for (const ScenarioThread& thread : scenario.threads) first.push_back(first.back() + thread.steps.size());
  return first;
}

class Stress {
 public:
  Stress(const Scenario& scenario, const StressOptions& options, ScenarioListener& listener)
      : scenario_(scenario),
        options_(options),
        listener_(listener),
        first_steps_(FirstSteps(scenario)),
        machine_(MakeMachine(scenario)),
        meeting_(options.workers, EndRound{*this}) {
    for (int i = 0; i < options.workers; ++i) {
      Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
      worker.name = "worker#" + std::to_string(i + 1);
      worker.random.seed(options.seed * 1000 + static_cast<std::uint64_t>(i));
      worker.counts.resize(first_steps_.back());
    }
  }

  StressResult Run() {
    const Clock::time_point start = Clock::now();
    end_ = start + options_.time;
    std::vector<Thread> threads;
    for (int i = 0; i < options_.workers; ++i) {
      threads.emplace_back(ThreadRole{"worker"}, [this, i] { RunWorker(i); });
    }
    for (Thread& thread : threads) thread.join();
    StressResult result = Sum();
    result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return result;
  }

 private:
  struct Count {
    std::uint64_t done = 0;
    std::uint64_t errors = 0;
  };
  struct alignas(64) Worker {
    std::string name;
    std::mt19937_64 random;
    std::vector<Count> counts;
    std::set<std::string> leaks;
  };
  // The last one that comes to the meeting calls it, while the others wait.
  struct EndRound {
    Stress& stress;
    void operator()() noexcept { stress.Rest(); }
  };

  void Rest() {
    machine_->CheckAtRest();
    ResetMachine(scenario_, *machine_);
    ++rounds_;
    over_ = Clock::now() >= end_;
  }

  void RunWorker(int number) {
    Worker& worker = *workers_[static_cast<std::size_t>(number)];
    listener_.Began(number, worker.name);
    std::vector<std::size_t> order(scenario_.threads.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    do {
      std::shuffle(order.begin(), order.end(), worker.random);
      for (const std::size_t thread : order) Do(number, thread, worker);
      meeting_.arrive_and_wait();
    } while (!over_);
    listener_.Ended(number);
  }

  void Do(int number, std::size_t thread, Worker& worker) {
    const std::vector<Step>& steps = scenario_.threads[thread].steps;
    Task task;
    task.number = number;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      listener_.At(number, static_cast<int>(thread), static_cast<int>(i));
      const int result = steps[i].action(*machine_, task);
      listener_.Done(number);
      Count& count = worker.counts[first_steps_[thread] + i];
      ++count.done;
      count.errors += result != 0;
    }
    if (HoldsLocks()) worker.leaks.insert("a worker holds one after all of '" + scenario_.threads[thread].name + "'");
  }

  StressResult Sum() const {
    StressResult result;
    result.rounds = rounds_;
    std::set<std::string> leaks;
    for (const auto& worker : workers_) leaks.insert(worker->leaks.begin(), worker->leaks.end());
    result.leaks.assign(leaks.begin(), leaks.end());
    for (std::size_t thread = 0; thread < scenario_.threads.size(); ++thread) {
      const std::vector<Step>& steps = scenario_.threads[thread].steps;
      for (std::size_t i = 0; i < steps.size(); ++i) {
        OperationCount& sum = CountOf(steps[i].text, result.counts);
        for (const auto& worker : workers_) {
          const Count& count = worker->counts[first_steps_[thread] + i];
          sum.done += count.done;
          sum.errors += count.errors;
          // The script's own locks are no operations.
          if (!steps[i].text.empty()) result.operations += count.done;
        }
      }
    }
    return result;
  }

  static OperationCount& CountOf(const std::string& text, std::vector<OperationCount>& counts) {
    const auto it = std::find_if(counts.begin(), counts.end(), [&](const auto& each) { return each.text == text; });
    return it != counts.end() ? *it : counts.emplace_back(OperationCount{text, 0, 0});
  }

  const Scenario& scenario_;
  const StressOptions options_;
  ScenarioListener& listener_;
  const std::vector<std::size_t> first_steps_;
  const std::unique_ptr<Machine> machine_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Clock::time_point end_;
  // Between two rounds these belong to who ends the one.
  std::uint64_t rounds_ = 0;
  bool over_ = false;
  std::barrier<EndRound> meeting_;
};

}  // namespace

StressResult RunStress(const Scenario& scenario, const StressOptions& options, ScenarioListener& listener) {
  LOCKDEP_CHECK(options.workers >= 1 && options.workers <= kTasksMax);
  return Stress(scenario, options, listener).Run();
}

}  // namespace lockdep::hotplug
