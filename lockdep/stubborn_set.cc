#include "lockdep/stubborn_set.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "lockdep/blocking_rules.h"

namespace lockdep {
namespace {

using Code = LockProgram::Code;
using Op = LockProgram::Op;
using Slots = StubbornSets::Slots;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }
constexpr Slots Bit(int slot) { return Slots{1} << slot; }

// What operations do, as far as others mind.
enum class Deed : std::uint8_t {
  kTakeExclusive,
  kTakeShared,
  kMinds,     // a request for the lock that a release makes another one of: it may fail, or announces itself
  kSync,
  kTouch,     // of the lock, anything but asking whether it is held
  kEndLife,
  kAssert,
  kRead,      // of a variable
  kWrite,
  kSleep,     // of a condition
  kSignal,
  kWaitFor,   // of a completion
  kComplete,
  kSpawn,     // of a thread
  kJoin,
};
using Deeds = std::vector<std::pair<Deed, int>>;  // and the object

// By the situation of the operation in the state at hand.
enum Situation { kGranted, kRefused, kFallsAsleep };

bool Shares(const BlockingRules& rules, const Op& op) { return rules.shared && op.code == Code::kWait; }

Deeds DeedsOf(const Op& op, const BlockingRules* rules) {
  const int lock = op.lock;
  switch (op.code) {
    case Code::kTake: {
      Deeds deeds = {{Deed::kTouch, lock}, {IsShared(op.mode) ? Deed::kTakeShared : Deed::kTakeExclusive, lock}};
      if (op.kind != Kind::kBlocking || AnnouncesItself(*rules, op.mode)) deeds.emplace_back(Deed::kMinds, lock);
      return deeds;
    }
    case Code::kUnlock:
    case Code::kDowngrade: return {{Deed::kTouch, lock}};
    case Code::kSync: return {{Deed::kTouch, lock}, {Deed::kSync, lock}};
    case Code::kInit:
    case Code::kDestroy: return {{Deed::kTouch, lock}, {Deed::kEndLife, lock}};
    case Code::kAssert: return {{Deed::kAssert, lock}};
    case Code::kAssign: return {{Deed::kWrite, op.number}, {Deed::kRead, op.expression.variable}};
    case Code::kAwait:
    case Code::kJumpUnless: return {{Deed::kRead, op.condition.variable}, {Deed::kRead, op.condition.right.variable}};
    case Code::kWait: {
      Deeds deeds = {{Deed::kTouch, lock}, {Deed::kTakeExclusive, lock}, {Deed::kSleep, op.number}};
      if (Shares(*rules, op)) deeds.emplace_back(Deed::kTakeShared, lock);
      if (AnnouncesItself(*rules, Mode::kExclusive)) deeds.emplace_back(Deed::kMinds, lock);
      return deeds;
    }
    case Code::kSignal:
    case Code::kBroadcast: return {{Deed::kSignal, op.number}};
    case Code::kWaitFor: return {{Deed::kWaitFor, op.number}};
    case Code::kComplete:
    case Code::kCompleteAll: return {{Deed::kComplete, op.number}};
    case Code::kSpawn: return {{Deed::kSpawn, op.number}};
    case Code::kJoin: return {{Deed::kJoin, op.number}};
    case Code::kJump:
    case Code::kChoose:
    case Code::kCountStart:
    case Code::kCountNext:
    case Code::kYield:
    case Code::kEnd: return {};
  }
  return {};
}

// A request that is granted as things stand: what would keep it out, or be kept out by it.
Deeds DisturbGrant(int lock, const BlockingRules& rules, Mode mode) {
  Deeds deeds = {{Deed::kEndLife, lock}};
  if (rules.sync) deeds.emplace_back(Deed::kSync, lock);
  if (rules.own_copy) return deeds;
  for (const Mode other : {Mode::kExclusive, Mode::kShared}) {
    if (!Excludes(rules, mode, false, other) && !Excludes(rules, other, false, mode)) continue;
    deeds.emplace_back(IsShared(other) ? Deed::kTakeShared : Deed::kTakeExclusive, lock);
  }
  return deeds;
}

Deeds DisturbRelease(int lock) { return {{Deed::kMinds, lock}, {Deed::kSync, lock}, {Deed::kEndLife, lock}}; }
Deeds DisturbAll(int lock) { return {{Deed::kTouch, lock}, {Deed::kAssert, lock}}; }

// What must not be done around an operation that can go on, if it is to be followed alone.  An operation that only
// gives (complete, unlock) is not disturbed by one that takes: it can as well be done first.
Deeds DisturbersOf(const Op& op, const BlockingRules* rules, Situation situation) {
  const int lock = op.lock;
  switch (op.code) {
    case Code::kTake:
      return situation == kGranted ? DisturbGrant(lock, *rules, op.mode) : Deeds{{Deed::kTouch, lock}};
    case Code::kUnlock:
    case Code::kDowngrade: return DisturbRelease(lock);
    case Code::kSync: return situation == kGranted ? Deeds{} : Deeds{{Deed::kTouch, lock}};
    case Code::kInit:
    case Code::kDestroy: return DisturbAll(lock);
    case Code::kAssert: return {{Deed::kEndLife, lock}};
    case Code::kAssign:
      return {{Deed::kRead, op.number}, {Deed::kWrite, op.number}, {Deed::kWrite, op.expression.variable}};
    case Code::kAwait:
    case Code::kJumpUnless: return {{Deed::kWrite, op.condition.variable}, {Deed::kWrite, op.condition.right.variable}};
    case Code::kWait: {
      if (situation == kRefused) return {{Deed::kTouch, lock}};
      Deeds deeds = situation == kGranted ? DisturbGrant(lock, *rules, Mode::kExclusive) : DisturbRelease(lock);
      if (situation == kFallsAsleep) deeds.emplace_back(Deed::kSignal, op.number);
      return deeds;
    }
    case Code::kSignal:
    case Code::kBroadcast: return {{Deed::kSleep, op.number}, {Deed::kSignal, op.number}};
    case Code::kWaitFor: {
      if (situation == kGranted) return {};
      Deeds deeds = {{Deed::kWaitFor, op.number}};
      if (op.free_choice) deeds.emplace_back(Deed::kComplete, op.number);
      return deeds;
    }
    case Code::kSpawn: return {{Deed::kJoin, op.number}};
    case Code::kJoin: return {{Deed::kSpawn, op.number}};
    default: return {};
  }
}

// Whose doing may let an operation go on that waits, beside the one runner in its way.
Deeds HelpersOf(const Op& op) {
  switch (op.code) {
    case Code::kTake:
    case Code::kSync: return {{Deed::kEndLife, op.lock}};
    case Code::kWait: return {{Deed::kEndLife, op.lock}, {Deed::kSignal, op.number}};
    case Code::kAwait: return {{Deed::kWrite, op.condition.variable}, {Deed::kWrite, op.condition.right.variable}};
    case Code::kWaitFor: return {{Deed::kComplete, op.number}};
    case Code::kJoin: return {{Deed::kSpawn, op.number}};
    default: return {};
  }
}

}  // namespace

