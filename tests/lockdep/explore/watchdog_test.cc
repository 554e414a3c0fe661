// A thread that blocks the real thread under all of them: the process ends and says which one it was.
#include "lockdep/explore/watchdog.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "lockdep/explore/explore.h"
#include "lockdep/lockdep.h"
#include "tests/catch.h"

namespace lockdep::explore {
namespace {

using namespace std::chrono_literals;

struct Ending {
  int signal = 0;  // that ended it; 0: it exited
  std::string said;
};

// Explores the body in a process of its own.
Ending ExploreInChild(const std::function<void()>& body, std::chrono::milliseconds watchdog) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::fflush(nullptr);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // not the test runner's
    alarm(60);
    dup2(ends[1], STDERR_FILENO);
    FiberOptions fibers;
    fibers.watchdog = watchdog;
    Explore(body, {}, fibers);
    _exit(0);
  }
  close(ends[1]);
  Ending ending;
  char buffer[1024];
  for (ssize_t size; (size = read(ends[0], buffer, sizeof buffer)) > 0;) {
    ending.said.append(buffer, static_cast<std::size_t>(size));
  }
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  ending.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return ending;
}

TEST_CASE("a thread that blocks on a lock that is not explored is named", "[explore][watchdog]") {
  const Ending ending = ExploreInChild(
      [] {
        std::mutex real;
        Mutex mu{"mu"};
        Thread holder(ThreadRole{"holder"}, [&] {
          std::lock_guard<std::mutex> lock(real);
          MutexLock inside(mu);  // others are run here
        });
        Thread blocked(ThreadRole{"blocked"}, [&] {
          { MutexLock before(mu); }
          std::lock_guard<std::mutex> lock(real);
        });
        holder.join();
        blocked.join();
      },
      200ms);
  INFO(ending.said);
  CHECK(ending.signal == SIGABRT);
  CHECK_THAT(ending.said, ContainsSubstring("explored thread 'blocked' has not come to an operation for 200 ms"));
  CHECK_THAT(ending.said, ContainsSubstring("lock(mu)"));
}

TEST_CASE("a thread that computes for less than the limit is left alone, and 0 is no limit", "[explore][watchdog]") {
  const auto sleeps = [] {
    Mutex mu{"mu"};
    MutexLock lock(mu);
    std::this_thread::sleep_for(50ms);
  };
  CHECK(ExploreInChild(sleeps, 20s).signal == 0);
  CHECK(ExploreInChild(sleeps, 0ms).signal == 0);
}

TEST_CASE("a body that blocks before its first operation is named too", "[explore][watchdog]") {
  const Ending ending = ExploreInChild([] { std::this_thread::sleep_for(30s); }, 100ms);
  INFO(ending.said);
  CHECK(ending.signal == SIGABRT);
  CHECK_THAT(ending.said, ContainsSubstring("explored thread 'main' has not come to an operation for 100 ms"));
}

}  // namespace
}  // namespace lockdep::explore
