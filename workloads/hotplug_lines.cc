#include "workloads/hotplug_lines.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "hotplug/scenario.h"
#include "workloads/describe.h"
#include "workloads/hotplug_operations.h"
#include "workloads/line_words.h"

namespace lockdep::workloads {
namespace {

using hotplug::Machine;
using hotplug::Task;

constexpr std::array<std::string_view, 10> kItems = {
    "policy",           "block",       "cache", "callback", "auto-online", "slab-callback", "balloon-callback",
    "memmap-on-memory", "node-offline", "for-real-threads"};

class ScenarioMaker {
 public:
  ScenarioMaker(const std::vector<std::vector<Name>>& items, const Program& program)
      : items_(items), program_(program) {}

  std::vector<ScriptError> Run() {
    for (const std::vector<Name>& words : items_) {
      LineWords line(words);
      Item(line);
      Keep(line);
    }
    if (!has_policy_) {
      const Position at = !items_.empty() ? items_[0][0].at : program_.lines[0][0].at;
      Error(at, "expected a policy somewhere in the script, found none");
    }
    Outside();
    for (const ProgramThread& thread : program_.threads) Thread(thread);
    if (scenario_.threads.size() > static_cast<std::size_t>(hotplug::kTasksMax)) {
      Error(program_.threads.back().at, "expected at most " + std::to_string(hotplug::kTasksMax) +
                                            " threads beside a policy, found " +
                                            std::to_string(scenario_.threads.size()));
    }
    return std::move(errors_);
  }
  hotplug::Scenario Take() { return std::move(scenario_); }

 private:
  void Error(Position at, std::string message) { errors_.push_back({program_.file, at, std::move(message)}); }
  void Keep(LineWords& line) {
    if (!line.mistake() && !line.AtEnd()) line.Expected("the end of the line");
    if (line.mistake()) Error(line.mistake()->at, line.mistake()->message);
  }

  // --- Items ------------------------------------------------------------------------------------
  void Item(LineWords& line) {
    switch (line.OneOf(kItems)) {
      case 0: return PolicyItem(line);
      case 1:
        do {
          line.TakeIf("block");
          BlockItem(line);
        } while (line.TakeIf(","));
        return;
      case 2: scenario_.machine.caches.push_back(line.Any("the name of a cache")); return;
      case 3: return CallbackItem(line);
      case 4: scenario_.machine.auto_online = true; return;
      case 5: scenario_.slab_callback = true; return;
      case 6: scenario_.balloon_callback = true; return;
      case 7: scenario_.machine.memmap_on_memory = true; return;
      case 8: scenario_.machine.node_online = false; return;
      case 9: scenario_.for_real_threads = true; return;
      default: return;
    }
  }

  // "policy v5.3 store-gate=none ...".
  void PolicyItem(LineWords& line) {
    if (has_policy_) return line.Fail(line.last(), "expected one policy, found another one");
    has_policy_ = true;
    const Position at = line.here();
    absl::StatusOr<hotplug::Policy> policy = hotplug::FindPolicy(line.Any("the name of a policy"));
    if (!policy.ok()) return line.Fail(at, std::string(policy.status().message()));
    scenario_.machine.policy = *policy;
    while (!line.AtEnd() && !line.mistake()) {
      const Position field_at = line.here();
      const std::string field = line.Any("a field of the policy");
      if (!line.TakeIf("=")) return line.Expected("'='");
      const absl::Status set = hotplug::SetField(scenario_.machine.policy, field, line.Any("the field's value"));
      if (!set.ok()) return line.Fail(field_at, std::string(set.message()));
    }
  }

  // "1 offline [zone NAME] [stays-busy]".
  void BlockItem(LineWords& line) {
    hotplug::MachineSetup::Block block;
    const Position at = line.here();
    block.id = line.Integer("the number of a memory block");
    if (HasBlock(block.id)) return line.Fail(at, "expected a new memory block, found that of another line");
    switch (line.OneOf(Of("offline", "online", "absent"))) {
      case 0: block.setup = hotplug::BlockSetup::kOffline; break;
      case 1: block.setup = hotplug::BlockSetup::kOnline; break;
      case 2: block.setup = hotplug::BlockSetup::kAbsent; break;
      default: break;
    }
    if (line.TakeIf("zone")) block.zone = line.Any("the name of a zone");
    block.stays_busy = line.TakeIf("stays-busy");
    scenario_.machine.blocks.push_back(std::move(block));
  }

  // "NAME priority N [node] [vetoes EVENT with ERROR|stop] [holds-across [forgets]] [reads-memory] [completes]
  // [assigns-storage [refused]]".
  void CallbackItem(LineWords& line) {
    hotplug::CallbackSetup callback;
    callback.name = line.Any("the name of a callback");
    while (!line.AtEnd() && !line.mistake()) {
      switch (line.OneOf(Of("priority", "vetoes", "holds-across", "forgets", "reads-memory", "completes", "node",
                            "assigns-storage", "refused"))) {
        case 0: callback.priority = line.Integer("a priority"); break;
        case 1: Veto(line, callback); break;
        case 2: callback.holds_across = true; break;
        case 3: callback.remembers = false; break;
        case 4: callback.reads_memory = true; break;
        case 5: callback.completes = true; break;
        case 6: callback.of_nodes = true; break;
        case 7: callback.assigns_storage = true; break;
        case 8: callback.refused = true; break;
        default: break;
      }
    }
    scenario_.callbacks.push_back(std::move(callback));
  }

