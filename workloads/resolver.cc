#include "workloads/resolver.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "hotplug/machine.h"
#include "lockdep/blocking_rules.h"
#include "workloads/expectation_contradictions.h"
#include "workloads/hotplug_lines.h"
#include "workloads/script_errors.h"
#include "workloads/script_outline.h"

namespace lockdep::workloads {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

// Builds the Program of one combination.
class Resolver {
 public:
  Resolver(const ScriptOutline& outline, ScriptErrors& errors, Settings settings, const std::string& file)
      : outline_(outline), errors_(errors) {
    program_.file = file;
    program_.settings = std::move(settings);
    program_.expects_anything = outline.expects_anything;
  }

  Program Run(const Script& script) {
    Flatten(script.items);
    for (const Item* item : items_) Declare(*item);
    for (const LockItem* lock : pending_locks_) DeclareLock(*lock);
    for (std::size_t i = 0; i < bodies_.size(); ++i) Compile(static_cast<int>(i));
    MarkSpawned();
    SingleRoles();
    BuildScenario();
    for (const Item* item : items_) {
      if (item->kind == ItemKind::kExpect) AddExpectation(item->expectation);
    }
    CheckContradictions(program_.expectations, errors_);
    return std::move(program_);
  }

 private:
  struct Body {
    std::vector<const ThreadItem*> blocks;
  };

  void Flatten(const std::vector<Item>& items) {
    for (const Item& item : items) {
      if (item.kind == ItemKind::kWhen) {
        if (Holds(item.setting)) Flatten(item.items);
      } else {
        items_.push_back(&item);
      }
    }
  }

  bool Holds(const Setting& setting) {
    for (const SwitchItem& each : outline_.switches) {
      if (each.name.text != setting.name.text) continue;
      const bool known = std::any_of(each.values.begin(), each.values.end(),
                                     [&](const Name& value) { return value.text == setting.value.text; });
      if (!known) {
        errors_.Add(setting.value.at, "expected a setting of switch " + Quote(setting.name.text) + ", found " +
                                          Quote(setting.value.text));
      }
      for (const auto& [name, value] : program_.settings) {
        if (name == setting.name.text) return value == setting.value.text;
      }
      return false;
    }
    errors_.Add(setting.name.at, "expected the name of a switch, found " + Quote(setting.name.text));
    return false;
  }

  // --- Declarations ---------------------------------------------------------------------------
  // Everything that statements name shares one space of names, classes and roles have their own:
  // a lock is often called like its class.
  bool Claim(std::map<std::string, Position>& names, const Name& name, const char* what) {
    const auto [it, is_new] = names.try_emplace(name.text, name.at);
    if (is_new) return true;
    errors_.Add(name.at, "expected a new name for " + std::string(what) + ", found " + Quote(name.text) + " of " +
                             LineOf(it->second));
    return false;
  }

  void Declare(const Item& item) {
    switch (item.kind) {
      case ItemKind::kClass:
        if (!Claim(class_names_, item.class_item.name, "a class")) return;
        classes_[item.class_item.name.text] = static_cast<int>(program_.classes.size());
        program_.classes.push_back({item.class_item.name.text, item.class_item.ordered, item.class_item.no_validate});
        return;
      case ItemKind::kLock:
        if (Claim(names_, item.lock.name, "a lock")) pending_locks_.push_back(&item.lock);
        return;
      case ItemKind::kVariable:
        if (!Claim(names_, item.variable.name, "a variable")) return;
        variables_[item.variable.name.text] = static_cast<int>(program_.variables.size());
        program_.variables.push_back({item.variable.name.text, item.variable.value, item.variable.plain});
        return;
      case ItemKind::kCondition: return DeclareIn(conditions_, program_.conditions, item.name, "a condition");
      case ItemKind::kCompletion: return DeclareIn(completions_, program_.completions, item.name, "a completion");
      case ItemKind::kThread: return DeclareThread(item.thread);
      case ItemKind::kOneThread: return DeclareOneThread(item.one_thread);
      case ItemKind::kSwitch:
      case ItemKind::kWhen:
      case ItemKind::kSubsystem:
      case ItemKind::kExpect: return;
    }
  }

