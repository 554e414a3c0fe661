// Programs of straight lines, run as C++ on the real wrappers under the explorer, against the brute force of
// tests/reference/schedules.h, which has blocking rules of its own: the same hangs.
#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "lockdep/explore/execution.h"
#include "lockdep/explore/explore.h"
#include "lockdep/explore/report.h"
#include "lockdep/explore/search.h"
#include "lockdep/lockdep.h"
#include "tests/catch.h"
#include "tests/reference/notation.h"
#include "tests/reference/program.h"
#include "tests/reference/program_generator.h"
#include "tests/reference/schedules.h"
#include "tests/reference/test_budget.h"
#include "tests/seed.h"

namespace lockdep::explore {
namespace {

using reference::Op;
using reference::OpKind;
using reference::Program;

// --- Programs as C++ -----------------------------------------------------------------------------------

// A wrapper by the operations of a program.  What is held where is the program's matter, not to be analysed here.
class AnyLock {
 public:
  virtual ~AnyLock() = default;
  virtual bool Take(const Op& op) = 0;
  virtual void Release(Mode mode) = 0;
  virtual void Downgrade() = 0;
};

template <class Lock>
class MutexLike : public AnyLock {
 public:
  explicit MutexLike(const char* name) : lock_(name) {}
  bool Take(const Op& op) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS override {
    if (op.kind == Kind::kTrylock) return lock_.try_lock();
    if (op.kind == Kind::kTimed) return lock_.try_lock_for(std::chrono::milliseconds(1));
    lock_.lock();
    return true;
  }
  void Release(Mode) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS override { lock_.unlock(); }
  void Downgrade() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS override {}

 private:
  Lock lock_;
};

template <class Lock>
class RwLike : public AnyLock {
 public:
  explicit RwLike(const char* name) : lock_(name) {}
  bool Take(const Op& op) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS override {
    if (op.mode == Mode::kExclusive) {
      if (op.kind == Kind::kTrylock) return lock_.try_lock();
      if (op.kind == Kind::kTimed) return lock_.try_lock_for(std::chrono::milliseconds(1));
      lock_.lock();
    } else {
      if (op.kind == Kind::kTrylock) return lock_.try_lock_shared();
      if (op.kind == Kind::kTimed) return lock_.try_lock_shared_for(std::chrono::milliseconds(1));
      lock_.lock_shared();
    }
    return true;
  }
  void Release(Mode mode) LOCKDEP_NO_THREAD_SAFETY_ANALYSIS override {
    mode == Mode::kExclusive ? lock_.unlock() : lock_.unlock_shared();
  }
  void Downgrade() LOCKDEP_NO_THREAD_SAFETY_ANALYSIS override { lock_.downgrade(); }

