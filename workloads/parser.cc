#include "workloads/parser.h"

#include <array>
#include <utility>

#include "workloads/expectation_parser.h"
#include "workloads/hotplug_lines.h"
#include "workloads/keywords.h"
#include "workloads/statement_parser.h"
#include "workloads/token_stream.h"

namespace lockdep::workloads {
namespace {

constexpr std::array<Word<LockType>, 11> kLockTypes = {{{"mutex", LockType::kMutex},
                                                        {"recursive", LockType::kRecursiveMutex},
                                                        {"spinlock", LockType::kSpinLock},
                                                        {"raw", LockType::kRawSpinLock},
                                                        {"rwsem", LockType::kRwSem},
                                                        {"rwlock", LockType::kRwLock},
                                                        {"percpu", LockType::kPercpuRwSem},
                                                        {"rcu", LockType::kRcu},
                                                        {"srcu", LockType::kSrcu},
                                                        {"local", LockType::kLocal},
                                                        {"pseudo", LockType::kPseudo}}};

constexpr std::array<Word<ItemKind>, 10> kItems = {{{"class", ItemKind::kClass},
                                                    {"var", ItemKind::kVariable},
                                                    {"plain", ItemKind::kVariable},
                                                    {"condition", ItemKind::kCondition},
                                                    {"completion", ItemKind::kCompletion},
                                                    {"switch", ItemKind::kSwitch},
                                                    {"when", ItemKind::kWhen},
                                                    {"thread", ItemKind::kThread},
                                                    {"one-thread", ItemKind::kOneThread},
                                                    {"expect", ItemKind::kExpect}}};

constexpr std::string_view kAnItem = "a declaration, 'thread' or 'expect'";

// Parse functions return false after reporting; the caller then skips to the next statement.
class Parser {
 public:
  Parser(std::string_view text, const std::string& file) : file_(file), in_(text, file) {}

  ParseResult Run() {
    ParseResult result;
    result.script.file = file_;
    while (!in_.AtEnd()) {
      in_.SkipSeparators();
      if (in_.AtEnd()) break;
      if (in_.Peek().Is("}")) {
        in_.Expected(std::string(kAnItem));
        in_.Take();
        continue;
      }
      ParseItem(result.script.items);
    }
    result.errors = in_.TakeMistakes();
    if (result.errors.size() > kErrorsMax) {
      result.errors.resize(kErrorsMax);
      result.errors.push_back({file_, result.errors.back().at, "too many mistakes: the rest is not listed"});
    }
    return result;
  }

 private:
  void ParseItem(std::vector<Item>& items) {
    const LockType* type = Find(kLockTypes, in_.Peek());
    const ItemKind* kind = Find(kItems, in_.Peek());
    bool understood = false;
    if (type != nullptr) {
      understood = ParseLocks(*type, items);
    } else if (kind != nullptr) {
      understood = ParseItemOf(*kind, items);
    } else if (in_.Peek().kind == TokenKind::kWord && IsHotplugItem(in_.Peek().text)) {
      Item item = StartItem(ItemKind::kSubsystem);
      understood = in_.ParseWords(item.words);
      items.push_back(std::move(item));
    } else if (StartsStatement(in_)) {
      in_.Expected(std::string(kAnItem) + " (statements stand inside a thread)");
    } else {
      in_.Expected(std::string(kAnItem));
    }
    if (understood) {
      in_.EndStatement();
    } else {
      in_.SkipStatement();
    }
  }

  bool ParseItemOf(ItemKind kind, std::vector<Item>& items) {
    switch (kind) {
      case ItemKind::kClass: return ParseClasses(items);
      case ItemKind::kVariable: return ParseVariables(items);
      case ItemKind::kCondition: return ParseNames(kind, "the name of a condition", items);
      case ItemKind::kCompletion: return ParseNames(kind, "the name of a completion", items);
      case ItemKind::kSwitch: return ParseSwitch(items);
      case ItemKind::kWhen: return ParseWhenItem(items);
      case ItemKind::kThread: return ParseThreadItem(items);
      case ItemKind::kOneThread: return ParseOneThread(items);
      case ItemKind::kExpect: return ParseExpect(items);
      case ItemKind::kSubsystem:
      case ItemKind::kLock: break;
    }
    return false;
  }

  Item StartItem(ItemKind kind) {
    Item item;
    item.kind = kind;
    item.at = in_.Peek().at;
    return item;
  }

  bool ParseClasses(std::vector<Item>& items) {
    in_.Take();
    return in_.ParseList([&] {
      Item item = StartItem(ItemKind::kClass);
      if (!in_.ParseName("the name of a class", item.class_item.name)) return false;
      while (true) {
        if (in_.TakeWordIf("ordered")) {
          item.class_item.ordered = true;
        } else if (in_.TakeWordIf("no-validate")) {
          item.class_item.no_validate = true;
        } else {
          break;
        }
      }
      items.push_back(std::move(item));
      return true;
    });
  }