  void DeclareIn(std::map<std::string, int>& index, std::vector<std::string>& list, const Name& name,
                 const char* what) {
    if (!Claim(names_, name, what)) return;
    index[name.text] = static_cast<int>(list.size());
    list.push_back(name.text);
  }

  int Subclass(std::int64_t subclass, Position at) {
    if (subclass >= 0 && subclass <= 7) return static_cast<int>(subclass);
    errors_.Add(at, "expected a subclass from 0 to 7, found " + std::to_string(subclass));
    return 0;
  }

  int ClassIndex(const Name& name) {
    const auto it = classes_.find(name.text);
    if (it != classes_.end()) return it->second;
    errors_.Add(name.at, "expected the name of a class, found " + Quote(name.text));
    return kNone;
  }

  void DeclareLock(const LockItem& item) {
    const std::int64_t count = item.count.value_or(1);
    if (count < 1 || count > kArrayMax) {
      errors_.Add(item.name.at,
                  "expected an array of 1 to " + std::to_string(kArrayMax) + " locks, found " + std::to_string(count));
      return;
    }
    ProgramLock lock;
    lock.family = item.name.text;
    lock.type = item.type;
    lock.no_validate = item.no_validate;
    lock.at = item.name.at;
    if (item.lock_class) lock.lock_class = ClassIndex(*item.lock_class);
    lock.subclass = Subclass(item.subclass, item.subclass_at);
    families_[item.name.text] = {static_cast<int>(program_.locks.size()), static_cast<int>(count),
                                 item.count.has_value()};
    for (std::int64_t i = 0; i < count; ++i) {
      lock.name = item.count ? item.name.text + "[" + std::to_string(i) + "]" : item.name.text;
      lock.order = item.count ? static_cast<std::uint64_t>(i) : scalars_of_class_[lock.lock_class]++;
      program_.locks.push_back(lock);
    }
  }

  int Role(const std::string& name) {
    const auto [it, is_new] = roles_.try_emplace(name, static_cast<int>(program_.roles.size()));
    if (is_new) program_.roles.push_back({name, false});
    return it->second;
  }

  void DeclareThread(const ThreadItem& item) {
    if (!Claim(thread_names_, item.name, "a thread")) return;
    if (item.count < 1 || item.count > kThreadsMax) {
      errors_.Add(item.count_at,
                  "expected 1 to " + std::to_string(kThreadsMax) + " threads, found " + std::to_string(item.count));
      return;
    }
    ProgramThread thread;
    thread.name = item.name.text;
    thread.at = item.name.at;
    thread.count = static_cast<int>(item.count);
    // A thread's own role and a role of that name that threads join are two.
    thread.role = Role((item.role ? "role " : "thread ") + (item.role ? item.role->text : item.name.text));
    threads_[item.name.text] = static_cast<int>(program_.threads.size());
    program_.threads.push_back(std::move(thread));
    bodies_.push_back({{&item}});
  }

  void DeclareOneThread(const OneThreadItem& item) {
    ProgramThread thread;
    thread.name = item.name ? item.name->text : "one-thread";
    thread.at = item.at;
    if (item.name && !Claim(thread_names_, *item.name, "a thread")) return;
    if (item.name) threads_[item.name->text] = static_cast<int>(program_.threads.size());
    thread.role = static_cast<int>(program_.roles.size());
    program_.roles.push_back({thread.name, false});
    Body body;
    for (const ThreadItem& block : item.blocks) {
      if (Claim(thread_names_, block.name, "a thread")) body.blocks.push_back(&block);
    }
    program_.threads.push_back(std::move(thread));
    bodies_.push_back(std::move(body));
  }