// Numbers the deeds that somebody minds.
class StubbornSets::Table {
 public:
  explicit Table(const PackedProgram& program) : program_(program) {
    for (std::size_t t = 0; t < program.program.threads.size(); ++t) {
      for (const Op& op : program.program.threads[t].ops) {
        for (const Situation each : {kGranted, kRefused, kFallsAsleep}) Add(DisturbersOf(op, RulesFor(op), each));
        Add(HelpersOf(op));
      }
      Add({{Deed::kSpawn, static_cast<int>(t)}});
    }
  }

  const BlockingRules* RulesFor(const Op& op) const {
    return op.lock == LockProgram::kNone ? nullptr : program_.locks[Index(op.lock)].rules;
  }

  Bits BitsOf(const Deeds& deeds) const {
    Bits bits((numbers_.size() + 63) / 64, 0);
    for (const auto& deed : deeds) {
      const auto number = numbers_.find(deed);
      if (number != numbers_.end()) bits[number->second / 64] |= Word{1} << number->second % 64;
    }
    return bits;
  }

 private:
  void Add(const Deeds& deeds) {
    for (const auto& deed : deeds) numbers_.insert({deed, numbers_.size()});
  }

  const PackedProgram& program_;
  std::map<std::pair<Deed, int>, std::size_t> numbers_;
};

