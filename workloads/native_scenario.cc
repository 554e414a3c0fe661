#include "workloads/native_scenario.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <new>
#include <thread>
#include <utility>

#include "hotplug/scenario.h"
#include "lockdep/blocked_threads.h"
#include "lockdep/explore/explore.h"
#include "lockdep/hang.h"
#include "lockdep/own_mutex.h"
#include "lockdep/runtime.h"
#include "lockdep/symbolize.h"
#include "lockdep/validator.h"
#include "workloads/describe.h"
#include "workloads/other_process.h"
#include "workloads/scenario_check.h"
#include "workloads/scenario_report.h"

namespace lockdep::workloads {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }

constexpr milliseconds kWatch{20};
// A suspected hang is one if its threads have not run at so many looks, one after the other.
constexpr int kLooksNeeded = 10;
// Beyond its own times a process is waited for as long as a busy machine may need for the validator's last word.
constexpr milliseconds kGrace{60'000};

// --- The invariants ---------------------------------------------------------------------------------

// What the checks of the process say that do not hold, with how often.
struct BrokenChecks {
  OwnMutex mutex;
  std::map<std::string, std::uint64_t> counts ABSL_GUARDED_BY(mutex);
};

BrokenChecks& Broken() {
  static auto* const broken = new BrokenChecks;
  return *broken;
}

void NoteBroken(std::string_view text) {
  BrokenChecks& broken = Broken();
  OwnMutexLock guard(broken.mutex);
  ++broken.counts[std::string(text)];
}

// --- Inside the process --------------------------------------------------------------------------------

// What the process that runs it and the one that waits for it share.
struct Shared {
  std::atomic<std::uint64_t> operations{0};
};

// Where the real threads are.
class Positions final : public hotplug::ScenarioListener {
 public:
  explicit Positions(Shared& shared) : shared_(shared) {}

  void Began(int runner, const std::string& name) override {
    const WatchedThread thread = WatchThisThread(name, name.substr(0, name.find('#')));
    OwnMutexLock guard(mutex_);
    threads_.push_back(thread);
    runners_.push_back(runner);
  }
  void At(int runner, int thread, int step) override {
    places_[Index(runner)].store(thread << 16 | step, std::memory_order_relaxed);
  }
  void Done(int) override { shared_.operations.fetch_add(1, std::memory_order_relaxed); }
  // It waits until it is not looked at.
  void Ended(int runner) override {
    OwnMutexLock guard(mutex_);
    const auto i = std::find(runners_.begin(), runners_.end(), runner) - runners_.begin();
    threads_.erase(threads_.begin() + i);
    runners_.erase(runners_.begin() + i);
  }

  std::uint64_t operations() const { return shared_.operations.load(std::memory_order_relaxed); }
  // Calls `look` with the threads that run; none of them ends meanwhile.
  template <class Look>
  void Visit(Look look) {
    OwnMutexLock guard(mutex_);
    look(threads_);
  }
  // Of the threads that Visit shows: where each is, as thread and step of the scenario.
  std::pair<int, int> PlaceOf(int thread) const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const int place = places_[Index(runners_[Index(thread)])].load(std::memory_order_relaxed);
    return {place >> 16, place & 0xffff};
  }

 private:
  Shared& shared_;
  std::atomic<int> places_[hotplug::kTasksMax] = {};
  OwnMutex mutex_;
  std::vector<WatchedThread> threads_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> runners_ ABSL_GUARDED_BY(mutex_);  // of the same threads
};

// The statement that is this step of the scenario's thread.
const Op& OpOf(const Program& program, int thread, int step) {
  for (const ProgramThread& each : program.threads) {
    if (thread >= each.count) {
      thread -= each.count;
      continue;
    }
    int left = step;
    for (const Op& op : each.ops) {
      if (op.code != OpCode::kBlock && left-- == 0) return op;
    }
  }
  return program.threads.front().ops.front();
}

class Run {
 public:
  Run(const Program& program, const NativeOptions& options, Shared& shared, int report_fd)
      : program_(program), options_(options), positions_(shared), report_fd_(report_fd) {
    report_.stress.hung = true;  // until it has ended
  }

  [[noreturn]] void Do() {
    SetPolicy(Policy::kIgnore);
    explore::SetCheckHandler(&NoteBroken);
    // The runner waits for the threads; this one watches.
    std::thread runner([this] {
      if (options_.stress.count() > 0) {
        stress_ =
            hotplug::RunStress(*program_.scenario, {options_.stress, options_.threads, options_.seed}, positions_);
      } else {
        hotplug::RunScenario(*program_.scenario, &positions_);
      }
      ended_.store(true, std::memory_order_release);
    });
    Watch();
    runner.join();
    report_.stress = std::move(stress_);
    report_.stress.hung = false;
    Report();
  }

 private:
  void Watch() {
    std::unique_ptr<BlockedThreads> before;
    int stands = 0, all_stand = 0;
    std::uint64_t operations = 0;
    Clock::time_point moved = Clock::now();
    while (!ended_.load(std::memory_order_acquire)) {
      std::this_thread::sleep_for(kWatch);
      const Clock::time_point now = Clock::now();
      if (std::exchange(operations, positions_.operations()) != operations) moved = now;
      positions_.Visit([&](const std::vector<WatchedThread>& threads) {
        auto look = std::make_unique<BlockedThreads>(threads);
        stands = before != nullptr && look->StandsSince(*before) ? stands + 1 : 0;
        all_stand = before != nullptr && look->AllStandSince(*before) ? all_stand + 1 : 0;
        if (stands == kLooksNeeded) ReportHang(*look, look->cycle());
        if (now - moved > options_.timeout && !ended_.load(std::memory_order_acquire)) {
          if (all_stand >= kLooksNeeded) ReportHang(*look, look->all());
          // Who waits at this look may go on at the next: that takes another look, and is no hang.
          if (look->all().size() < threads.size()) ReportTimeout(*look, threads);
        }
        before = std::move(look);
      });
    }
  }