  void BuildScenario() {
    std::vector<std::vector<Name>> items;
    for (const Item* item : items_) {
      if (item->kind == ItemKind::kSubsystem) items.push_back(item->words);
    }
    if (items.empty() && program_.lines.empty()) return;
    for (const ScriptError& error : MakeScenario(items, program_)) errors_.Add(error.at, error.message);
  }

  // By a statement of this setting.
  void MarkSpawned() {
    for (const ProgramThread& thread : program_.threads) {
      for (const Op& op : thread.ops) {
        if (op.code == OpCode::kSpawn) program_.threads[op.number].spawned = true;
      }
    }
  }

  // A role is single if at most one thread of it can exist at a time: a thread that starts by
  // itself, once; or one that is spawned at one place, which is reached once.
  void SingleRoles() {
    for (const ProgramThread& thread : program_.threads) {
      ProgramRole& role = program_.roles[thread.role];
      const bool declared_role = role.name.starts_with("role ");
      role.declared = declared_role;
      role.single = !declared_role && thread.count == 1 && (!thread.spawned || SpawnedOnce(thread.name));
    }
    for (ProgramRole& role : program_.roles) {
      const std::size_t space = role.name.find(' ');
      if (role.name.starts_with("role ") || role.name.starts_with("thread ")) role.name.erase(0, space + 1);
    }
  }

  bool SpawnedOnce(const std::string& name) const {
    std::set<std::string> seen;
    std::string now = name;
    while (seen.insert(now).second) {
      const auto spawns = outline_.spawns.find(now);
      if (spawns == outline_.spawns.end()) return true;
      if (spawns->second != 1) return false;
      const auto spawner = spawners_.find(now);
      if (spawner == spawners_.end()) return true;
      if (outline_.spawners_of_many.contains(spawner->second)) return false;
      now = spawner->second;
    }
    return false;
  }

  // --- Statements -----------------------------------------------------------------------------
  struct Place {
    int contexts = 0;  // how many `in` are around
    bool in_loop = false;
    int loop_contexts = 0;               // of these, around the innermost loop
    std::vector<int>* breaks = nullptr;  // jumps to be led behind the innermost loop
  };

  void Compile(int index) {
    thread_ = &program_.threads[index];
    for (const ThreadItem* block : bodies_[index].blocks) {
      Op begin = Make(OpCode::kBlock, block->name.at);
      begin.number = static_cast<int>(thread_->block_names.size());
      thread_->block_names.push_back(block->name.text);
      restart_ = Emit(begin);
      Block(block->body, Place{});
    }
    Emit(Make(OpCode::kEnd, bodies_[index].blocks.empty() ? thread_->at : bodies_[index].blocks.back()->name.at));
  }

  static Op Make(OpCode code, Position at) {
    Op op;
    op.code = code;
    op.at = at;
    return op;
  }
  int Here() const { return static_cast<int>(thread_->ops.size()); }
  int Emit(Op op) {
    thread_->ops.push_back(std::move(op));
    return Here() - 1;
  }
  void LeadHere(int jump) { thread_->ops[jump].target = Here(); }

  void Block(const std::vector<Statement>& body, Place place) {
    for (const Statement& statement : body) Compile(statement, place);
  }

