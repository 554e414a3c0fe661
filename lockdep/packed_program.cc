#include "lockdep/packed_program.h"

#include <algorithm>
#include <set>

#include "lockdep/blocking_rules.h"

namespace lockdep {
namespace {

using Code = LockProgram::Code;
using Op = LockProgram::Op;
using Thread = LockProgram::Thread;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }
constexpr std::size_t Index(Mode mode) { return static_cast<std::size_t>(mode); }
constexpr Mode kModes[] = {Mode::kExclusive, Mode::kShared, Mode::kRecursiveShared};
constexpr int kLevelsMax = 16;
constexpr int kOpenWidth = 16;  // of a number that nothing limits
constexpr int kNotGotWidth = 4;

bool IsInLoop(const std::vector<Op>& ops, int at) {
  for (const int next : NextOps(ops[Index(at)], at)) {
    if (ReachableOps(ops, next)[Index(at)]) return true;
  }
  return false;
}

// --- How many runners -----------------------------------------------------------------------------

// How many of each thread there may be, one more than kSlotsMax at most.
std::vector<int> RunnersOf(const LockProgram& program) {
  std::vector<int> counts(program.threads.size(), 0);
  for (std::size_t round = 0; round <= program.threads.size() * kSlotsMax; ++round) {
    std::vector<int> next;
    for (const Thread& thread : program.threads) next.push_back(thread.spawned ? 0 : thread.count);
    for (std::size_t t = 0; t < counts.size(); ++t) {
      const std::vector<Op>& ops = program.threads[t].ops;
      for (std::size_t i = 0; i < ops.size() && counts[t] > 0; ++i) {
        if (ops[i].code != Code::kSpawn) continue;
        const int times = IsInLoop(ops, static_cast<int>(i)) ? kSlotsMax + 1 : counts[t];
        int& sum = next[Index(ops[i].number)];
        sum = std::min(kSlotsMax + 1, sum + times * std::min(program.threads[Index(ops[i].number)].count, kSlotsMax));
      }
    }
    if (next == counts) break;
    counts = std::move(next);
  }
  return counts;
}

// Takes turns, where there is not room for all.
std::vector<int> ShareSlots(const LockProgram& program) {
  const std::vector<int> wanted = RunnersOf(program);
  std::vector<int> given;
  int left = kSlotsMax;
  for (const Thread& thread : program.threads) {
    given.push_back(thread.spawned ? 0 : thread.count);
    left -= given.back();
  }
  for (bool any = true; any && left > 0;) {
    any = false;
    for (std::size_t t = 0; t < wanted.size() && left > 0; ++t) {
      if (given[t] >= wanted[t]) continue;
      ++given[t];
      --left;
      any = true;
    }
  }
  return given;
}

// --- What a thread does with a lock -----------------------------------------------------------------

struct Usage {
  bool uses = false;
  bool modes[3] = {};
  int levels = 0;
  bool writes_waiting = false;  // by a call that may wait
  bool leaves_out = false;      // an unlock may be left out
  bool syncs = false;
};

void AddMode(Usage& usage, Mode mode) { usage.modes[Index(mode)] = true; }

// How often the thread may hold the lock at once.
int LevelsOf(const std::vector<Op>& ops, int lock, int most) {
  std::vector<int> depth(ops.size(), -1);
  std::vector<int> open = {0};
  int deepest = 0;
  depth[0] = 0;
  while (!open.empty()) {
    const int at = open.back();
    open.pop_back();
    const Op& op = ops[Index(at)];
    int after = depth[Index(at)];
    if (op.lock == lock && op.code == Code::kTake) after = std::min(most, after + 1);
    if (op.lock == lock && op.code == Code::kWait) after = std::max(1, after);
    deepest = std::max(deepest, after);
    if (op.lock == lock && op.code == Code::kUnlock) after = std::max(0, after - 1);
    for (const int next : NextOps(op, at)) {
      if (depth[Index(next)] >= after) continue;
      depth[Index(next)] = after;
      open.push_back(next);
    }
  }
  return deepest;
}

Usage UsageOf(const Thread& thread, int lock, const BlockingRules& rules) {
  Usage usage;
  for (const Op& op : thread.ops) {
    if (op.lock != lock) continue;
    usage.uses = true;
    const bool announces = AnnouncesItself(rules, op.mode);
    if (op.code == Code::kTake) {
      AddMode(usage, op.mode);
      usage.writes_waiting = usage.writes_waiting || (op.kind != Kind::kTrylock && announces);
      usage.leaves_out = usage.leaves_out || (op.kind != Kind::kBlocking && op.target == LockProgram::kNone);
    }
    if (op.code == Code::kDowngrade) AddMode(usage, Mode::kShared);
    if (op.code == Code::kSync) usage.syncs = true;
    if (op.code != Code::kWait || !rules.exclusive) continue;
    // Where it does not hold the lock it takes it exclusively.
    AddMode(usage, Mode::kExclusive);
    usage.writes_waiting = usage.writes_waiting || AnnouncesItself(rules, Mode::kExclusive);
  }
  const bool once = !rules.reentrant && !usage.modes[1] && !usage.modes[2];
  usage.levels = LevelsOf(thread.ops, lock, once ? 1 : kLevelsMax);
  return usage;
}

// --- The layout ---------------------------------------------------------------------------------------

class Packer {
 public:
  explicit Packer(PackedProgram& packed) : packed_(packed), program_(packed.program) {}

