#include "workloads/script_outline.h"

#include <utility>

namespace lockdep::workloads {
namespace {

class Outliner {
 public:
  explicit Outliner(ScriptErrors& errors) : errors_(errors) {}

  ScriptOutline Run(const Script& script) {
    Items(script.items, false);
    return std::move(outline_);
  }

 private:
  void Items(const std::vector<Item>& items, bool under_switch) {
    for (const Item& item : items) {
      switch (item.kind) {
        case ItemKind::kSwitch: AddSwitch(item, under_switch); break;
        case ItemKind::kWhen: Items(item.items, true); break;
        case ItemKind::kThread: Thread(item.thread); break;
        case ItemKind::kOneThread:
          for (const ThreadItem& block : item.one_thread.blocks) Thread(block);
          break;
        case ItemKind::kExpect: AddExpectation(item.expectation); break;
        case ItemKind::kClass:
        case ItemKind::kLock:
        case ItemKind::kVariable:
        case ItemKind::kCondition:
        case ItemKind::kSubsystem:
        case ItemKind::kCompletion: break;
      }
    }
  }

  void AddSwitch(const Item& item, bool under_switch) {
    const SwitchItem& added = item.switch_item;
    if (under_switch) errors_.Add(item.at, "expected a switch outside 'when', found one that depends on another");
    for (const SwitchItem& other : outline_.switches) {
      if (other.name.text == added.name.text) {
        errors_.Add(added.name.at,
                    "expected a new name, found switch " + Quote(added.name.text) + " of " + LineOf(other.name.at));
      }
    }
    std::set<std::string> values;
    for (const Name& value : added.values) {
      if (!values.insert(value.text).second)
        errors_.Add(value.at, "expected another setting, found " + Quote(value.text) + " again");
    }
    outline_.switches.push_back(added);
  }

  void AddExpectation(const Expectation& expectation) {
    outline_.expects_anything = true;
    if (expectation.kind != ExpectationKind::kFinding) return;
    if (expectation.finding_kind.value_or(FindingKind::kUnbalancedUnlock) != FindingKind::kUnbalancedUnlock) return;
    for (const Name& name : expectation.names) outline_.unbalanced.insert(name.text);
  }

  void Thread(const ThreadItem& thread) {
    if (thread.count != 1 || thread.role) outline_.spawners_of_many.insert(thread.name.text);
    Block(thread.body, thread.name.text, 1);
  }

  void Block(const std::vector<Statement>& body, const std::string& thread, int times) {
    for (const Statement& statement : body) {
      const bool takes = statement.kind == StatementKind::kTake || statement.kind == StatementKind::kIfTake;
      if (takes) outline_.locked.insert(statement.take.lock.name.text);
      if (statement.kind == StatementKind::kSpawn) outline_.spawns[statement.name.text] += times;
      if (statement.kind == StatementKind::kRestart) outline_.spawners_of_many.insert(thread);
      const bool repeats = statement.kind == StatementKind::kRepeat || statement.kind == StatementKind::kLoop;
      Block(statement.body, thread, repeats ? 2 : times);
      Block(statement.otherwise, thread, repeats ? 2 : times);
    }
  }

  ScriptErrors& errors_;
  ScriptOutline outline_;
};

}  // namespace

ScriptOutline OutlineOf(const Script& script, ScriptErrors& errors) { return Outliner(errors).Run(script); }

}  // namespace lockdep::workloads