StubbornSets::StubbornSets(const PackedProgram& program, const Transitions& transitions)
    : program_(program), transitions_(transitions) {
  const Table table(program);
  for (std::size_t t = 0; t < program.program.threads.size(); ++t) {
    const std::vector<Op>& ops = program.program.threads[t].ops;
    starters_.push_back(table.BitsOf({{Deed::kSpawn, static_cast<int>(t)}}));
    may_do_at_start_.push_back(MayDo(table, ops, 0));
    std::vector<Reach>& reach = reach_.emplace_back();
    for (const int at : program.flows[t].resting) {
      const Op& op = ops[Index(at)];
      const BlockingRules* rules = table.RulesFor(op);
      Reach& each = reach.emplace_back();
      each.may_do = MayDo(table, ops, at);
      for (const Situation situation : {kGranted, kRefused, kFallsAsleep}) {
        each.disturbed_by[situation] = table.BitsOf(DisturbersOf(op, rules, situation));
      }
      each.helped_by = table.BitsOf(HelpersOf(op));
    }
  }
  may_do_.resize(program.slots.size());
  needed_.resize(program.slots.size());
}

StubbornSets::Bits StubbornSets::MayDo(const Table& table, const std::vector<Op>& ops, int from) {
  const std::vector<bool> reached = ReachableOps(ops, from);
  Deeds deeds;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (!reached[i]) continue;
    const Deeds more = DeedsOf(ops[i], table.RulesFor(ops[i]));
    deeds.insert(deeds.end(), more.begin(), more.end());
  }
  return table.BitsOf(deeds);
}

Slots StubbornSets::Pick(const Word* state, Slots enabled) {
  if (std::has_single_bit(enabled)) return enabled;
  known_ = 0;
  for (std::size_t i = 0; i < program_.slots.size(); ++i) {
    const int slot = static_cast<int>(i);
    const PackedSlot& at = program_.slots[i];
    if (!transitions_.HasStarted(state, slot)) {
      may_do_[i] = &may_do_at_start_[Index(at.thread)];
    } else {
      may_do_[i] = &ReachOf(state, slot).may_do;
    }
  }
  Slots best = enabled;
  for (Slots seeds = enabled; seeds != 0; seeds &= seeds - 1) {
    const Slots closed = Closure(state, std::countr_zero(seeds), enabled, std::popcount(best));
    if (std::popcount(closed) < std::popcount(best)) best = closed;
    if (std::has_single_bit(best)) break;
  }
  return best;
}

// Gives up, with all, where it is not better than `best`.
Slots StubbornSets::Closure(const Word* state, int seed, Slots enabled, int best) {
  Slots set = Bit(seed);
  for (Slots work = set; work != 0;) {
    const int slot = std::countr_zero(work);
    work &= work - 1;
    if ((known_ & Bit(slot)) == 0) {
      needed_[Index(slot)] = Needed(state, slot, (enabled & Bit(slot)) != 0);
      known_ |= Bit(slot);
    }
    const Slots more = needed_[Index(slot)] & ~set;
    set |= more;
    work |= more;
    if (std::popcount(set & enabled) >= best) return enabled;
  }
  return set & enabled;
}

Slots StubbornSets::Needed(const Word* state, int slot, bool enabled) const {
  if (!transitions_.HasStarted(state, slot)) return WhoMayDo(starters_[Index(program_.slots[Index(slot)].thread)], slot);
  const PackedAction& action = transitions_.ActionOf(state, slot);
  const Reach& reach = ReachOf(state, slot);
  if (enabled) return WhoMayDo(reach.disturbed_by[SituationOf(state, slot, action)], slot);
  if (action.op->code == Code::kJoin) return JoinNeeds(state, slot, action, reach);
  const int blocker = OneBlocker(state, slot, action);
  return WhoMayDo(reach.helped_by, slot) | (blocker < 0 || blocker == slot ? 0 : Bit(blocker));
}

