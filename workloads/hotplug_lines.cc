#include "workloads/hotplug_lines.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "hotplug/callers.h"
#include "hotplug/cpu.h"
#include "hotplug/memory_hotplug.h"
#include "hotplug/scenario.h"
#include "hotplug/slab.h"
#include "hotplug/sysfs.h"
#include "workloads/describe.h"

namespace lockdep::workloads {
namespace {

using hotplug::Action;
using hotplug::Machine;
using hotplug::Task;

constexpr std::array<std::string_view, 8> kItems = {
    "policy", "block", "cache", "callback", "auto-online", "slab-callback", "balloon-callback", "for-real-threads"};
constexpr std::array<std::string_view, 11> kStatements = {"sysfs",   "acpi", "memory",     "kernel",   "cpu", "slab",
                                                          "balloon", "xen",  "virtio-mem", "memtrace", "dax"};

struct ErrorName {
  std::string_view name;
  int code;
};
constexpr ErrorName kErrors[] = {{"0", 0},           {"EPERM", -EPERM},   {"EINTR", -EINTR},
                                 {"EIO", -EIO},      {"EAGAIN", -EAGAIN}, {"ENOMEM", -ENOMEM},
                                 {"EBUSY", -EBUSY},  {"EEXIST", -EEXIST}, {"ENODEV", -ENODEV},
                                 {"EINVAL", -EINVAL}};

std::optional<int> ErrorNamed(std::string_view name) {
  for (const ErrorName& each : kErrors) {
    if (each.name == name) return each.code;
  }
  return std::nullopt;
}

constexpr hotplug::MemoryEvent kEvents[] = {hotplug::MemoryEvent::kGoingOnline,  hotplug::MemoryEvent::kOnline,
                                            hotplug::MemoryEvent::kCancelOnline, hotplug::MemoryEvent::kGoingOffline,
                                            hotplug::MemoryEvent::kOffline,      hotplug::MemoryEvent::kCancelOffline};

// What was wrong with a line; thrown nowhere, passed up.
struct Mistake {
  Position at;
  std::string message;
};

// The words of one line, taken from left to right; the first mistake is kept.
class Words {
 public:
  explicit Words(const std::vector<Name>& words) : words_(words) {}

  bool AtEnd() const { return next_ == words_.size(); }
  bool TakeIf(std::string_view word) {
    if (AtEnd() || words_[next_].text != word) return false;
    ++next_;
    return true;
  }
  // One of these words; its index, or -1 after a mistake.
  template <std::size_t N>
  int OneOf(const std::array<std::string_view, N>& all) {
    for (std::size_t i = 0; i < N; ++i) {
      if (TakeIf(all[i])) return static_cast<int>(i);
    }
    std::string expected;
    for (const std::string_view each : all) expected += (expected.empty() ? "'" : ", '") + std::string(each) + "'";
    Expected(expected);
    return -1;
  }
  std::string Any(const char* what) {
    if (!AtEnd()) return words_[next_++].text;
    Expected(what);
    return "";
  }
  int Integer(const char* what) {
    int value = 0;
    if (!AtEnd()) {
      const std::string& text = words_[next_].text;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error == std::errc() && end == text.data() + text.size()) {
        ++next_;
        return value;
      }
    }
    Expected(what);
    return 0;
  }
  void Expected(const std::string& what) {
    if (!AtEnd()) return Fail(words_[next_].at, "expected " + what + ", found '" + words_[next_].text + "'");
    Fail(words_.back().at, "expected " + what + " after '" + words_.back().text + "'");
  }
  void Fail(Position at, std::string message) {
    if (!mistake_) mistake_ = Mistake{at, std::move(message)};
  }
  Position here() const { return AtEnd() ? words_.back().at : words_[next_].at; }
  Position last() const { return words_[next_ == 0 ? 0 : next_ - 1].at; }
  const std::optional<Mistake>& mistake() const { return mistake_; }

