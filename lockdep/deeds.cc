#include "lockdep/deeds.h"

#include <cstdint>
#include <map>

#include "lockdep/blocking_rules.h"

namespace lockdep {
namespace {

using Code = LockProgram::Code;
using Op = LockProgram::Op;

constexpr std::size_t Index(int i) { return static_cast<std::size_t>(i); }
constexpr std::uint64_t Bit(int slot) { return std::uint64_t{1} << slot; }

// What operations do, as far as others mind.
enum class Deed : std::uint8_t {
  kTakeExclusive,
  kTakeShared,
  kMinds,  // a request for the lock that a release makes another one of: it may fail, or announces itself
  kSync,
  kTouch,  // of the lock, anything but asking whether it is held
  kEndLife,
  kAssert,
  kRead,  // of a variable
  kWrite,
  kSleep,  // of a condition
  kSignal,
  kWaitFor,  // of a completion
  kComplete,
  kSpawn,  // of a thread
  kJoin,
};
using List = std::vector<std::pair<Deed, int>>;  // and the object

// By the situation of the operation in the state at hand.
enum Situation { kGranted, kRefused, kFallsAsleep };

bool Shares(const BlockingRules& rules, const Op& op) { return rules.shared && op.code == Code::kWait; }

// Of an operation with a condition.
List TestsOf(const Op& op) {
  return {{Deed::kRead, op.condition.variable}, {Deed::kRead, op.condition.right.variable}};
}
List DisturbTests(const Op& op) {
  return {{Deed::kWrite, op.condition.variable}, {Deed::kWrite, op.condition.right.variable}};
}

List DeedsOf(const Op& op, const BlockingRules* rules) {
  const int lock = op.lock;
  switch (op.code) {
    case Code::kTake: {
      List deeds = {{Deed::kTouch, lock}, {IsShared(op.mode) ? Deed::kTakeShared : Deed::kTakeExclusive, lock}};
      if (op.kind != Kind::kBlocking || AnnouncesItself(*rules, op.mode)) deeds.emplace_back(Deed::kMinds, lock);
      return deeds;
    }
    case Code::kUnlock:
    case Code::kDowngrade: return {{Deed::kTouch, lock}};
    case Code::kSync: return {{Deed::kTouch, lock}, {Deed::kSync, lock}};
    case Code::kInit:
    case Code::kDestroy: return {{Deed::kTouch, lock}, {Deed::kEndLife, lock}};
    case Code::kAssert:
      if (lock == LockProgram::kNone) return TestsOf(op);
      return {{Deed::kAssert, lock}};
    case Code::kAssign: return {{Deed::kWrite, op.number}, {Deed::kRead, op.expression.variable}};
    case Code::kAwait:
    case Code::kJumpUnless: return TestsOf(op);
    case Code::kWait: {
      List deeds = {{Deed::kTouch, lock}, {Deed::kTakeExclusive, lock}, {Deed::kSleep, op.number}};
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
List DisturbGrant(int lock, const BlockingRules& rules, Mode mode) {
  List deeds = {{Deed::kEndLife, lock}};
  if (rules.sync) deeds.emplace_back(Deed::kSync, lock);
  if (rules.own_copy) return deeds;
  for (const Mode other : {Mode::kExclusive, Mode::kShared}) {
    if (!Excludes(rules, mode, false, other) && !Excludes(rules, other, false, mode)) continue;
    deeds.emplace_back(IsShared(other) ? Deed::kTakeShared : Deed::kTakeExclusive, lock);
  }
  return deeds;
}

List DisturbRelease(int lock) { return {{Deed::kMinds, lock}, {Deed::kSync, lock}, {Deed::kEndLife, lock}}; }
List DisturbAll(int lock) { return {{Deed::kTouch, lock}, {Deed::kAssert, lock}}; }

// What must not be done around an operation that can go on, if it is to be followed alone.  An operation that only
// gives (complete, unlock) is not disturbed by one that takes: it can as well be done first.
List DisturbersOf(const Op& op, const BlockingRules* rules, Situation situation) {
  const int lock = op.lock;
  switch (op.code) {
    case Code::kTake: return situation == kGranted ? DisturbGrant(lock, *rules, op.mode) : List{{Deed::kTouch, lock}};
    case Code::kUnlock:
    case Code::kDowngrade: return DisturbRelease(lock);
    case Code::kSync: return situation == kGranted ? List{} : List{{Deed::kTouch, lock}};
    case Code::kInit:
    case Code::kDestroy: return DisturbAll(lock);
    case Code::kAssert:
      if (lock == LockProgram::kNone) return DisturbTests(op);
      return {{Deed::kEndLife, lock}};
    case Code::kAssign:
      return {{Deed::kRead, op.number}, {Deed::kWrite, op.number}, {Deed::kWrite, op.expression.variable}};
    case Code::kAwait:
    case Code::kJumpUnless: return DisturbTests(op);
    case Code::kWait: {
      if (situation == kRefused) return {{Deed::kTouch, lock}};
      List deeds = situation == kGranted ? DisturbGrant(lock, *rules, Mode::kExclusive) : DisturbRelease(lock);
      if (situation == kFallsAsleep) deeds.emplace_back(Deed::kSignal, op.number);
      return deeds;
    }
    case Code::kSignal:
    case Code::kBroadcast: return {{Deed::kSleep, op.number}, {Deed::kSignal, op.number}};
    case Code::kWaitFor: {
      if (situation == kGranted) return {};
      List deeds = {{Deed::kWaitFor, op.number}};
      if (op.free_choice) deeds.emplace_back(Deed::kComplete, op.number);
      return deeds;
    }
    case Code::kSpawn: return {{Deed::kJoin, op.number}};
    case Code::kJoin: return {{Deed::kSpawn, op.number}};
    default: return {};
  }
}

// Whose doing may let an operation go on that waits, beside the one runner in its way.
List HelpersOf(const Op& op) {
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
class Deeds::Table {
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

  Bits BitsOf(const List& deeds) const {
    Bits bits((numbers_.size() + 63) / 64, 0);
    for (const auto& deed : deeds) {
      const auto number = numbers_.find(deed);
      if (number != numbers_.end()) bits[number->second / 64] |= Word{1} << number->second % 64;
    }
    return bits;
  }

  // What the operations that `from` leads to do, itself included.
  Bits MayDo(const std::vector<Op>& ops, int from) const {
    const std::vector<bool> reached = ReachableOps(ops, from);
    List deeds;
    for (std::size_t i = 0; i < ops.size(); ++i) {
      if (!reached[i]) continue;
      const List more = DeedsOf(ops[i], RulesFor(ops[i]));
      deeds.insert(deeds.end(), more.begin(), more.end());
    }
    return BitsOf(deeds);
  }

 private:
  void Add(const List& deeds) {
    for (const auto& deed : deeds) numbers_.insert({deed, numbers_.size()});
  }

  const PackedProgram& program_;
  std::map<std::pair<Deed, int>, std::size_t> numbers_;
};

Deeds::Deeds(const PackedProgram& program, const Transitions& transitions)
    : program_(program), transitions_(transitions), may_do_(program.slots.size()) {
  const Table table(program);
  for (std::size_t t = 0; t < program.program.threads.size(); ++t) {
    const std::vector<Op>& ops = program.program.threads[t].ops;
    starts_.push_back(table.BitsOf({{Deed::kSpawn, static_cast<int>(t)}}));
    may_do_at_start_.push_back(table.MayDo(ops, 0));
    std::vector<Reach>& reach = reach_.emplace_back();
    for (const int at : program.flows[t].resting) {
      const Op& op = ops[Index(at)];
      const BlockingRules* rules = table.RulesFor(op);
      Reach& each = reach.emplace_back();
      each.may_do = table.MayDo(ops, at);
      for (const Situation situation : {kGranted, kRefused, kFallsAsleep}) {
        each.disturbed_by[situation] = table.BitsOf(DisturbersOf(op, rules, situation));
      }
      each.helped_by = table.BitsOf(HelpersOf(op));
    }
  }
}

void Deeds::Look(const Word* state) {
  state_ = state;
  for (std::size_t i = 0; i < program_.slots.size(); ++i) {
    const int slot = static_cast<int>(i);
    const bool started = transitions_.HasStarted(state, slot);
    may_do_[i] = started ? &ReachOf(slot).may_do : &may_do_at_start_[Index(program_.slots[i].thread)];
  }
}

const Deeds::Reach& Deeds::ReachOf(int slot) const {
  return reach_[Index(program_.slots[Index(slot)].thread)][transitions_.RankOf(state_, slot)];
}

Deeds::Slots Deeds::WhoMayDo(const Bits& bits, int slot) const {
  Slots who = 0;
  for (std::size_t i = 0; i < may_do_.size(); ++i) {
    Word common = 0;
    for (std::size_t w = 0; w < bits.size(); ++w) common |= bits[w] & (*may_do_[i])[w];
    if (common != 0) who |= Bit(static_cast<int>(i));
  }
  return who & ~Bit(slot);
}

Deeds::Slots Deeds::Disturbers(int slot) const {
  return WhoMayDo(ReachOf(slot).disturbed_by[SituationOf(slot, transitions_.ActionOf(state_, slot))], slot);
}

Deeds::Slots Deeds::Helpers(int slot) const {
  if (!transitions_.HasStarted(state_, slot)) return WhoMayDo(starts_[Index(program_.slots[Index(slot)].thread)], slot);
  // A start does not help who waits for an end.
  const bool joins = transitions_.ActionOf(state_, slot).op->code == Code::kJoin;
  return joins && InTheWay(slot) != 0 ? 0 : WhoMayDo(ReachOf(slot).helped_by, slot);
}

int Deeds::SituationOf(int slot, const PackedAction& action) const {
  const Op& op = *action.op;
  if (op.code == Code::kWaitFor) {
    return Get(state_, program_.completions[Index(op.number)].for_all) != 0 ? kGranted : kRefused;
  }
  if (op.code == Code::kSync) return Get(state_, program_.slots[Index(slot)].phase) != 0 ? kGranted : kRefused;
  if (op.code != Code::kTake && op.code != Code::kWait) return kGranted;
  if (!transitions_.WantsLock(state_, slot, action)) return kFallsAsleep;
  const LockUse& use = transitions_.UseOf(slot, action);
  const Mode mode = transitions_.WantedMode(state_, slot, action);
  const PackedRequest& request = use.requests[static_cast<std::size_t>(mode)];
  const BlockingRules& rules = *program_.locks[Index(use.lock)].rules;
  if (request.holders.AnyOf(state_)) return kRefused;
  if (op.code == Code::kTake && op.kind == Kind::kTrylock) return kGranted;
  if (request.writers.AnyOf(state_)) return kRefused;
  const bool announces = rules.announces_always && AnnouncesItself(rules, mode) && Get(state_, use.announced) == 0;
  return announces ? kRefused : kGranted;
}

Deeds::Slots Deeds::InTheWay(int slot) const {
  if (!transitions_.HasStarted(state_, slot)) return 0;
  const PackedAction& action = transitions_.ActionOf(state_, slot);
  if (action.op->code == Code::kSync) return Sections(slot, action);
  if (action.op->code == Code::kJoin) return Running(action.op->number);
  return transitions_.WantsLock(state_, slot, action) ? Blockers(slot, action) : 0;
}

Deeds::Slots Deeds::Blockers(int slot, const PackedAction& action) const {
  const Mode wanted = transitions_.WantedMode(state_, slot, action);
  const PackedLock& lock = program_.locks[Index(action.op->lock)];
  Slots blockers = 0;
  for (const auto& [other, index] : lock.users) {
    const LockUse& use = program_.slots[Index(other)].uses[Index(index)];
    const Word levels = Get(state_, use.levels);
    for (const Mode held : {Mode::kExclusive, Mode::kShared, Mode::kRecursiveShared}) {
      if ((levels & use.holds_in[static_cast<std::size_t>(held)]) == 0) continue;
      if (Excludes(*lock.rules, held, other == slot, wanted)) blockers |= Bit(other);
    }
    const bool queued = other != slot && WaitsBehindWriters(*lock.rules, wanted) && Get(state_, use.announced) != 0;
    if (queued) blockers |= Bit(other);
  }
  return blockers;
}

Deeds::Slots Deeds::Sections(int slot, const PackedAction& action) const {
  const LockUse& mine = transitions_.UseOf(slot, action);
  Slots sections = 0;
  for (const auto& [other, index] : program_.locks[Index(mine.lock)].users) {
    const LockUse& use = program_.slots[Index(other)].uses[Index(index)];
    for (const auto& [levels, waits] : mine.sync) {
      if (levels == use.levels && Get(state_, waits) != 0) sections |= Bit(other);
    }
  }
  return sections;
}

Deeds::Slots Deeds::Running(int thread) const {
  Slots running = 0;
  for (const int slot : program_.slots_of_thread[Index(thread)]) {
    if (transitions_.HasStarted(state_, slot) && !transitions_.HasEnded(state_, slot)) running |= Bit(slot);
  }
  return running;
}

}  // namespace lockdep