  static void Veto(LineWords& line, hotplug::CallbackSetup& callback) {
    callback.vetoes = true;
    const int event = line.OneOf(hotplug::kMemoryEventNames);
    if (event < 0) return;
    callback.vetoed = static_cast<hotplug::MemoryEvent>(event);
    if (!line.TakeIf("with")) return line.Expected("'with'");
    if (line.TakeIf("stop")) return;
    const Position at = line.here();
    const std::optional<int> error = line.Error("an error or 'stop'");
    if (!error || *error == 0) return line.Fail(at, "expected 'stop' or an error like EPERM");
    callback.error = *error;
  }

  bool HasBlock(int id) const {
    const auto& blocks = scenario_.machine.blocks;
    return std::any_of(blocks.begin(), blocks.end(), [&](const auto& each) { return each.id == id; });
  }

  void Outside() {
    for (const ProgramLock& lock : program_.locks) {
      const bool possible =
          lock.type == LockType::kMutex || lock.type == LockType::kRwSem || lock.type == LockType::kPercpuRwSem;
      if (!possible) Error(lock.at, "expected a mutex, a rwsem or a percpu lock beside a policy, found another type");
      scenario_.machine.outside_locks.emplace_back(lock.type, lock.name);
    }
    scenario_.machine.outside_completions = program_.completions;
  }

  // --- Threads ----------------------------------------------------------------------------------
  void Thread(const ProgramThread& thread) {
    hotplug::ScenarioThread made;
    std::map<int, Mode> held;  // how the thread holds the script's locks
    for (const Op& op : thread.ops) {
      if (op.code == OpCode::kBlock || op.code == OpCode::kEnd) continue;
      AddStep(op, held, made);
    }
    for (int number = 1; number <= thread.count; ++number) {
      made.name = ThreadName(thread, number);
      scenario_.threads.push_back(made);
    }
  }

  void AddStep(const Op& op, std::map<int, Mode>& held, hotplug::ScenarioThread& thread) {
    hotplug::Step step;
    const auto index = static_cast<std::size_t>(op.lock == kNone ? op.number : op.lock);
    switch (op.code) {
      case OpCode::kSubsystem: return Statement(program_.lines[index], thread);
      case OpCode::kTake:
        if (op.take_kind != Kind::kBlocking || op.conditional) break;
        held[op.lock] = op.mode;
        step.action = [index, shared = IsShared(op.mode)](Machine& machine, Task&) {
          hotplug::OutsideLock& lock = *machine.outside_locks[index];
          shared ? lock.Read() : lock.Lock();
          return 0;
        };
        return thread.steps.push_back(std::move(step));
      case OpCode::kUnlock:
        step.action = [index, shared = IsShared(held[op.lock])](Machine& machine, Task&) {
          hotplug::OutsideLock& lock = *machine.outside_locks[index];
          shared ? lock.ReadUnlock() : lock.Unlock();
          return 0;
        };
        return thread.steps.push_back(std::move(step));
      case OpCode::kWaitFor:
        step.action = [index](Machine& machine, Task&) {
          machine.outside_completions[index]->Wait();
          return 0;
        };
        return thread.steps.push_back(std::move(step));
      case OpCode::kComplete:
        step.action = [index](Machine& machine, Task&) {
          machine.outside_completions[index]->Complete();
          return 0;
        };
        return thread.steps.push_back(std::move(step));
      default: break;
    }
    Error(op.at,
          "expected a statement that can stand beside a policy: one of memory hotplug, 'lock', 'read', 'unlock', "
          "'wait-for' or 'complete'");
  }

  void Statement(const std::vector<Name>& words, hotplug::ScenarioThread& thread) {
    LineWords line(words);
    hotplug::Step step;
    for (const Name& word : words) step.text += (step.text.empty() ? "" : " ") + word.text;
    step.action = OperationOf(line, scenario_.machine);
    if (line.TakeIf("returns")) {
      do {
        const Position at = line.here();
        const std::optional<int> error = line.Error("0 or an error");
        if (!error) line.Fail(at, "expected 0 or an error like EBUSY");
        step.results.push_back(error.value_or(0));
      } while (line.TakeIf("|"));
    }
    Keep(line);
    thread.steps.push_back(std::move(step));
  }

  const std::vector<std::vector<Name>>& items_;
  const Program& program_;
  hotplug::Scenario scenario_;
  bool has_policy_ = false;
  std::vector<ScriptError> errors_;
};

}  // namespace

bool IsHotplugItem(std::string_view word) { return std::find(kItems.begin(), kItems.end(), word) != kItems.end(); }
bool IsHotplugStatement(std::string_view word) { return IsHotplugOperation(word); }

std::vector<ScriptError> MakeScenario(const std::vector<std::vector<Name>>& items, Program& program) {
  ScenarioMaker maker(items, program);
  std::vector<ScriptError> errors = maker.Run();
  program.scenario = std::make_shared<const hotplug::Scenario>(maker.Take());
  return errors;
}

}  // namespace lockdep::workloads