// One that has not ended, or who may start the first.
Slots StubbornSets::JoinNeeds(const Word* state, int slot, const PackedAction& action, const Reach& reach) const {
  for (const int joined : program_.slots_of_thread[Index(action.op->number)]) {
    const bool runs = transitions_.HasStarted(state, joined) && !transitions_.HasEnded(state, joined);
    if (runs) return joined == slot ? 0 : Bit(joined);
  }
  return WhoMayDo(reach.helped_by, slot);
}

Slots StubbornSets::WhoMayDo(const Bits& bits, int slot) const {
  Slots who = 0;
  for (std::size_t i = 0; i < may_do_.size(); ++i) {
    Word common = 0;
    for (std::size_t w = 0; w < bits.size(); ++w) common |= bits[w] & (*may_do_[i])[w];
    if (common != 0) who |= Bit(static_cast<int>(i));
  }
  return who & ~Bit(slot);
}

int StubbornSets::SituationOf(const Word* state, int slot, const PackedAction& action) const {
  const Op& op = *action.op;
  if (op.code == Code::kWaitFor) {
    return Get(state, program_.completions[Index(op.number)].for_all) != 0 ? kGranted : kRefused;
  }
  if (op.code == Code::kSync) return Get(state, program_.slots[Index(slot)].phase) != 0 ? kGranted : kRefused;
  if (op.code != Code::kTake && op.code != Code::kWait) return kGranted;
  if (!transitions_.WantsLock(state, slot, action)) return kFallsAsleep;
  const LockUse& use = transitions_.UseOf(slot, action);
  const Mode mode = transitions_.WantedMode(state, slot, action);
  const PackedRequest& request = use.requests[static_cast<std::size_t>(mode)];
  const BlockingRules& rules = *program_.locks[Index(use.lock)].rules;
  if (request.holders.AnyOf(state)) return kRefused;
  if (op.code == Code::kTake && op.kind == Kind::kTrylock) return kGranted;
  if (request.writers.AnyOf(state)) return kRefused;
  const bool announces = rules.announces_always && AnnouncesItself(rules, mode) && Get(state, use.announced) == 0;
  return announces ? kRefused : kGranted;
}

// Who has to go before the waiting operation can go on; the slot itself rather than others; -1: nobody.
int StubbornSets::OneBlocker(const Word* state, int slot, const PackedAction& action) const {
  const Op& op = *action.op;
  if (op.code == Code::kSync) return OneSection(state, slot, action);
  if (!transitions_.WantsLock(state, slot, action)) return -1;
  const Mode wanted = transitions_.WantedMode(state, slot, action);
  const PackedLock& lock = program_.locks[Index(op.lock)];
  int holder = -1;
  int writer = -1;
  for (const auto& [other, index] : lock.users) {
    const LockUse& use = program_.slots[Index(other)].uses[Index(index)];
    const Word levels = Get(state, use.levels);
    for (const Mode held : {Mode::kExclusive, Mode::kShared, Mode::kRecursiveShared}) {
      if ((levels & use.holds_in[static_cast<std::size_t>(held)]) == 0) continue;
      if (!Excludes(*lock.rules, held, other == slot, wanted)) continue;
      if (other == slot) return slot;
      if (holder < 0) holder = other;
    }
    if (other != slot && WaitsBehindWriters(*lock.rules, wanted) && Get(state, use.announced) != 0) writer = other;
  }
  return holder >= 0 ? holder : writer;
}

int StubbornSets::OneSection(const Word* state, int slot, const PackedAction& action) const {
  const LockUse& mine = transitions_.UseOf(slot, action);
  int section = -1;
  for (const auto& [other, index] : program_.locks[Index(mine.lock)].users) {
    const LockUse& use = program_.slots[Index(other)].uses[Index(index)];
    for (const auto& [levels, waits] : mine.sync) {
      if (levels != use.levels || Get(state, waits) == 0) continue;
      if (other == slot) return slot;
      section = other;
    }
  }
  return section;
}

}  // namespace lockdep
