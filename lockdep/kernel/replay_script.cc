#include "lockdep/kernel/replay_script.h"

#include <algorithm>

#include "lockdep/kernel/splat_text.h"

namespace lockdep::kernel {

std::string ReplayScript::Quoted(std::string_view name) {
  if (name.empty()) name = "(no name)";  // the log does not show it, and the language has no empty names
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string ReplayScript::Name(int lock) const { return Quoted(made_.locks[static_cast<std::size_t>(lock)].Label()); }

std::optional<std::string> ReplayScript::AddSwitch(const std::string& stem, const std::string& values,
                                                   const std::string& question, const std::string& otherwise) {
  if (switches_.size() >= kSwitchesMax) {
    Assume(question + "  Taken as: " + otherwise + ".");
    return std::nullopt;
  }
  const std::string name = stem + "_" + std::to_string(switches_.size() + 1);
  switches_.push_back({name, values, question});
  return name;
}

std::string ReplayScript::Take(int lock, const std::string& name, Mode mode) {
  // It has nothing but sections to read in.
  if (made_.finding.locks[static_cast<std::size_t>(lock)].type == LockType::kRcu) return "read " + name;
  if (mode == Mode::kExclusive) return "lock " + name;
  shared_.insert(lock);
  return "read " + name + (mode == Mode::kRecursiveShared ? " recursive" : " nonrecursive");
}

std::string ReplayScript::TakeEither(int lock, const std::string& name, const std::optional<Mode>& mode,
                                     const std::string& stem, const std::string& question) {
  if (mode) return "  " + Take(lock, name, *mode) + "\n";
  const std::optional<std::string> by = AddSwitch(stem, "exclusive|shared", question, "exclusive");
  if (!by) return "  " + Take(lock, name, Mode::kExclusive) + "\n";
  return "  when " + *by + "=exclusive { " + Take(lock, name, Mode::kExclusive) + " }\n  when " + *by + "=shared { " +
         Take(lock, name, Mode::kShared) + " }\n";
}

std::string ReplayScript::NewThread(const std::string& name) {
  const std::string stem = name.empty() ? "a task" : name;
  std::string unique = stem;
  for (int i = 2; !thread_names_.insert(unique).second; ++i) unique = stem + " (" + std::to_string(i) + ")";
  return Quoted(unique);
}

std::string ReplayScript::TypeWord(int lock) const {
  const Finding& finding = made_.finding;
  const LockType type = finding.locks[static_cast<std::size_t>(lock)].type;
  const bool shared = shared_.contains(lock);
  // Of a cycle with spin locks the others spin, too, but which they are is not shown; a pseudo lock fits all.
  const bool spins = std::any_of(
      finding.locks.begin(), finding.locks.begin() + finding.cycle_length,
      [](const FindingLock& each) { return each.type == LockType::kSpinLock || each.type == LockType::kRwLock; });
  if (spins && type != LockType::kSpinLock && type != LockType::kRwLock) return "pseudo";
  switch (type) {
    case LockType::kMutex: return shared ? "rwsem" : "mutex";
    case LockType::kSpinLock: return shared ? "rwlock" : "spinlock";
    case LockType::kRecursiveMutex:
    case LockType::kRawSpinLock:
    case LockType::kLocal: return shared ? "pseudo" : std::string(lockdep::ToString(type));
    case LockType::kCompletion:
    case LockType::kThreadEnd:
    case LockType::kSrcu: return "pseudo";
    default: return std::string(lockdep::ToString(type));
  }
}

std::string ReplayScript::Head() const {
  const KernelReport& report = made_.report;
  std::string text = "# From " + LinesOf(report, made_.finding.source) + ": " + std::string(ToString(report.kind));
  if (!report.version.empty()) text += ", Linux " + report.version;
  text += ".\n";
  for (const std::string& gap : report.gaps) text += "# In the log: " + gap + ".\n";
  for (const std::string& each : assumed_) text += "# Not varied: " + each + "\n";
  return text;
}

std::string ReplayScript::Text(const std::string& expectation) const {
  std::string text = Head();
  for (const Switch& each : switches_)
    text += "# " + each.question + "\nswitch " + each.name + " = " + each.values + "\n";
  return text + declarations_ + threads_ + "expect finding " + expectation + "\n";
}

}  // namespace lockdep::kernel