  void Compile(const Statement& statement, const Place& place) {
    Op op = Make(OpCode::kYield, statement.at);
    switch (statement.kind) {
      case StatementKind::kTake: return CompileTake(statement.take, statement, place, false);
      case StatementKind::kIfTake: return CompileTake(statement.take, statement, place, true);
      case StatementKind::kIfCondition: return CompileIf(statement, place);
      case StatementKind::kRepeat: return CompileRepeat(statement, place);
      case StatementKind::kLoop: return CompileLoop(statement, place);
      case StatementKind::kBreak: return CompileBreak(statement, place);
      case StatementKind::kRestart: return CompileRestart(statement, place);
      case StatementKind::kIn: return CompileIn(statement, place);
      case StatementKind::kWhen:
        if (Holds(statement.setting)) Block(statement.body, place);
        return;
      case StatementKind::kUnlock:
      case StatementKind::kDowngrade:
      case StatementKind::kSync:
      case StatementKind::kAssert:
      case StatementKind::kInit:
      case StatementKind::kDestroy:
      case StatementKind::kReclass: return CompileLockOperation(statement);
      case StatementKind::kAssign:
        op.code = OpCode::kAssign;
        op.number = Lookup(variables_, statement.name, "a variable");
        op.expression = Resolve(statement.expression);
        break;
      case StatementKind::kAssertThat:
        op.code = OpCode::kAssert;
        op.condition = Resolve(statement.condition);
        break;
      case StatementKind::kAwait:
        op.code = OpCode::kAwait;
        op.condition = Resolve(statement.condition);
        break;
      case StatementKind::kIrqs:
      case StatementKind::kSoftirqs:
        op.code = statement.kind == StatementKind::kIrqs ? OpCode::kIrqs : OpCode::kSoftirqs;
        op.on = statement.on;
        break;
      case StatementKind::kWait:
      case StatementKind::kSignal:
      case StatementKind::kBroadcast:
      case StatementKind::kWaitFor:
      case StatementKind::kComplete:
      case StatementKind::kCompleteAll:
      case StatementKind::kSpawn:
      case StatementKind::kJoin: return CompileNamed(statement);
      case StatementKind::kSubsystem:
        op.code = OpCode::kSubsystem;
        op.number = static_cast<int>(program_.lines.size());
        program_.lines.push_back(statement.words);
        break;
      case StatementKind::kYield: break;
    }
    Emit(std::move(op));
  }

  int Lookup(const std::map<std::string, int>& index, const Name& name, const char* what) {
    const auto it = index.find(name.text);
    if (it != index.end()) return it->second;
    errors_.Add(name.at, "expected the name of " + std::string(what) + ", found " + Quote(name.text));
    return 0;
  }

  int LockIndex(const LockRef& ref) {
    const auto it = families_.find(ref.name.text);
    if (it == families_.end()) {
      errors_.Add(ref.name.at, "expected the name of a lock, found " + Quote(ref.name.text));
      return kNone;
    }
    const Family& family = it->second;
    if (family.array != ref.index.has_value()) {
      errors_.Add(ref.name.at, family.array
                                   ? "expected an index, found the array " + Quote(ref.name.text) + " without one"
                                   : "expected no index, found one on " + Quote(ref.name.text) + ", which is no array");
      return kNone;
    }
    const std::int64_t index = ref.index.value_or(0);
    if (index < 0 || index >= family.count) {
      errors_.Add(ref.name.at, "expected an index from 0 to " + std::to_string(family.count - 1) + ", found " +
                                   Quote(ref.ToString()));
      return kNone;
    }
    return family.first + static_cast<int>(index);
  }

  void Refuse(Position at, const char* operation, const ProgramLock& lock, const char* why) {
    errors_.Add(at, "expected an operation of " + Quote(ToString(lock.type)) + ", found " + Quote(operation) + " of " +
                        Quote(lock.name) + ": " + why);
  }

  void CheckTake(const Take& take, Position at, const ProgramLock& lock) {
    const BlockingRules& rules = RulesOf(lock.type);
    const bool shared = IsShared(take.mode);
    if (shared && !rules.shared) Refuse(at, "read", lock, "it has no readers");
    if (!shared && !rules.exclusive) Refuse(at, "lock", lock, "it has sections to read in only");
    if (rules.sections && take.kind != Kind::kBlocking)
      Refuse(at, take.kind == Kind::kTimed ? "timed" : "try", lock, "it never waits");
    if (!shared && (take.recursive || take.nonrecursive)) {
      errors_.Add(at, "expected 'recursive' and 'nonrecursive' on a read only, found one on a lock");
    }
    if (take.recursive && take.nonrecursive) {
      errors_.Add(at, "expected 'recursive' or 'nonrecursive', found both");
    }
  }