  void Pack() {
    AddSlots();
    if (packed_.slots.size() > kSlotsMax) {
      packed_.impossible = "there are more than " + std::to_string(kSlotsMax) + " threads";
      return;
    }
    for (std::size_t lock = 0; lock < program_.locks.size(); ++lock) AddLock(static_cast<int>(lock));
    for (std::size_t i = 0; i < program_.variables.size(); ++i) {
      packed_.variables.push_back(fields_.Add(VariableWidth(static_cast<int>(i))));
    }
    for (int i = 0; i < program_.completion_count; ++i) AddCompletion(i);
    for (PackedSlot& slot : packed_.slots) AddActions(slot);
    packed_.words = fields_.words();
  }

 private:
  const Thread& ThreadOf(const PackedSlot& slot) const { return program_.threads[Index(slot.thread)]; }

  void AddSlots() {
    for (const Thread& thread : program_.threads) {
      packed_.flows.push_back(ControlFlowOf(thread));
      const std::vector<int>& endless = packed_.flows.back().endless;
      packed_.has_endless |= std::any_of(endless.begin(), endless.end(), [](int loop) { return loop >= 0; });
    }
    const std::vector<int> counts = ShareSlots(program_);
    packed_.slots_of_thread.resize(counts.size());
    for (std::size_t t = 0; t < counts.size(); ++t) {
      for (int copy = 0; copy < counts[t]; ++copy) {
        if (packed_.slots.size() > kSlotsMax) return;
        packed_.slots_of_thread[t].push_back(static_cast<int>(packed_.slots.size()));
        packed_.slots.push_back(MakeSlot(static_cast<int>(t), copy));
      }
    }
  }

  PackedSlot MakeSlot(int index, int copy) {
    const Thread& thread = program_.threads[Index(index)];
    PackedSlot slot;
    slot.thread = index;
    slot.copy = copy;
    slot.starts = !thread.spawned && copy < thread.count;
    const std::size_t positions = packed_.flows[Index(index)].resting.size();
    slot.position = fields_.Add(WidthOf(slot.starts ? positions - 1 : positions));
    const auto has = [&](Code code) {
      return std::any_of(thread.ops.begin(), thread.ops.end(), [code](const Op& op) { return op.code == code; });
    };
    slot.phase = fields_.Add(has(Code::kWait) ? 3 : has(Code::kSync) ? 1 : 0);
    std::vector<std::int64_t> greatest(Index(thread.counters), 0);
    for (const Op& op : thread.ops) {
      if (op.code != Code::kCountStart) continue;
      greatest[Index(op.number)] = std::max(greatest[Index(op.number)], op.count);
    }
    for (const std::int64_t count : greatest) {
      slot.counters.push_back(fields_.Add(WidthOf(static_cast<std::uint64_t>(count))));
    }
    return slot;
  }

  // All of a lock next to each other, so that most tests look at one word.
  void AddLock(int lock) {
    packed_.locks.emplace_back().rules = &RulesOf(program_.locks[Index(lock)].type);
    std::vector<Usage> usages;
    for (const Thread& thread : program_.threads) usages.push_back(UsageOf(thread, lock, *packed_.locks.back().rules));
    for (std::size_t i = 0; i < packed_.slots.size(); ++i) {
      PackedSlot& slot = packed_.slots[i];
      const Usage& usage = usages[Index(slot.thread)];
      if (!usage.uses) continue;
      packed_.locks.back().users.emplace_back(static_cast<int>(i), static_cast<int>(slot.uses.size()));
      slot.uses.push_back(MakeUse(lock, usage));
    }
    for (PackedSlot& slot : packed_.slots) {
      if (usages[Index(slot.thread)].syncs) AddSync(slot, lock);
    }
    for (PackedSlot& slot : packed_.slots) {
      if (usages[Index(slot.thread)].uses) AddRequests(slot, slot.uses.back());
    }
  }