 private:
  Lock lock_;
};

std::unique_ptr<AnyLock> MakeLock(const reference::Lock& lock) {
  switch (lock.type) {
    case LockType::kRwSem: return std::make_unique<RwLike<RwSem>>(lock.name.c_str());
    case LockType::kRwLock: return std::make_unique<RwLike<RwLock>>(lock.name.c_str());
    default: return std::make_unique<MutexLike<Mutex>>(lock.name.c_str());
  }
}

void RunThread(const reference::Thread& thread, std::vector<std::unique_ptr<AnyLock>>& locks) {
  std::vector<std::pair<int, Mode>> held;
  const auto release = [&](std::size_t i) {
    const auto [lock, mode] = held[i];
    held.erase(held.begin() + static_cast<std::ptrdiff_t>(i));
    locks[static_cast<std::size_t>(lock)]->Release(mode);
  };
  for (const Op& op : thread.ops) {
    AnyLock& lock = *locks[static_cast<std::size_t>(op.lock)];
    if (op.op == OpKind::kAcquire) {
      if (lock.Take(op)) {
        held.emplace_back(op.lock, op.mode);
      } else if (op.on_failure == reference::OnFailure::kGiveUp) {
        break;
      }
      continue;
    }
    std::size_t youngest = held.size();
    for (std::size_t i = 0; i < held.size(); ++i) {
      if (held[i].first == op.lock) youngest = i;
    }
    if (youngest == held.size()) continue;
    if (op.op == OpKind::kRelease) {
      release(youngest);
    } else {
      lock.Downgrade();
      held[youngest].second = Mode::kShared;
    }
  }
  while (!held.empty()) release(held.size() - 1);
}

std::string ThreadName(const Program& program, int thread, int copy) {
  return "t" + std::to_string(thread) +
         (program.threads[static_cast<std::size_t>(thread)].count > 1 ? "." + std::to_string(copy) : "");
}

void RunProgram(const Program& program) {
  std::vector<std::unique_ptr<AnyLock>> locks;
  for (const reference::Lock& lock : program.locks) locks.push_back(MakeLock(lock));
  std::vector<std::string> names;
  for (int t = 0; t < std::ssize(program.threads); ++t) {
    for (int copy = 0; copy < program.threads[static_cast<std::size_t>(t)].count; ++copy) {
      names.push_back(ThreadName(program, t, copy));
    }
  }
  std::vector<Thread> threads;
  std::size_t name = 0;
  for (const reference::Thread& thread : program.threads) {
    for (int copy = 0; copy < thread.count; ++copy) {
      threads.emplace_back(ThreadRole{names[name++].c_str()}, [&thread, &locks] { RunThread(thread, locks); });
    }
  }
  for (Thread& thread : threads) thread.join();
}

// Reads as the wrappers do them: of RwLock recursively, of RwSem not.
Program WithModesOfWrappers(Program program) {
  for (reference::Thread& thread : program.threads) {
    for (Op& op : thread.ops) {
      if (!IsShared(op.mode)) continue;
      const LockType type = program.locks[static_cast<std::size_t>(op.lock)].type;
      op.mode = type == LockType::kRwLock ? Mode::kRecursiveShared : Mode::kShared;
    }
  }
  return program;
}

// --- Hangs of both, in the same words ----------------------------------------------------------------------

// One link of a wait-for cycle: thread, held, its mode, wanted, its mode.
using Link = std::tuple<std::string, std::string, Mode, std::string, Mode>;
using Cycle = std::vector<Link>;

// From the least link on.
Cycle Rotated(Cycle cycle) {
  std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
  return cycle;
}

std::set<Cycle> CyclesOf(const Program& program, const reference::Exploration& exploration) {
  std::set<Cycle> cycles;
  for (const auto& [links, schedule] : exploration.cycles) {
    Cycle cycle;
    for (const reference::WaitLink& link : links) {
      cycle.emplace_back(ThreadName(program, link.thread, link.copy),
                         program.locks[static_cast<std::size_t>(link.held)].name, link.held_mode,
                         program.locks[static_cast<std::size_t>(link.wanted)].name, link.wanted_mode);
    }
    cycles.insert(Rotated(std::move(cycle)));
  }
  return cycles;
}

// All closed paths of distinct threads and locks: a thread wants what the next one holds.
class CycleFinder {
 public:
  CycleFinder(const Snapshot& snapshot, std::set<Cycle>& cycles) : cycles_(cycles) {
    for (const WaitingThread& thread : snapshot.threads) {
      const FindingLock& wants = snapshot.objects[static_cast<std::size_t>(thread.wants)];
      if (wants.type == LockType::kThreadEnd) continue;
      for (const HeldObject& held : thread.held) {
        links_.emplace_back(thread.thread, snapshot.objects[static_cast<std::size_t>(held.object)].name, held.mode,
                            wants.name, thread.mode);
      }
    }
    for (const Link& link : links_) Extend({link});
  }

 private:
  static const std::string& Held(const Link& link) { return std::get<1>(link); }
  static const std::string& Wanted(const Link& link) { return std::get<3>(link); }

  void Extend(const Cycle& path) {
    if (Wanted(path.back()) == Held(path.front())) {
      cycles_.insert(Rotated(path));
      return;
    }
    for (const Link& link : links_) {
      const bool fits =
          Held(link) == Wanted(path.back()) && std::none_of(path.begin(), path.end(), [&](const Link& each) {
            return Held(each) == Held(link) || std::get<0>(each) == std::get<0>(link);
          });
      if (!fits) continue;
      Cycle longer = path;
      longer.push_back(link);
      Extend(longer);
    }
  }

