// Logs in the shape of the kernel's reports, made for tests.
//
// Thread-compatible: no state.
#ifndef TESTS_LOCKDEP_KERNEL_SPLAT_LOG_H_
#define TESTS_LOCKDEP_KERNEL_SPLAT_LOG_H_

#include <string>
#include <vector>

namespace lockdep::kernel {

struct LogLock {
  std::string name;
  std::string usage = "+.+.";
  std::string address = "ffff888012345600";
  std::string at = "some_caller";
};

struct CircularLog {
  std::string version = "6.12.0";
  std::string task = "writer/57";
  std::vector<LogLock> cycle;                    // #0 first
  std::vector<std::vector<std::string>> traces;  // by #k: functions, innermost first
  std::vector<LogLock> held;                     // oldest first; the last of the cycle among them
};

// Without prefixes, as in /dev/kmsg.
std::string Circular(const CircularLog& log);
std::string Recursive(const LogLock& wanted, const LogLock& held, const std::vector<std::string>& trace,
                      const std::string& version = "6.12.0");

// Two mutexes a and b, the task holds b and wants a.
CircularLog Abba();

// Each line behind `prefix`.
std::string WithPrefix(const std::string& log, const std::string& prefix);

}  // namespace lockdep::kernel

#endif  // TESTS_LOCKDEP_KERNEL_SPLAT_LOG_H_
