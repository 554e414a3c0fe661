#include "lockdep/kernel/splat_workload.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "lockdep/kernel/lock_facts.h"
#include "lockdep/kernel/splat_text.h"

namespace lockdep::kernel {
namespace {

// Each switch doubles the settings to run.
constexpr std::size_t kSwitchesMax = 5;
constexpr std::size_t kGatesMax = 2;

// A name of the workload language.
std::string Quoted(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

class Writer {
 public:
  Writer(const KernelFinding& made, const Judgement& judgement)
      : made_(made), finding_(made.finding), judgement_(judgement) {}

  std::string Circular();
  std::string Recursive();

 private:
  struct Switch {
    std::string name, values, question;
  };

  std::string Name(int lock) const { return Quoted(made_.locks[static_cast<std::size_t>(lock)].Label()); }
  void Line(const std::string& line) { body_ += line + "\n"; }
  std::optional<std::string> AddSwitch(const std::string& stem, const std::string& values, const std::string& question);
  std::string Head() const;
  std::string Locks() const;
  std::string TypeWord(int lock) const;
  std::string Take(int lock, Mode mode) const;
  std::string TakeHeld(std::size_t link);
  void PlanGates();
  void Thread(std::size_t link);
  void Writers();

  const KernelFinding& made_;
  const Finding& finding_;
  const Judgement& judgement_;
  std::vector<Switch> switches_;
  std::vector<std::pair<std::string, std::string>> gates_;  // lock and its switch; "" for a known one
  std::vector<int> shared_;  // locks with a reader, so that they need a type with readers
  std::string body_;
};

std::optional<std::string> Writer::AddSwitch(const std::string& stem, const std::string& values,
                                             const std::string& question) {
  if (switches_.size() >= kSwitchesMax) return std::nullopt;
  const std::string name = stem + "_" + std::to_string(switches_.size() + 1);
  switches_.push_back({name, values, question});
  return name;
}

std::string Writer::Head() const {
  std::string text =
      "# From " + LinesOf(made_.report, finding_.source) + ": " + std::string(ToString(made_.report.kind));
  if (!made_.report.version.empty()) text += ", Linux " + made_.report.version;
  text += ".\n";
  for (const std::string& gap : made_.report.gaps) text += "# In the log: " + gap + ".\n";
  return text;
}

std::string Writer::TypeWord(int lock) const {
  const LockType type = finding_.locks[static_cast<std::size_t>(lock)].type;
  const bool shared = std::find(shared_.begin(), shared_.end(), lock) != shared_.end();
  // Of a cycle with spin locks the others spin, too, but which they are is not shown; a pseudo lock fits all.
  const bool spins = std::any_of(
      finding_.locks.begin(), finding_.locks.begin() + finding_.cycle_length,
      [](const FindingLock& each) { return each.type == LockType::kSpinLock || each.type == LockType::kRwLock; });
  if (spins && type != LockType::kSpinLock && type != LockType::kRwLock) return "pseudo";
  switch (type) {
    case LockType::kMutex: return shared ? "rwsem" : "mutex";
    case LockType::kSpinLock: return shared ? "rwlock" : "spinlock";
    case LockType::kCompletion:
    case LockType::kThreadEnd:
    case LockType::kSrcu: return "pseudo";
    default: return std::string(lockdep::ToString(type));
  }
}

std::string Writer::Locks() const {
  std::string text;
  for (int i = 0; i < finding_.cycle_length; ++i) text += TypeWord(i) + " " + Name(i) + "\n";
  for (const auto& [gate, unused] : gates_) text += "mutex " + Quoted(gate) + "\n";
  return text;
}

std::string Writer::Take(int lock, Mode mode) const {
  if (mode == Mode::kExclusive) return "lock " + Name(lock);
  return "read " + Name(lock) + (mode == Mode::kRecursiveShared ? " recursive" : " nonrecursive");
}

// The lock of the link; by switch where its mode is not known.
std::string Writer::TakeHeld(std::size_t link) {
  const int lock = finding_.edges[link].held;
  const std::optional<Mode>& mode = made_.modes[link].held;
  if (mode) {
    if (IsShared(*mode)) shared_.push_back(lock);
    return "  " + Take(lock, *mode) + "\n";
  }
  const std::optional<std::string> name = AddSwitch("held", "exclusive|shared",
                                                    "is " + made_.locks[static_cast<std::size_t>(lock)].Label() +
                                                        " held exclusively by " + finding_.edges[link].thread + "?");
  if (!name) return "  " + Take(lock, Mode::kExclusive) + "\n";
  shared_.push_back(lock);
  return "  when " + *name + "=exclusive { " + Take(lock, Mode::kExclusive) + " }\n  when " + *name + "=shared { " +
         Take(lock, Mode::kShared) + " }\n";
}

void Writer::PlanGates() {
  for (const KnownGate& known : judgement_.known) {
    const auto same = [&known](const auto& gate) { return gate.first == known.name; };
    if (std::none_of(gates_.begin(), gates_.end(), same)) gates_.emplace_back(known.name, "");
  }
  if (!gates_.empty()) return;
  for (const GateCandidate& candidate : judgement_.gates) {
    if (gates_.size() >= kGatesMax) break;
    const std::optional<std::string> name =
        AddSwitch("gate", "off|on", "do the other tasks hold " + candidate.name + ", too?");
    if (name) gates_.emplace_back(candidate.name, *name);
  }
}

void Writer::Thread(std::size_t link) {
  const FindingEdge& edge = finding_.edges[link];
  const bool reporter = static_cast<int>(link) == finding_.closing_edge;
  std::string before, inside, inside_end, after;
  for (const auto& [gate, name] : gates_) {
    const auto known =
        std::find_if(judgement_.known.begin(), judgement_.known.end(),
                     [&gate = gate, link](const KnownGate& each) { return each.name == gate && each.link == link; });
    if (name.empty() && known == judgement_.known.end()) continue;
    if (name.empty() && known->tried_inside) {
      inside += "  if trylock " + Quoted(gate) + " {\n";
      inside_end = "  unlock " + Quoted(gate) + "\n  }\n" + inside_end;
      continue;
    }
    const std::string open = name.empty() || reporter ? "  " : "  when " + name + "=on { ";
    const std::string close = name.empty() || reporter ? "\n" : " }\n";
    before += open + "lock " + Quoted(gate) + close;
    after = open + "unlock " + Quoted(gate) + close + after;
  }
  const Mode wanted = made_.modes[link].wanted.value_or(Mode::kExclusive);
  if (IsShared(wanted)) shared_.push_back(edge.wanted);
  Line("thread " + Quoted(edge.thread) + " {");
  body_ += before + TakeHeld(link) + inside;
  Line("  " + Take(edge.wanted, wanted));
  Line("  unlock " + Name(edge.wanted));
  body_ += inside_end;
  Line("  unlock " + Name(edge.held));
  body_ += after + "}\n";
}

// A reader waits for a reader only behind a writer.
void Writer::Writers() {
  std::sort(shared_.begin(), shared_.end());
  shared_.erase(std::unique(shared_.begin(), shared_.end()), shared_.end());
  for (std::size_t i = 0; i < finding_.edges.size(); ++i) {
    const std::optional<Mode>& mode = made_.modes[i].wanted;
    if (!mode || !IsShared(*mode)) continue;
    const int lock = finding_.edges[i].wanted;
    const std::string label = made_.locks[static_cast<std::size_t>(lock)].Label();
    const std::optional<std::string> name =
        AddSwitch("writer", "off|on", "can a writer of " + label + " wait between the readers?");
    if (!name) return;
    Line("thread " + *name + " { when " + *name + "=on { lock " + Name(lock) + "; unlock " + Name(lock) + " } }");
  }
}

std::string Writer::Circular() {
  PlanGates();
  for (std::size_t i = 0; i < finding_.edges.size(); ++i) Thread(i);
  Writers();
  std::string expected = "expect finding circular ";
  for (int i = 0; i < finding_.cycle_length; ++i) expected += (i == 0 ? "" : " -> ") + Name(i);
  std::string text = Head();
  for (const Switch& each : switches_)
    text += "# " + each.question + "\nswitch " + each.name + " = " + each.values + "\n";
  return text + Locks() + body_ + expected + "\n";
}

std::string Writer::Recursive() {
  const LinkModes& modes = made_.modes.front();
  const FindingEdge& edge = finding_.edges.front();
  const Mode held = modes.held.value_or(Mode::kExclusive);
  const Mode wanted = modes.wanted.value_or(Mode::kExclusive);
  const int lock = edge.wanted;
  if (IsShared(held) || IsShared(wanted)) shared_.push_back(lock);
  const bool two = edge.held != edge.wanted;
  const std::string name = Name(lock);
  const std::string outer = two ? name + "[0]" : name;
  const std::string inner = two ? name + "[1]" : name;
  const auto verb = [](Mode mode) { return std::string(mode == Mode::kExclusive ? "lock " : "read "); };
  const auto how = [](Mode mode) { return std::string(mode == Mode::kExclusive ? "" : " nonrecursive"); };
  std::string text = Head();
  if (two) text += "class C\n";
  text += TypeWord(lock) + " " + name + (two ? "[2] : C" : "") + "\n";
  text += "thread " + Quoted(edge.thread) + " {\n  " + verb(held) + outer + how(held) + "\n  " + verb(wanted) + inner +
          how(wanted) + "\n  unlock " + inner + "\n  unlock " + outer + "\n}\n";
  const bool readers = IsShared(held) && IsShared(wanted);
  if (readers) text += "thread writer { lock " + outer + "; unlock " + outer + " }\n";
  return text + "expect finding " + (two ? "C" : name) + "\n";
}

}  // namespace

absl::StatusOr<std::string> FormatWorkload(const KernelFinding& made, const Judgement& judgement) {
  const std::string where = LinesOf(made.report, made.finding.source);
  if (made.finding.kind == FindingKind::kRecursive) return Writer(made, judgement).Recursive();
  if (made.finding.kind != FindingKind::kCircular)
    return absl::InvalidArgumentError(where + ": " + std::string(ToString(made.report.kind)) +
                                      " cannot be written as a workload");
  if (!made.complete)
    return absl::InvalidArgumentError(where + ": the cycle is not shown whole, so it cannot be replayed");
  return Writer(made, judgement).Circular();
}

}  // namespace lockdep::kernel