 private:
  const std::vector<Name>& words_;
  std::size_t next_ = 0;
  std::optional<Mistake> mistake_;
};

template <class... Strings>
constexpr std::array<std::string_view, sizeof...(Strings)> Of(const Strings&... strings) {
  return {strings...};
}

class ScenarioMaker {
 public:
  ScenarioMaker(const std::vector<std::vector<Name>>& items, const Program& program)
      : items_(items), program_(program) {}

  std::vector<ScriptError> Run() {
    for (const std::vector<Name>& words : items_) {
      Words line(words);
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
  void Keep(Words& line) {
    if (!line.mistake() && !line.AtEnd()) line.Expected("the end of the line");
    if (line.mistake()) Error(line.mistake()->at, line.mistake()->message);
  }

  // --- Items ------------------------------------------------------------------------------------
  void Item(Words& line) {
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
      case 7: scenario_.for_real_threads = true; return;
      default: return;
    }
  }

  // "policy v5.3 store-gate=none ...".
  void PolicyItem(Words& line) {
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

  // "1 offline [zone NAME]".
  void BlockItem(Words& line) {
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
    scenario_.machine.blocks.push_back(std::move(block));
  }

  // "NAME priority N [vetoes EVENT with ERROR|stop] [holds-across [forgets]] [reads-memory] [completes]".
  void CallbackItem(Words& line) {
    hotplug::CallbackSetup callback;
    callback.name = line.Any("the name of a callback");
    while (!line.AtEnd() && !line.mistake()) {
      switch (line.OneOf(Of("priority", "vetoes", "holds-across", "forgets", "reads-memory", "completes"))) {
        case 0: callback.priority = line.Integer("a priority"); break;
        case 1: Veto(line, callback); break;
        case 2: callback.holds_across = true; break;
        case 3: callback.remembers = false; break;
        case 4: callback.reads_memory = true; break;
        case 5: callback.completes = true; break;
        default: break;
      }
    }
    scenario_.callbacks.push_back(std::move(callback));
  }

  static void Veto(Words& line, hotplug::CallbackSetup& callback) {
    callback.vetoes = true;
    const int event =
        line.OneOf(Of("GOING_ONLINE", "ONLINE", "CANCEL_ONLINE", "GOING_OFFLINE", "OFFLINE", "CANCEL_OFFLINE"));
    if (event < 0) return;
    callback.vetoed = kEvents[event];
    if (!line.TakeIf("with")) return line.Expected("'with'");
    if (line.TakeIf("stop")) return;
    const Position at = line.here();
    const std::optional<int> error = ErrorNamed(line.Any("an error or 'stop'"));
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
    Words line(words);
    hotplug::Step step;
    for (const Name& word : words) step.text += (step.text.empty() ? "" : " ") + word.text;
    step.action = ActionOf(line);
    if (line.TakeIf("returns")) {
      do {
        const Position at = line.here();
        const std::optional<int> error = ErrorNamed(line.Any("0 or an error"));
        if (!error) line.Fail(at, "expected 0 or an error like EBUSY");
        step.results.push_back(error.value_or(0));
      } while (line.TakeIf("|"));
    }
    Keep(line);
    thread.steps.push_back(std::move(step));
  }

  Action ActionOf(Words& line) {
    switch (line.OneOf(kStatements)) {
      case 0: return Sysfs(line);
      case 1: return Acpi(line);
      case 2: return Memory(line);
      case 3: return Kernel(line);
      case 4: return Cpu(line);
      case 5: return Slab(line);
      case 6: return Balloon(line);
      case 7: return Xen(line);
      case 8: return OnBlock(line, "remove", &hotplug::OfflineAndRemove);
      case 9: return OnBlock(line, "offline", &hotplug::MemtraceOffline);
      case 10: return OnBlock(line, "unbind", &hotplug::DaxUnbind);
      default: return {};
    }
  }

  // "block N".
  int Block(Words& line) {
    if (!line.TakeIf("block")) line.Expected("'block'");
    const Position at = line.here();
    const int id = line.Integer("the number of a memory block");
    if (!line.mistake() && !HasBlock(id))
      line.Fail(at, "expected a memory block of the script, found " + std::to_string(id));
    return id;
  }

  using BlockFunction = int (*)(Machine&, Task&, hotplug::MemoryBlock&);
  Action On(int id, BlockFunction function) {
    return [id, function](Machine& machine, Task& task) { return function(machine, task, machine.block(id)); };
  }
  Action OnBlock(Words& line, std::string_view verb, BlockFunction function) {
    if (!line.TakeIf(verb)) line.Expected("'" + std::string(verb) + "'");
    return On(Block(line), function);
  }

  Action Sysfs(Words& line) {
    if (line.OneOf(Of("write", "read")) == 0) return SysfsWrite(line);
    if (line.TakeIf("acpi")) {
      if (!line.TakeIf("uevent")) line.Expected("'uevent'");
      return [](Machine& machine, Task& task) { return hotplug::ReadAcpiUevent(machine, task); };
    }
    const int id = Block(line);
    switch (line.OneOf(Of("state", "online", "uevent"))) {
      case 0: return On(id, &hotplug::ReadState);
      case 1: return On(id, &hotplug::ReadOnline);
      default: return On(id, &hotplug::ReadUevent);
    }
  }

  Action SysfsWrite(Words& line) {
    if (line.TakeIf("probe")) return On(Block(line), &hotplug::WriteProbe);
    if (line.TakeIf("cpu")) {
      if (!line.TakeIf("online")) line.Expected("'online'");
      const bool online = line.OneOf(Of("0", "1")) == 1;
      return [online](Machine& machine, Task& task) { return hotplug::WriteCpuOnline(machine, task, online); };
    }
    const int id = Block(line);
    switch (line.OneOf(Of("state", "online", "remove-self"))) {
      case 0: {
        const auto command = static_cast<hotplug::StateCommand>(
            std::max(0, line.OneOf(Of("offline", "online", "online_kernel", "online_movable"))));
        return [id, command](Machine& machine, Task& task) {
          return hotplug::WriteState(machine, task, machine.block(id), command);
        };
      }
      case 1: {
        const bool online = line.OneOf(Of("0", "1")) == 1;
        return [id, online](Machine& machine, Task& task) {
          return hotplug::WriteOnline(machine, task, machine.block(id), online);
        };
      }
      default: {
        const bool breaks = line.TakeIf("breaking-protection");
        return [id, breaks](Machine& machine, Task& task) {
          return hotplug::WriteRemoveSelf(machine, task, machine.block(id), breaks);
        };
      }
    }
  }

  Action Acpi(Words& line) {
    switch (line.OneOf(Of("eject", "insert", "boot-scan"))) {
      case 0: return On(Block(line), &hotplug::AcpiEject);
      case 1: return On(Block(line), &hotplug::AcpiInsert);
      default: return On(Block(line), &hotplug::AcpiBootScan);
    }
  }

  Action Memory(Words& line) {
    switch (line.OneOf(Of("add", "remove", "scan", "scan-twice", "scan-then-cpus", "write", "set-callback",
                          "register-callback", "begin", "done", "get", "put"))) {
      case 0: return On(Block(line), &hotplug::AddMemory);
      case 1: return On(Block(line), &hotplug::RemoveMemory);
      case 2: return On(Block(line), &hotplug::ScanMemory);
      case 3: return &hotplug::ScanMemoryTwice;
      case 4: return &hotplug::ScanMemoryThenCpus;
      case 5: {
        const bool stops = line.TakeIf("stopping-machine");
        return [stops](Machine& machine, Task& task) { return hotplug::WriteMems(machine, task, stops); };
      }
      case 6: {
        const int callback = line.Integer("the number of a callback");
        return [callback](Machine& machine, Task& task) { return hotplug::SetPageCallback(machine, task, callback); };
      }
      case 7: return &hotplug::RegisterCallback;
      case 8: return Part(&Machine::Begin);
      case 9: return Part(&Machine::Done);
      case 10: return Part(&Machine::GetMems);
      default: return Part(&Machine::PutMems);
    }
  }

  // Half of a pair, for what the script does in between.
  static Action Part(void (Machine::*half)(Task&)) {
    return [half](Machine& machine, Task& task) {
      (machine.*half)(task);
      return 0;
    };
  }

  Action Kernel(Words& line) {
    if (!line.TakeIf("online")) line.Expected("'online'");
    const int id = Block(line);
    const bool gate = line.OneOf(Of("gated", "ungated")) == 0;
    return [id, gate](Machine& machine, Task& task) {
      return hotplug::KernelOnline(machine, task, machine.block(id), gate);
    };
  }

  static Action Cpu(Words& line) {
    switch (line.OneOf(Of("up", "down", "read", "read-lock", "read-unlock"))) {
      case 0: return &hotplug::CpuUp;
      case 1: return &hotplug::CpuDown;
      case 3: return Part(&Machine::CpusReadLock);
      case 4: return Part(&Machine::CpusReadUnlock);
      default: return &hotplug::ReadCpus;
    }
  }

  Action Slab(Words& line) {
    const int verb = line.OneOf(Of("create", "destroy", "read-objects", "write-shrink", "write-attribute"));
    switch (verb) {
      case 2: return &hotplug::ReadSlabObjects;
      case 3: return &hotplug::WriteSlabShrink;
      case 4: return &hotplug::WriteSlabAttribute;
      default: break;
    }
    const Position at = line.here();
    const std::string name = line.Any("the name of a cache");
    const auto& caches = scenario_.machine.caches;
    if (std::find(caches.begin(), caches.end(), name) == caches.end())
      line.Fail(at, "expected a cache of the script, found '" + name + "'");
    return [name, verb](Machine& machine, Task& task) {
      return verb == 0 ? hotplug::CreateCache(machine, task, machine.cache(name))
                       : hotplug::DestroyCache(machine, task, machine.cache(name));
    };
  }

  Action Balloon(Words& line) {
    switch (line.OneOf(Of("add", "lock", "unlock"))) {
      case 1: return Part(&Machine::LockDance);
      case 2: return Part(&Machine::UnlockDance);
      default: break;
    }
    const int id = Block(line);
    hotplug::HotAddWait wait;
    wait.waits = line.TakeIf("waiting");
    if (wait.waits) wait.timed = !line.TakeIf("for-ever");
    wait.keeps_gate = line.TakeIf("keeping-gate");
    return [id, wait](Machine& machine, Task& task) {
      return hotplug::BalloonHotAdd(machine, task, machine.block(id), wait);
    };
  }

  Action Xen(Words& line) {
    if (!line.TakeIf("add")) line.Expected("'add'");
    const int id = Block(line);
    const bool drops = line.OneOf(Of("dropping-mutex", "keeping-mutex")) == 0;
    return [id, drops](Machine& machine, Task& task) {
      return hotplug::XenBalloonAdd(machine, task, machine.block(id), drops);
    };
  }

  const std::vector<std::vector<Name>>& items_;
  const Program& program_;
  hotplug::Scenario scenario_;
  bool has_policy_ = false;
  std::vector<ScriptError> errors_;
};

template <std::size_t N>
bool Contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

bool IsHotplugItem(std::string_view word) { return Contains(kItems, word); }
bool IsHotplugStatement(std::string_view word) { return Contains(kStatements, word); }

std::vector<ScriptError> MakeScenario(const std::vector<std::vector<Name>>& items, Program& program) {
  ScenarioMaker maker(items, program);
  std::vector<ScriptError> errors = maker.Run();
  program.scenario = std::make_shared<const hotplug::Scenario>(maker.Take());
  return errors;
}

}  // namespace lockdep::workloads