  BlockedThreads::Doing DoingOf(int thread) const {
    const auto [in, step] = positions_.PlaceOf(thread);
    const Op& op = OpOf(program_, in, step);
    BlockedThreads::Doing doing;
    doing.at.file = program_.file;
    doing.at.line = op.at.line;
    doing.text = program_.scenario->threads[Index(in)].steps[Index(step)].text;
    return doing;
  }

  [[noreturn]] void ReportHang(const BlockedThreads& look, const std::vector<int>& threads) {
    const Snapshot snapshot = look.Describe(threads, [this](int thread) { return DoingOf(thread); });
    for (Finding& hang : Hangs(snapshot, SourceOf(program_), "on real threads")) {
      Symbolize(hang);
      report_.happened.push_back(std::move(hang));
    }
    Report();
  }

  // While one of them runs, or waits for so long only, the others may just wait for that one.
  [[noreturn]] void ReportTimeout(const BlockedThreads& look, const std::vector<WatchedThread>& threads) {
    const std::vector<int> blocked = look.all();
    for (int i = 0; i < static_cast<int>(threads.size()); ++i) {
      if (std::find(blocked.begin(), blocked.end(), i) != blocked.end()) continue;
      const BlockedThreads::Doing doing = DoingOf(i);
      report_.problems.push_back(doing.at.file + ":" + std::to_string(doing.at.line) + ": '" + threads[Index(i)].name +
                                 "' has not ended '" + doing.text + "', and nobody anything, for " +
                                 std::to_string(options_.timeout.count()) + " ms");
    }
    Report();
  }

  // What was found is told also where threads hang: the validator's locks are none of theirs.
  [[noreturn]] void Report() {
    if (options_.stress.count() > 0) {
      for (Finding& finding : Findings()) {
        Symbolize(finding);
        finding.source = SourceOf(program_);
        report_.findings.push_back(std::move(finding));
      }
      report_.notes = ProcessValidator().Notes();
    }
    {
      BrokenChecks& broken = Broken();
      OwnMutexLock guard(broken.mutex);
      report_.broken.assign(broken.counts.begin(), broken.counts.end());
    }
    if (report_.stress.hung) report_.stress.operations = positions_.operations();
    WriteAll(report_fd_, ToBytes(report_));
    ::_exit(0);
  }

  const Program& program_;
  const NativeOptions& options_;
  Positions positions_;
  const int report_fd_;
  ScenarioReport report_;
  hotplug::StressResult stress_;  // the runner's, until it has ended
  std::atomic<bool> ended_{false};
};

// --- In the process that waits for it -----------------------------------------------------------------

// Why it cannot be repeated, or "".
std::string CannotStress(const Program& program) {
  for (const ProgramThread& thread : program.threads) {
    for (const Op& op : thread.ops) {
      bool waits = op.code == OpCode::kWaitFor;
      if (op.code == OpCode::kSubsystem) {
        for (const Name& word : program.lines[Index(op.number)]) waits = waits || word.text == "waiting";
      }
      if (waits) {
        return "thread '" + thread.name + "' waits for another one, which only the threads as they stand there do";
      }
    }
  }
  return "";
}

Finding BrokenInvariant(const Program& program, const std::string& text, std::uint64_t times) {
  Finding finding;
  finding.kind = FindingKind::kInvariant;
  finding.source = SourceOf(program);
  finding.verdict = Verdict::kReal;
  finding.strength = Strength::kExecuted;
  finding.detail = text;
  SetFingerprint(finding);
  finding.witness.push_back("on real threads, " + Grouped(times) + (times == 1 ? " time" : " times"));
  return finding;
}

std::string ProgressText(const Shared& shared, Clock::time_point start, const NativeOptions& options) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - start).count();
  return "on real threads, " + std::to_string(seconds) + " of " +
         std::to_string((options.stress.count() + 999) / 1000) + " s, " +
         Grouped(shared.operations.load(std::memory_order_relaxed)) + " operations";
}

}  // namespace

NativeScenarioResult RunScenarioNatively(const Program& program, const NativeOptions& options) {
  NativeScenarioResult result;
  const bool stress = options.stress.count() > 0;
  if (stress) result.not_run = CannotStress(program);
  if (!result.not_run.empty()) return result;
  PassOverTakers();
  void* const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    result.problems.emplace_back("on real threads: no memory to share with the process");
    return result;
  }
  Shared& shared = *new (memory) Shared;
  const Clock::time_point start = Clock::now();
  const auto inside = [&](int fd) { (new Run(program, options, shared, fd))->Do(); };
  const auto meanwhile = [&] {
    if (stress && options.progress) options.progress(ProgressText(shared, start, options));
  };
  const Ended ended = RunInOtherProcess(inside, options.stress + options.timeout + kGrace, meanwhile);
  ::munmap(memory, sizeof(Shared));
  std::optional<ScenarioReport> report = ReportFromBytes(ended.text);
  if (!report) {
    result.problems.push_back(ended.problem.empty() ? "the process ended without a report" : ended.problem);
    return result;
  }
  result.happened = std::move(report->happened);
  for (const auto& [text, times] : report->broken) result.happened.push_back(BrokenInvariant(program, text, times));
  result.findings = std::move(report->findings);
  result.problems = std::move(report->problems);
  for (const std::string& leak : report->stress.leaks) result.problems.push_back("a lock is left locked: " + leak);
  result.notes = std::move(report->notes);
  if (stress) result.stress = std::move(report->stress);
  return result;
}

}  // namespace lockdep::workloads