  void CompileTake(const Take& take, const Statement& statement, const Place& place, bool conditional) {
    Op op = Make(OpCode::kTake, statement.at);
    op.lock = LockIndex(take.lock);
    op.take_kind = take.kind;
    op.conditional = conditional;
    op.mode = take.mode;
    if (take.nest) op.nest = LockIndex(*take.nest);
    if (op.lock != kNone) {
      const ProgramLock& lock = program_.locks[op.lock];
      CheckTake(take, statement.at, lock);
      const bool recursive = take.recursive || (RulesOf(lock.type).readers_recursive && !take.nonrecursive);
      if (IsShared(take.mode) && recursive) op.mode = Mode::kRecursiveShared;
      op.subclass = take.subclass ? Subclass(*take.subclass, statement.at) : kNone;
    }
    const int got = Emit(op);
    if (!conditional) return;
    Block(statement.body, place);
    const int behind = Emit(Make(OpCode::kJump, statement.at));
    LeadHere(got);
    Block(statement.otherwise, place);
    LeadHere(behind);
  }

  void CompileLockOperation(const Statement& statement) {
    Op op = Make(OpCode::kUnlock, statement.at);
    op.lock = LockIndex(statement.lock);
    op.assertion = statement.assertion;
    const ProgramLock* lock = op.lock == kNone ? nullptr : &program_.locks[op.lock];
    const BlockingRules& rules = RulesOf(lock == nullptr ? LockType::kRwSem : lock->type);
    switch (statement.kind) {
      case StatementKind::kUnlock:
        if (lock != nullptr && !outline_.locked.contains(lock->family) && !UnbalancedIsExpected(*lock)) {
          errors_.Add(statement.lock.name.at,
                      "expected a lock that the script locks, found " + Quote(lock->name) + ", which is never locked");
        }
        break;
      case StatementKind::kDowngrade:
        op.code = OpCode::kDowngrade;
        if (lock != nullptr && !rules.downgrade)
          Refuse(statement.at, "downgrade", *lock, "it cannot be held both ways");
        break;
      case StatementKind::kSync:
        op.code = OpCode::kSync;
        if (lock != nullptr && !rules.sync) Refuse(statement.at, "sync", *lock, "it has no sections to wait for");
        break;
      case StatementKind::kAssert: op.code = OpCode::kAssert; break;
      case StatementKind::kInit: op.code = OpCode::kInit; break;
      case StatementKind::kDestroy: op.code = OpCode::kDestroy; break;
      default:
        op.code = OpCode::kReclass;
        op.number = ClassIndex(statement.name);
        op.subclass = Subclass(statement.subclass.value_or(0), statement.at);
        break;
    }
    Emit(std::move(op));
  }

  bool UnbalancedIsExpected(const ProgramLock& lock) const {
    const auto expected = [&](const std::string& name) { return outline_.unbalanced.contains(name); };
    return expected(lock.name) || expected(lock.family) ||
           (lock.lock_class != kNone && expected(program_.classes[lock.lock_class].name));
  }

