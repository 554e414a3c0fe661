// The wrappers where a process begins, forks, is interrupted and ends: each case is a program run.
#include <sys/wait.h>

#include <cstdio>
#include <string>

#include "tests/catch.h"

namespace {

struct Outcome {
  int exit_code = -1;  // or 128 + the signal that ended it
  std::string output;
};

Outcome Run(const std::string& scenario, const std::string& environment = "") {
  // Names take long to find where everything is instrumented.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static const std::string kTimeout = " timeout 300 '";
#else
  static const std::string kTimeout = " timeout 60 '";
#endif
  const std::string command =
      environment + kTimeout + LOCKDEP_PROCESS_CHILD "' " + scenario + " 2>&1; echo \"exit $?\"";
  Outcome outcome;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char buffer[4096];
  while (const std::size_t size = fread(buffer, 1, sizeof buffer, pipe)) outcome.output.append(buffer, size);
  pclose(pipe);
  const std::size_t at = outcome.output.rfind("exit ");
  REQUIRE(at != std::string::npos);
  outcome.exit_code = std::stoi(outcome.output.substr(at + 5));
  return outcome;
}

TEST_CASE("locks work from static construction to static destruction", "[lockdep][process]") {
  const Outcome outcome = Run("static-order");
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
}

TEST_CASE("a static destructor still sees what was found", "[lockdep][process]") {
  const Outcome outcome = Run("inversion", "CHILD_EXIT_FINDINGS=1");
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
}

TEST_CASE("locks of thread-local destructors and of late key destructors are seen", "[lockdep][process]") {
  for (const char* scenario : {"thread-local", "key"}) {
    const Outcome outcome = Run(scenario);
    INFO(scenario << "\n" << outcome.output);
    CHECK(outcome.exit_code == 0);
  }
}

TEST_CASE("a lock that a handler takes is found where it may be held", "[lockdep][process]") {
  const Outcome outcome = Run("lock-in-handler");
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
}

TEST_CASE("the child of a fork goes on with what its parent had seen", "[lockdep][process]") {
  const Outcome outcome = Run("fork");
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
}

TEST_CASE("a storm of signals whose handler locks leaves the held set whole", "[lockdep][process]") {
  const Outcome outcome = Run("signals");
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
}

TEST_CASE("the policy decides what becomes of a finding", "[lockdep][process]") {
  const Outcome report = Run("inversion");
  CHECK(report.exit_code == 0);
  CHECK_THAT(report.output, ContainsSubstring("possible circular locking dependency detected"));
  CHECK_THAT(report.output, ContainsSubstring("LockBa"));
  const Outcome ignore = Run("inversion", "LOCKDEP_POLICY=ignore");
  CHECK(ignore.exit_code == 0);
  CHECK(ignore.output == "exit 0\n");
  const Outcome abort = Run("inversion", "LOCKDEP_POLICY=abort");
  CHECK(abort.exit_code == 128 + 6);
  const Outcome unknown = Run("inversion", "LOCKDEP_POLICY=sometimes");
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.output, ContainsSubstring("LOCKDEP_POLICY is 'sometimes'"));
}

TEST_CASE("a failed assertion names the lock and what is held, and aborts", "[lockdep][process]") {
  const Outcome outcome = Run("assertion");
  CHECK(outcome.exit_code == 128 + 6);
  CHECK_THAT(outcome.output, ContainsSubstring("'a' is not held by this thread ('main'), which holds: 'b'"));
}

}  // namespace
