#include "lockdep/kernel/splat_workload.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "lockdep/kernel/misuse_script.h"
#include "lockdep/kernel/replay_script.h"
#include "lockdep/kernel/splat_text.h"

namespace lockdep::kernel {
namespace {

constexpr std::size_t kGatesMax = 2;

// A cycle: one thread for each link.
class CycleScript {
 public:
  CycleScript(const KernelFinding& made, const Judgement& judgement)
      : made_(made), finding_(made.finding), judgement_(judgement), script_(made) {}

  std::string Text();

 private:
  std::string Label(int lock) const { return made_.locks[static_cast<std::size_t>(lock)].Label(); }
  bool IsInCycle(const std::string& label) const;
  std::string TakeHeld(std::size_t link);
  std::string TakeWanted(std::size_t link);
  void PlanGates();
  void Thread(std::size_t link);
  void Writers();

  const KernelFinding& made_;
  const Finding& finding_;
  const Judgement& judgement_;
  ReplayScript script_;
  std::vector<std::pair<std::string, std::string>> gates_;  // lock and its switch; "" for a known one
};

bool CycleScript::IsInCycle(const std::string& label) const {
  for (int i = 0; i < finding_.cycle_length; ++i) {
    if (Label(i) == label) return true;
  }
  return false;
}

std::string CycleScript::TakeHeld(std::size_t link) {
  const FindingEdge& edge = finding_.edges[link];
  return script_.TakeEither(edge.held, script_.Name(edge.held), made_.modes[link].held, "held",
                            "is " + Label(edge.held) + " held exclusively by " + edge.thread + "?");
}

std::string CycleScript::TakeWanted(std::size_t link) {
  const FindingEdge& edge = finding_.edges[link];
  return script_.TakeEither(edge.wanted, script_.Name(edge.wanted), made_.modes[link].wanted, "wanted",
                            "is " + Label(edge.wanted) + " wanted exclusively by " + edge.thread + "?");
}

void CycleScript::PlanGates() {
  for (const KnownGate& known : judgement_.known) {
    const auto same = [&known](const auto& gate) { return gate.first == known.name; };
    if (std::none_of(gates_.begin(), gates_.end(), same)) gates_.emplace_back(known.name, "");
  }
  if (!gates_.empty()) return;
  for (const GateCandidate& candidate : judgement_.gates) {
    if (gates_.size() >= kGatesMax) break;
    if (IsInCycle(candidate.name)) continue;
    const std::optional<std::string> name =
        script_.AddSwitch("gate", "off|on", "do the other tasks hold " + candidate.name + ", too?", "off");
    if (name) gates_.emplace_back(candidate.name, *name);
  }
}

void CycleScript::Thread(std::size_t link) {
  const FindingEdge& edge = finding_.edges[link];
  const bool reporter = static_cast<int>(link) == finding_.closing_edge;
  std::string before, inside, inside_end, after;
  for (const auto& [gate, name] : gates_) {
    const auto known =
        std::find_if(judgement_.known.begin(), judgement_.known.end(),
                     [&gate = gate, link](const KnownGate& each) { return each.name == gate && each.link == link; });
    if (name.empty() && known == judgement_.known.end()) continue;
    const std::string lock = ReplayScript::Quoted(gate);
    if (name.empty() && known->tried_inside) {
      inside += "  if trylock " + lock + " {\n";
      inside_end = "  unlock " + lock + "\n  }\n" + inside_end;
      continue;
    }
    const std::string open = name.empty() || reporter ? "  " : "  when " + name + "=on { ";
    const std::string close = name.empty() || reporter ? "\n" : " }\n";
    before += open + "lock " + lock + close;
    after = open + "unlock " + lock + close + after;
  }
  const std::string held = TakeHeld(link);
  const std::string wanted = TakeWanted(link);
  script_.Add("thread " + script_.NewThread(edge.thread) + " {\n" + before + held + inside + wanted + "  unlock " +
              script_.Name(edge.wanted) + "\n" + inside_end + "  unlock " + script_.Name(edge.held) + "\n" + after +
              "}\n");
}

// A reader waits for a reader only behind a writer.
void CycleScript::Writers() {
  for (std::size_t i = 0; i < finding_.edges.size(); ++i) {
    const std::optional<Mode>& mode = made_.modes[i].wanted;
    if (!mode || !IsShared(*mode)) continue;
    const int lock = finding_.edges[i].wanted;
    const std::optional<std::string> name =
        script_.AddSwitch("writer", "off|on", "can a writer of " + Label(lock) + " wait between the readers?", "no");
    if (!name) continue;
    script_.Add("thread " + script_.NewThread(*name) + " { when " + *name + "=on { lock " + script_.Name(lock) +
                "; unlock " + script_.Name(lock) + " } }\n");
  }
}

std::string CycleScript::Text() {
  PlanGates();
  for (std::size_t i = 0; i < finding_.edges.size(); ++i) Thread(i);
  Writers();
  std::string cycle;
  for (int i = 0; i < finding_.cycle_length; ++i) {
    script_.Declare(script_.TypeWord(i) + " " + script_.Name(i));
    cycle += (i == 0 ? "" : " -> ") + script_.Name(i);
  }
  for (const auto& [gate, unused] : gates_) script_.Declare("mutex " + ReplayScript::Quoted(gate));
  return script_.Text("circular " + cycle);
}

// A class that a cycle passes twice would be one lock of the script; empty if there is none.
std::string PassedTwice(const KernelFinding& made) {
  std::set<std::string> labels;
  for (int i = 0; i < made.finding.cycle_length; ++i) {
    const std::string label = made.locks[static_cast<std::size_t>(i)].Label();
    if (!labels.insert(label).second) return label;
  }
  return "";
}

// One class, or one lock, that a thread takes twice.
std::string Recursive(const KernelFinding& made) {
  ReplayScript script(made);
  const LinkModes& modes = made.modes.front();
  const FindingEdge& edge = made.finding.edges.front();
  const int lock = edge.wanted;
  const std::string name = script.Name(lock);
  const std::string label = made.locks[static_cast<std::size_t>(lock)].Label();
  const bool two = edge.held != edge.wanted;
  const std::string outer = two ? name + "[0]" : name;
  const std::string inner = two ? name + "[1]" : name;
  const auto nested = [&](const std::string& first, const std::string& second) {
    return "  " + script.Take(lock, first, modes.held.value_or(Mode::kExclusive)) + "\n  " +
           script.Take(lock, second, modes.wanted.value_or(Mode::kExclusive)) + "\n  unlock " + second + "\n  unlock " +
           first + "\n";
  };
  if (!modes.held) script.Assume("how " + label + " is held is not shown.  Taken as: exclusive.");
  if (!modes.wanted) script.Assume("how " + label + " is wanted is not shown.  Taken as: exclusive.");
  script.Add("thread " + script.NewThread(edge.thread) + " {\n" + nested(outer, inner) + "}\n");
  std::string expected = name;
  if (two) {
    const std::optional<std::string> other = script.AddSwitch(
        "other_order", "off|on", "can another task take the same two of " + label + " the other way round?", "no");
    script.Add("thread " + script.NewThread(*other) + " {\n  when " + *other + "=on {\n" + nested(inner, outer) +
               "  }\n}\n");
    expected += "\nwhen " + *other + "=on { expect finding circular " + ReplayScript::Quoted(label + "[0]") + " -> " +
                ReplayScript::Quoted(label + "[1]") + " }";
  }
  const bool readers = modes.held && IsShared(*modes.held) && modes.wanted && IsShared(*modes.wanted);
  // Each reader hangs only behind a writer of the lock that it wants.
  for (const std::string& each : two ? std::vector<std::string>{inner, outer} : std::vector<std::string>{inner}) {
    if (readers) script.Add("thread " + script.NewThread("a writer") + " { lock " + each + "; unlock " + each + " }\n");
  }
  if (two) script.Declare("class " + name);
  script.Declare(script.TypeWord(lock) + " " + name + (two ? "[2] : " + name : ""));
  return script.Text(expected);
}

}  // namespace

absl::StatusOr<std::string> FormatWorkload(const KernelFinding& made, const Judgement& judgement) {
  const std::string where = LinesOf(made.report, made.finding.source);
  if (made.finding.kind == FindingKind::kRecursive) return Recursive(made);
  if (made.finding.kind != FindingKind::kCircular) {
    absl::StatusOr<std::string> text = FormatMisuse(made);
    if (text.ok()) return text;
    return absl::InvalidArgumentError(where + ": " + std::string(text.status().message()));
  }
  if (!made.complete)
    return absl::InvalidArgumentError(where + ": the cycle is not shown whole, so it cannot be replayed");
  if (const std::string twice = PassedTwice(made); !twice.empty())
    return absl::InvalidArgumentError(where + ": " + twice + " is in the cycle twice, so it cannot be replayed");
  return CycleScript(made, judgement).Text();
}

}  // namespace lockdep::kernel