  void CompileNamed(const Statement& statement) {
    Op op = Make(OpCode::kYield, statement.at);
    switch (statement.kind) {
      case StatementKind::kWait:
        op.code = OpCode::kWait;
        op.lock = LockIndex(statement.lock);
        break;
      case StatementKind::kSignal: op.code = OpCode::kSignal; break;
      case StatementKind::kBroadcast: op.code = OpCode::kBroadcast; break;
      case StatementKind::kWaitFor: op.code = OpCode::kWaitFor; break;
      case StatementKind::kComplete: op.code = OpCode::kComplete; break;
      case StatementKind::kCompleteAll: op.code = OpCode::kCompleteAll; break;
      case StatementKind::kSpawn: op.code = OpCode::kSpawn; break;
      default: op.code = OpCode::kJoin; break;
    }
    if (op.code == OpCode::kSpawn || op.code == OpCode::kJoin) {
      op.number = Lookup(threads_, statement.name, "a thread");
      const bool self = threads_.contains(statement.name.text) && &program_.threads[op.number] == thread_;
      if (self)
        errors_.Add(statement.name.at, "expected another thread, found " + Quote(statement.name.text) + " itself");
      if (op.code == OpCode::kSpawn) spawners_[statement.name.text] = thread_->name;
    } else if (op.code == OpCode::kWaitFor || op.code == OpCode::kComplete || op.code == OpCode::kCompleteAll) {
      op.number = Lookup(completions_, statement.name, "a completion");
    } else {
      op.number = Lookup(conditions_, statement.name, "a condition");
    }
    Emit(std::move(op));
  }

  ProgramExpression Resolve(const Expression& expression) {
    ProgramExpression result;
    result.offset = expression.offset;
    if (expression.variable) result.variable = Lookup(variables_, *expression.variable, "a variable");
    return result;
  }

  ProgramCondition Resolve(const workloads::Condition& condition) {
    return {Lookup(variables_, condition.variable, "a variable"), condition.comparison, Resolve(condition.right)};
  }

  void CompileIf(const Statement& statement, const Place& place) {
    Op op = Make(OpCode::kJumpUnless, statement.at);
    op.condition = Resolve(statement.condition);
    const int test = Emit(std::move(op));
    Block(statement.body, place);
    const int behind = Emit(Make(OpCode::kJump, statement.at));
    LeadHere(test);
    Block(statement.otherwise, place);
    LeadHere(behind);
  }

  // The body of a loop; `breaks` lead behind it, which the caller arranges.
  void LoopBody(const Statement& statement, Place place, std::vector<int>& breaks) {
    place.in_loop = true;
    place.loop_contexts = place.contexts;
    place.breaks = &breaks;
    Block(statement.body, place);
  }

  void CompileRepeat(const Statement& statement, const Place& place) {
    Op start = Make(OpCode::kCountStart, statement.at);
    start.number = thread_->counters++;
    start.count = statement.count;
    std::vector<int> breaks = {Emit(start)};
    const int first = Here();
    LoopBody(statement, place, breaks);
    Op next = Make(OpCode::kCountNext, statement.at);
    next.number = start.number;
    next.target = first;
    Emit(std::move(next));
    for (const int each : breaks) LeadHere(each);
  }

  void CompileLoop(const Statement& statement, const Place& place) {
    std::vector<int> breaks;
    const int first = Here();
    LoopBody(statement, place, breaks);
    Op again = Make(OpCode::kJump, statement.at);
    again.target = first;
    Emit(std::move(again));
    for (const int each : breaks) LeadHere(each);
  }

  void CompileBreak(const Statement& statement, const Place& place) {
    if (!place.in_loop) {
      errors_.Add(statement.at, "expected 'break' inside 'repeat' or 'loop', found it outside");
    } else if (place.contexts != place.loop_contexts) {
      errors_.Add(statement.at, "expected 'break' in the context of its loop, found it inside 'in'");
    } else {
      place.breaks->push_back(Emit(Make(OpCode::kJump, statement.at)));
    }
  }

  void CompileRestart(const Statement& statement, const Place& place) {
    if (place.contexts != 0) {
      errors_.Add(statement.at, "expected 'restart' in the thread's own context, found it inside 'in'");
    }
    Op op = Make(OpCode::kJump, statement.at);
    op.target = restart_;
    Emit(std::move(op));
  }

  void CompileIn(const Statement& statement, Place place) {
    Op op = Make(OpCode::kEnter, statement.at);
    op.context = statement.context;
    Emit(std::move(op));
    ++place.contexts;
    Block(statement.body, place);
    Emit(Make(OpCode::kLeave, statement.at));
  }