  LockUse MakeUse(int lock, const Usage& usage) {
    LockUse use;
    use.lock = lock;
    use.modes = 0;
    for (const Mode mode : kModes) {
      use.bit_of_mode[Index(mode)] = use.modes;
      use.mode_of_bit[Index(use.modes)] = mode;
      if (usage.modes[Index(mode)]) ++use.modes;
    }
    use.levels = fields_.Add(usage.levels * use.modes);
    for (const Mode mode : kModes) {
      if (!usage.modes[Index(mode)]) continue;
      for (int bit = use.bit_of_mode[Index(mode)]; bit < use.levels.width; bit += use.modes) {
        use.holds_in[Index(mode)] |= Word{1} << bit;
      }
    }
    use.announced = fields_.Add(usage.writes_waiting ? 1 : 0);
    use.not_got = fields_.Add(usage.leaves_out && usage.levels > 0 ? kNotGotWidth : 0);
    BitSet& everything = packed_.locks[Index(lock)].everything;
    everything.Add(use.levels);
    everything.Add(use.not_got);
    return use;
  }

  void AddSync(PackedSlot& syncing, int lock) {
    LockUse& mine = syncing.uses.back();
    for (PackedSlot& slot : packed_.slots) {
      if (slot.uses.empty() || slot.uses.back().lock != lock || slot.uses.back().levels.width == 0) continue;
      const Field waits = fields_.Add(1);
      mine.sync.emplace_back(slot.uses.back().levels, waits);
      mine.syncing.Add(waits);
      slot.uses.back().section.Add(waits);
      packed_.locks[Index(lock)].everything.Add(waits);
    }
  }

  void AddRequests(const PackedSlot& slot, LockUse& use) {
    const BlockingRules& rules = *packed_.locks[Index(use.lock)].rules;
    for (const PackedSlot& other : packed_.slots) {
      if (other.uses.empty() || other.uses.back().lock != use.lock) continue;
      const bool same = &other == &slot;
      for (const Mode wanted : kModes) {
        PackedRequest& request = use.requests[Index(wanted)];
        for (const Mode held : kModes) {
          const LockUse& use_of_other = other.uses.back();
          if (Excludes(rules, held, same, wanted))
            request.holders.Add(use_of_other.levels, use_of_other.holds_in[Index(held)]);
        }
        if (!same && WaitsBehindWriters(rules, wanted)) request.writers.Add(other.uses.back().announced);
      }
    }
  }

  int VariableWidth(int variable) const {
    std::set<std::int64_t> values = {program_.variables[Index(variable)].value};
    for (const Thread& thread : program_.threads) {
      for (const Op& op : thread.ops) {
        if (op.code != Code::kAssign || op.number != variable) continue;
        if (op.expression.variable != LockProgram::kNone) return kOpenWidth;
        values.insert(op.expression.offset);
      }
    }
    return WidthOf(values.size() - 1);
  }

  void AddCompletion(int completion) {
    std::uint64_t most = 0;
    bool open = false;
    for (const PackedSlot& slot : packed_.slots) {
      const std::vector<Op>& ops = ThreadOf(slot).ops;
      for (std::size_t i = 0; i < ops.size(); ++i) {
        if (ops[i].code != Code::kComplete || ops[i].number != completion) continue;
        ++most;
        open = open || IsInLoop(ops, static_cast<int>(i));
      }
    }
    packed_.completions.push_back({fields_.Add(open ? kOpenWidth : WidthOf(most)), fields_.Add(1)});
  }

  void AddActions(PackedSlot& slot) {
    const ControlFlow& flow = packed_.flows[Index(slot.thread)];
    for (const int at : flow.resting) {
      PackedAction action;
      action.op = &ThreadOf(slot).ops[Index(at)];
      action.at = at;
      action.at_head = flow.at_head[Index(at)];
      action.endless = flow.endless[Index(at)];
      for (std::size_t i = 0; i < slot.uses.size(); ++i) {
        if (slot.uses[i].lock == action.op->lock) action.use = static_cast<int>(i);
      }
      slot.actions.push_back(action);
    }
  }

  PackedProgram& packed_;
  const LockProgram& program_;
  FieldAllocator fields_;
};

}  // namespace

PackedProgram::PackedProgram(const LockProgram& the_program) : program(the_program) { Packer(*this).Pack(); }

PackedHolds HoldsIn(const PackedSlot& slot, const Word* state) {
  // The phase tells a sleeper from one that was woken and waits for its lock.
  PackedHolds holds{Get(state, slot.phase)};
  for (const LockUse& use : slot.uses) {
    holds.push_back(Get(state, use.levels) << 1 | Get(state, use.announced));
    if (use.sync.empty()) continue;
    Word waits_for = 0;
    for (const auto& [section, waits] : use.sync) waits_for = waits_for << 1 | Get(state, waits);
    holds.push_back(waits_for);
  }
  return holds;
}

}  // namespace lockdep
