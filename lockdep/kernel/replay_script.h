// The parts of a script (workloads/README.md) that replays a report: its head, its switches, its locks, and how a
// thread takes a lock of which the mode may not be known.
//
// What the text does not show becomes a switch with both settings.  Each switch doubles the settings to run, so
// there are at most kSwitchesMax; what is left is written in one setting, with a comment that says so.
//
// Thread-compatible.
#ifndef LOCKDEP_KERNEL_REPLAY_SCRIPT_H_
#define LOCKDEP_KERNEL_REPLAY_SCRIPT_H_

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lockdep/kernel/kernel_finding.h"

namespace lockdep::kernel {

class ReplayScript {
 public:
  static constexpr std::size_t kSwitchesMax = 5;

  // `made` must outlive this.
  explicit ReplayScript(const KernelFinding& made) : made_(made) {}

  // A name as the language quotes it.
  static std::string Quoted(std::string_view name);
  // The quoted name of finding.locks[lock].
  std::string Name(int lock) const;

  // The name of a new switch, `stem` with a number behind it; nothing if there are enough, and then a comment
  // says that `question` was answered by `otherwise`.
  std::optional<std::string> AddSwitch(const std::string& stem, const std::string& values, const std::string& question,
                                       const std::string& otherwise);
  // A comment: `what` is assumed and not varied.
  void Assume(const std::string& what) { assumed_.push_back(what); }

  // "lock name" or "read name" for finding.locks[lock], which then gets a type that has readers.
  std::string Take(int lock, const std::string& name, Mode mode);
  // Lines that take it; by a switch with both settings if the mode is not known.
  std::string TakeEither(int lock, const std::string& name, const std::optional<Mode>& mode, const std::string& stem,
                         const std::string& question);

  const std::set<int>& shared() const { return shared_; }
  // The word for the type of finding.locks[lock]; call it when all threads are written.
  std::string TypeWord(int lock) const;

  // The quoted name of a new thread: `name`, with a number behind it if there is one of that name.
  std::string NewThread(const std::string& name);

  void Declare(const std::string& line) { declarations_ += line + "\n"; }
  void Add(const std::string& lines) { threads_ += lines; }
  // All of it.
  std::string Text(const std::string& expectation) const;

 private:
  struct Switch {
    std::string name, values, question;
  };

  std::string Head() const;

  const KernelFinding& made_;
  std::vector<Switch> switches_;
  std::vector<std::string> assumed_;
  std::set<int> shared_;
  std::set<std::string> thread_names_;
  std::string declarations_;
  std::string threads_;
};

}  // namespace lockdep::kernel

#endif  // LOCKDEP_KERNEL_REPLAY_SCRIPT_H_