  std::vector<Link> links_;
  std::set<Cycle>& cycles_;
};

struct Explored {
  bool exhausted = false;
  std::set<Cycle> cycles;
  std::vector<std::string> errors;
  std::uint64_t states = 0, executions = 0;
};

Explored ExploreProgram(const Program& program, std::uint64_t states_max, bool every_step = false) {
  const std::function<void()> body = [&program] { RunProgram(program); };
  Explored explored;
  Vocabulary vocabulary;
  ExecutionSettings of_execution;
  of_execution.every_step = every_step;
  Execution execution(body, vocabulary, of_execution);
  SearchSettings settings;
  settings.options.states_max = states_max;
  settings.hangs_max = 0;
  settings.on_hang = [&](const Execution& at) { CycleFinder(SnapshotOf(at, vocabulary, 0, false), explored.cycles); };
  const SearchResult result = SearchAll(execution, settings);
  explored.exhausted = result.statistics.exhausted;
  explored.errors = result.errors;
  explored.states = result.statistics.states;
  explored.executions = result.statistics.executions;
  return explored;
}

std::string Text(const std::set<Cycle>& cycles) {
  std::string text;
  for (const Cycle& cycle : cycles) {
    for (const auto& [thread, held, held_mode, wanted, wanted_mode] : cycle) {
      text += thread + ": " + held + "(" + std::string(ToString(held_mode)) + ") -> " + wanted + "(" +
              std::string(ToString(wanted_mode)) + "), ";
    }
    text += "\n";
  }
  return text;
}

// False if either gave up.
bool CheckSame(const Program& any) {
  const Program program = WithModesOfWrappers(any);
  const reference::Exploration expected = reference::Explore(program, 20'000);
  if (!expected.exhausted) return false;
  const Explored found = ExploreProgram(program, 100'000);
  INFO(reference::ToScript(program));
  CHECK(found.errors.empty());
  if (!found.exhausted) return false;
  const std::set<Cycle> cycles = CyclesOf(program, expected);
  INFO("expected\n" << Text(cycles) << "found\n" << Text(found.cycles));
  CHECK(found.cycles == cycles);
  return true;
}

TEST_CASE("programs by hand hang as they do by brute force", "[explore][reference]") {
  CHECK(CheckSame(reference::Threads({"a b", "b a"})));
  CHECK(CheckSame(reference::Threads({"g a b", "g b a"})));
  CHECK(CheckSame(reference::Threads({"r:a b", "b r:a", "a"})));
  CHECK(CheckSame(reference::Threads({"R:a b", "b R:a", "a"})));
  CHECK(CheckSame(reference::Threads({"a try:b", "b try:a"})));
  CHECK(CheckSame(reference::Threads({"a b x2", "c try:a"})));
}

TEST_CASE("random programs hang as they do by brute force", "[explore][reference]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  reference::RandomProgramOptions options;
  // There a timed wait may fail while the lock is free; see the next test.
  options.timed_chance = 0;
  options.acquisitions_max = 3;
  reference::RandomPrograms programs(seed, options);
  const std::uint64_t count = reference::TestPrograms(300);
  std::uint64_t compared = 0;
  for (std::uint64_t i = 0; i < count; ++i) compared += CheckSame(programs.Next()) ? 1 : 0;
  INFO(compared << " of " << count << " programs were small enough");
  CHECK(compared > count * 3 / 4);
}

TEST_CASE("random programs with timed waits hang only as they do by brute force", "[explore][reference]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  reference::RandomProgramOptions options;
  options.timed_chance = 25;
  options.acquisitions_max = 3;
  reference::RandomPrograms programs(seed, options);
  const std::uint64_t count = reference::TestPrograms(300) / 3;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Program program = WithModesOfWrappers(programs.Next());
    const reference::Exploration allowed = reference::Explore(program, 20'000);
    if (!allowed.exhausted) continue;
    const Explored found = ExploreProgram(program, 100'000);
    const std::set<Cycle> cycles = CyclesOf(program, allowed);
    INFO(reference::ToScript(program) << "allowed\n" << Text(cycles) << "found\n" << Text(found.cycles));
    CHECK(found.errors.empty());
    CHECK(std::includes(cycles.begin(), cycles.end(), found.cycles.begin(), found.cycles.end()));
  }
}

TEST_CASE("releases as parts of other steps lose no hang", "[explore][reference]") {
  const std::uint64_t seed = TestSeed();
  INFO("LOCKDEP_TEST_SEED=" << seed);
  reference::RandomProgramOptions options;
  options.acquisitions_max = 3;
  reference::RandomPrograms programs(seed, options);
  const std::uint64_t count = reference::TestPrograms(300) / 3;
  std::uint64_t fewer = 0, compared = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Program program = WithModesOfWrappers(programs.Next());
    const Explored every_step = ExploreProgram(program, 100'000, true);
    const Explored reduced = ExploreProgram(program, 100'000, false);
    if (!every_step.exhausted) continue;
    ++compared;
    INFO(reference::ToScript(program) << "every step\n"
                                      << Text(every_step.cycles) << "reduced\n"
                                      << Text(reduced.cycles));
    CHECK(reduced.exhausted);
    CHECK(reduced.cycles == every_step.cycles);
    CHECK(reduced.states <= every_step.states);
    fewer += reduced.states < every_step.states ? 1 : 0;
  }
  CHECK(fewer * 2 > compared);
}

}  // namespace
}  // namespace lockdep::explore