  // --- Expectations ---------------------------------------------------------------------------
  void AddExpectation(const Expectation& expectation) {
    for (const Name& name : expectation.names) CheckNameable(name);
    for (const ExpectedReason& reason : expectation.reasons) {
      for (const Name& name : reason.locks) CheckNameable(name);
    }
    for (const ExpectedExploration& expected : expectation.explored) CheckExploration(expected);
    program_.expectations.push_back(expectation);
  }

  void CheckExploration(const ExpectedExploration& expected) {
    if (!expected.name) return;
    // What runs on a machine says itself what is broken: "I4", and has variables of its own.
    if (program_.scenario != nullptr) return;
    if (expected.outcome != ExpectedOutcome::kRace) return CheckNameable(*expected.name);
    const auto variable = variables_.find(expected.name->text);
    if (variable != variables_.end() && program_.variables[variable->second].plain) return;
    errors_.Add(expected.name->at,
                "expected the name of a variable that is declared with 'plain', found " + Quote(expected.name->text));
  }

  void CheckNameable(const Name& name) {
    const std::string& text = name.text;
    const std::size_t slash = text.rfind('/');
    const std::string without_subclass = text.substr(0, slash);
    const bool known = names_.contains(text) || class_names_.contains(text) || thread_names_.contains(text) ||
                       (slash != std::string::npos && class_names_.contains(without_subclass)) ||
                       std::any_of(program_.locks.begin(), program_.locks.end(),
                                   [&](const ProgramLock& lock) { return lock.name == text; }) ||
                       (program_.scenario != nullptr && hotplug::IsLockName(text));
    if (!known)
      errors_.Add(name.at, "expected the name of a lock, a class or anything else declared, found " + Quote(text));
  }

  struct Family {
    int first = 0;
    int count = 0;
    bool array = false;
  };

  const ScriptOutline& outline_;
  ScriptErrors& errors_;
  Program program_;
  std::vector<const Item*> items_;
  std::vector<const LockItem*> pending_locks_;
  std::vector<Body> bodies_;  // of program_.threads
  std::map<std::string, Position> names_, class_names_, thread_names_;
  std::map<std::string, int> classes_, variables_, conditions_, completions_, threads_, roles_;
  std::map<std::string, Family> families_;
  std::map<int, std::uint64_t> scalars_of_class_;
  std::map<std::string, std::string> spawners_;  // thread -> who spawns it
  ProgramThread* thread_ = nullptr;
  int restart_ = 0;
};

// Sets `settings` to the next combination; false after the last one.
bool NextSettings(const std::vector<SwitchItem>& switches, std::vector<std::size_t>& chosen) {
  for (std::size_t i = switches.size(); i-- > 0;) {
    if (++chosen[i] < switches[i].values.size()) return true;
    chosen[i] = 0;
  }
  return false;
}

}  // namespace

ResolveResult Resolve(const Script& script) {
  ScriptErrors errors(script.file);
  const ScriptOutline outline = OutlineOf(script, errors);
  std::size_t combinations = 1;
  for (const SwitchItem& each : outline.switches) {
    combinations *= each.values.size();
    if (combinations <= kCombinationsMax) continue;
    errors.Add(each.name.at,
               "expected at most " + std::to_string(kCombinationsMax) + " combinations of settings, found more");
    return {{}, errors.Take()};
  }
  ResolveResult result;
  std::vector<std::size_t> chosen(outline.switches.size(), 0);
  do {
    Settings settings;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      settings.emplace_back(outline.switches[i].name.text, outline.switches[i].values[chosen[i]].text);
    }
    result.programs.push_back(Resolver(outline, errors, std::move(settings), script.file).Run(script));
  } while (NextSettings(outline.switches, chosen));
  result.errors = errors.Take();
  return result;
}

}  // namespace lockdep::workloads
