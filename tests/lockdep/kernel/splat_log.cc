#include "tests/lockdep/kernel/splat_log.h"

namespace lockdep::kernel {
namespace {

std::string Class(const LogLock& lock) { return "(" + lock.name + "){" + lock.usage + "}-{3:3}"; }

std::string Line(const LogLock& lock) { return lock.address + " " + Class(lock) + ", at: " + lock.at + "+0x10/0x20\n"; }

std::string Trace(const std::vector<std::string>& functions) {
  std::string text;
  for (const std::string& function : functions) text += "       " + function + "+0x1/0x2\n";
  return text;
}

std::string Held(const std::string& task, const std::vector<LogLock>& locks) {
  std::string text =
      std::to_string(locks.size()) + (locks.size() == 1 ? " lock" : " locks") + " held by " + task + ":\n";
  for (std::size_t i = 0; i < locks.size(); ++i) text += " #" + std::to_string(i) + ": " + Line(locks[i]);
  return text;
}

}  // namespace

std::string Circular(const CircularLog& log) {
  const std::size_t n = log.cycle.size();
  std::string text = "\n" + std::string(54, '=') + "\nWARNING: possible circular locking dependency detected\n" +
                     log.version + " #1 Not tainted\n" + std::string(54, '-') + "\n" + log.task +
                     " is trying to acquire lock:\n" + Line(log.cycle.front()) +
                     "\nbut task is already holding lock:\n" + Line(log.cycle.back()) +
                     "\nwhich lock already depends on the new lock.\n\n\n"
                     "the existing dependency chain (in reverse order) is:\n";
  for (std::size_t i = n; i-- > 0;)
    text += "\n-> #" + std::to_string(i) + " " + Class(log.cycle[i]) + ":\n" + Trace(log.traces[i]);
  text += "\nother info that might help us debug this:\n\n";
  if (n > 2)
    text += "Chain exists of:\n  " + log.cycle[0].name + " --> " + log.cycle[n - 2].name + " --> " +
            log.cycle[n - 1].name + "\n\n";
  text +=
      " Possible unsafe locking scenario:\n\n       CPU0                    CPU1\n       ----                    "
      "----\n  lock(" +
      log.cycle[n - 1].name + ");\n                               lock(" + log.cycle[n - 2].name +
      ");\n                               lock(" + log.cycle[n - 1].name + ");\n  lock(" + log.cycle[0].name +
      ");\n\n *** DEADLOCK ***\n\n" + Held(log.task, log.held) +
      "\nstack backtrace:\nCPU: 0 PID: 57 Comm: writer Not tainted " + log.version + " #1\nCall Trace:\n <TASK>\n" +
      Trace(log.traces[0]) + " </TASK>\n";
  return text;
}

std::string Recursive(const LogLock& wanted, const LogLock& held, const std::vector<std::string>& trace,
                      const std::string& version) {
  return std::string(44, '=') + "\nWARNING: possible recursive locking detected\n" + version + " #1 Not tainted\n" +
         std::string(44, '-') + "\nt/1 is trying to acquire lock:\n" + Line(wanted) +
         "\nbut task is already holding lock:\n" + Line(held) +
         "\nother info that might help us debug this:\n Possible unsafe locking scenario:\n\n       CPU0\n       "
         "----\n  lock(" +
         wanted.name + ");\n  lock(" + held.name + ");\n\n *** DEADLOCK ***\n\n" + Held("t/1", {held}) +
         "\nstack backtrace:\nCall Trace:\n" + Trace(trace);
}

CircularLog Abba() {
  CircularLog log;
  log.cycle = {{"lock_a", "+.+.", "ffffffffa0001000", "take_a"}, {"lock_b", "+.+.", "ffffffffa0002000", "take_b"}};
  log.traces = {{"__lock_acquire", "lock_acquire", "__mutex_lock", "take_a", "ba"}, {"__mutex_lock", "take_b", "ab"}};
  log.held = {log.cycle[1]};
  return log;
}

std::string WithPrefix(const std::string& log, const std::string& prefix) {
  std::string text = prefix;
  for (std::size_t i = 0; i < log.size(); ++i) {
    text += log[i];
    if (log[i] == '\n' && i + 1 < log.size()) text += prefix;
  }
  return text;
}

}  // namespace lockdep::kernel