  bool ParseLocks(LockType type, std::vector<Item>& items) {
    in_.Take();
    const std::size_t first = items.size();
    if (!in_.ParseList([&] { return ParseDeclarator(type, items); })) return false;
    if (!in_.TakeIf(":")) return true;
    LockItem shared;
    Name lock_class;
    if (!in_.ParseName("the name of a class", lock_class)) return false;
    shared.subclass_at = in_.Peek().at;
    if (in_.TakeWordIf("subclass")) {
      shared.subclass_at = in_.Peek().at;
      if (!in_.ParseSubclass(shared.subclass)) return false;
    }
    for (std::size_t i = first; i < items.size(); ++i) {
      items[i].lock.lock_class = lock_class;
      items[i].lock.subclass = shared.subclass;
      items[i].lock.subclass_at = shared.subclass_at;
    }
    return true;
  }

  bool ParseDeclarator(LockType type, std::vector<Item>& items) {
    Item item = StartItem(ItemKind::kLock);
    item.lock.type = type;
    LockRef declared;
    if (!in_.ParseLock(declared, "the name of a lock")) return false;
    item.lock.name = declared.name;
    item.lock.count = declared.index;
    item.lock.no_validate = in_.TakeWordIf("no-validate");
    items.push_back(std::move(item));
    return true;
  }

  bool ParseVariables(std::vector<Item>& items) {
    const bool plain = in_.Take().text == "plain";
    return in_.ParseList([&] {
      Item item = StartItem(ItemKind::kVariable);
      item.variable.plain = plain;
      if (!in_.ParseName("the name of a variable", item.variable.name)) return false;
      if (in_.TakeIf("=") && !in_.ParseSignedInteger("a number", item.variable.value)) return false;
      items.push_back(std::move(item));
      return true;
    });
  }

  bool ParseNames(ItemKind kind, const char* what, std::vector<Item>& items) {
    in_.Take();
    return in_.ParseList([&] {
      Item item = StartItem(kind);
      if (!in_.ParseName(what, item.name)) return false;
      items.push_back(std::move(item));
      return true;
    });
  }

  bool ParseSwitch(std::vector<Item>& items) {
    Item item = StartItem(ItemKind::kSwitch);
    in_.Take();
    if (!in_.ParseName("the name of a switch", item.switch_item.name) || !in_.Require("=")) return false;
    do {
      Name value;
      if (!in_.ParseValue(value)) return false;
      item.switch_item.values.push_back(std::move(value));
    } while (in_.TakeIf("|"));
    items.push_back(std::move(item));
    return true;
  }

  bool ParseWhenItem(std::vector<Item>& items) {
    Item item = StartItem(ItemKind::kWhen);
    in_.Take();
    if (!in_.ParseSetting(item.setting) && !in_.SkipToBlock()) return false;
    if (!in_.InBraces([&] { ParseItem(item.items); })) return false;
    items.push_back(std::move(item));
    return true;
  }

  bool ParseThreadItem(std::vector<Item>& items) {
    Item item = StartItem(ItemKind::kThread);
    in_.Take();
    if (!ParseThreadHead(item.thread) && !in_.SkipToBlock()) return false;
    if (!ParseBlock(in_, item.thread.body)) return false;
    items.push_back(std::move(item));
    return true;
  }

  bool ParseThreadHead(ThreadItem& thread) {
    if (!in_.ParseName("the name of a thread", thread.name)) return false;
    thread.count_at = in_.Peek().at;
    if (in_.Peek().IsWord("x") && in_.Peek(1).kind == TokenKind::kInteger) {
      in_.Take();
      thread.count_at = in_.Peek().at;
      thread.count = in_.Take().value;
    }
    if (in_.TakeWordIf("role")) {
      Name role;
      if (!in_.ParseName("the name of a role", role)) return false;
      thread.role = std::move(role);
    }
    return true;
  }

  bool ParseOneThread(std::vector<Item>& items) {
    Item item = StartItem(ItemKind::kOneThread);
    OneThreadItem& one_thread = item.one_thread;
    one_thread.at = in_.Take().at;
    if (in_.Peek().kind == TokenKind::kWord || in_.Peek().kind == TokenKind::kQuoted) {
      Name name;
      if (!in_.ParseName("the name of a thread", name) && !in_.SkipToBlock()) return false;
      one_thread.name = std::move(name);
    }
    const auto block = [&] {
      ThreadItem thread;
      if (!in_.TakeWordIf("thread")) {
        in_.Expected("'thread'");
        return in_.SkipStatement();
      }
      if (!in_.ParseName("the name of a thread", thread.name) && !in_.SkipToBlock()) return in_.SkipStatement();
      if (!ParseBlock(in_, thread.body)) return in_.SkipStatement();
      one_thread.blocks.push_back(std::move(thread));
    };
    if (!in_.InBraces(block)) return false;
    items.push_back(std::move(item));
    return true;
  }

  bool ParseExpect(std::vector<Item>& items) {
    Item item = StartItem(ItemKind::kExpect);
    if (!ParseExpectation(in_, item.expectation)) return false;
    items.push_back(std::move(item));
    return true;
  }

  const std::string& file_;
  TokenStream in_;
};

}  // namespace

ParseResult Parse(std::string_view text, std::string file) { return Parser(text, file).Run(); }

}  // namespace lockdep::workloads
