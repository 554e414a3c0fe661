#include "workloads/parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include "workloads/hotplug_lines.h"
#include "workloads/lexer.h"

namespace lockdep::workloads {
namespace {

template <typename T>
struct Word {
  std::string_view word;
  T meaning;
};

template <typename T, std::size_t N>
const T* Find(const std::array<Word<T>, N>& words, const Token& token) {
  if (token.kind != TokenKind::kWord) return nullptr;
  for (const Word<T>& each : words) {
    if (each.word == token.text) return &each.meaning;
  }
  return nullptr;
}

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

struct Acquisition {
  Mode mode;
  Kind kind;
};

constexpr std::array<Word<Acquisition>, 3> kTakes = {{{"lock", {Mode::kExclusive, Kind::kBlocking}},
                                                      {"write", {Mode::kExclusive, Kind::kBlocking}},
                                                      {"read", {Mode::kShared, Kind::kBlocking}}}};

constexpr std::array<Word<Acquisition>, 3> kTries = {{{"trylock", {Mode::kExclusive, Kind::kTrylock}},
                                                      {"trywrite", {Mode::kExclusive, Kind::kTrylock}},
                                                      {"tryread", {Mode::kShared, Kind::kTrylock}}}};

constexpr std::array<Word<Acquisition>, 3> kTimedTries = {{{"timedlock", {Mode::kExclusive, Kind::kTimed}},
                                                           {"timedwrite", {Mode::kExclusive, Kind::kTimed}},
                                                           {"timedread", {Mode::kShared, Kind::kTimed}}}};

constexpr std::array<Word<StatementKind>, 25> kStatements = {{{"unlock", StatementKind::kUnlock},
                                                              {"downgrade", StatementKind::kDowngrade},
                                                              {"sync", StatementKind::kSync},
                                                              {"assert", StatementKind::kAssert},
                                                              {"restart", StatementKind::kRestart},
                                                              {"in", StatementKind::kIn},
                                                              {"irqs", StatementKind::kIrqs},
                                                              {"softirqs", StatementKind::kSoftirqs},
                                                              {"init", StatementKind::kInit},
                                                              {"destroy", StatementKind::kDestroy},
                                                              {"reclass", StatementKind::kReclass},
                                                              {"await", StatementKind::kAwait},
                                                              {"if", StatementKind::kIfCondition},
                                                              {"wait", StatementKind::kWait},
                                                              {"signal", StatementKind::kSignal},
                                                              {"broadcast", StatementKind::kBroadcast},
                                                              {"wait-for", StatementKind::kWaitFor},
                                                              {"complete", StatementKind::kComplete},
                                                              {"complete-all", StatementKind::kCompleteAll},
                                                              {"spawn", StatementKind::kSpawn},
                                                              {"join", StatementKind::kJoin},
                                                              {"repeat", StatementKind::kRepeat},
                                                              {"loop", StatementKind::kLoop},
                                                              {"break", StatementKind::kBreak},
                                                              {"when", StatementKind::kWhen}}};

constexpr std::array<Word<Assertion>, 3> kAssertions = {
    {{"held", Assertion::kHeld}, {"shared", Assertion::kShared}, {"not-held", Assertion::kNotHeld}}};

constexpr std::array<Word<Context>, 4> kContexts = {{{"hardirq", Context::kHardirq},
                                                     {"hardirq-threaded", Context::kHardirqThreaded},
                                                     {"softirq", Context::kSoftirq},
                                                     {"signal", Context::kSignal}}};

constexpr std::array<Word<ExpectedOutcome>, 6> kOutcomes = {{{"exhausted", ExpectedOutcome::kExhausted},
                                                             {"hang", ExpectedOutcome::kHang},
                                                             {"livelock", ExpectedOutcome::kLivelock},
                                                             {"unknown", ExpectedOutcome::kUnknown},
                                                             {"violation", ExpectedOutcome::kViolation},
                                                             {"race", ExpectedOutcome::kRace}}};

constexpr std::array<Word<Comparison>, 6> kComparisons = {{{"==", Comparison::kEqual},
                                                           {"!=", Comparison::kNotEqual},
                                                           {"<", Comparison::kLess},
                                                           {"<=", Comparison::kLessEqual},
                                                           {">", Comparison::kGreater},
                                                           {">=", Comparison::kGreaterEqual}}};

constexpr std::string_view kAnItem = "a declaration, 'thread' or 'expect'";

// Parse functions return false after reporting; the caller then skips to the next statement.
class Parser {
 public:
  Parser(std::string_view text, const std::string& file) : text_(text), file_(file), lexed_(Lex(text, file)) {
    errors_ = std::move(lexed_.errors);
  }

  ParseResult Run() {
    ParseResult result;
    result.script.file = file_;
    while (!AtEnd()) {
      SkipSeparators();
      if (AtEnd()) break;
      if (Peek().Is("}")) {
        Expected(std::string(kAnItem));
        Take();
        continue;
      }
      ParseItem(result.script.items);
    }
    std::stable_sort(errors_.begin(), errors_.end(),
                     [](const ScriptError& a, const ScriptError& b) { return a.at < b.at; });
    if (errors_.size() > kErrorsMax) {
      errors_.resize(kErrorsMax);
      errors_.push_back({file_, errors_.back().at, "too many mistakes: the rest is not listed"});
    }
    result.errors = std::move(errors_);
    return result;
  }

 private:
  // --- Tokens ---------------------------------------------------------------------------------
  const Token& Peek(std::size_t ahead = 0) const {
    return lexed_.tokens[std::min(next_ + ahead, lexed_.tokens.size() - 1)];
  }
  const Token& Take() {
    const Token& token = Peek();
    if (next_ + 1 < lexed_.tokens.size()) ++next_;
    return token;
  }
  bool AtEnd() const { return Peek().kind == TokenKind::kEnd; }
  bool AtStatementEnd() const { return AtEnd() || Peek().kind == TokenKind::kSeparator || Peek().Is("}"); }

  bool Expected(const std::string& what) {
    errors_.push_back({file_, Peek().at, "expected " + what + ", found " + Peek().Describe()});
    return false;
  }
  bool TakeIf(std::string_view punctuation) {
    if (!Peek().Is(punctuation)) return false;
    Take();
    return true;
  }
  bool TakeWordIf(std::string_view word) {
    if (!Peek().IsWord(word)) return false;
    Take();
    return true;
  }
  bool Require(std::string_view punctuation) {
    return TakeIf(punctuation) || Expected("'" + std::string(punctuation) + "'");
  }
  void SkipSeparators() {
    while (Peek().kind == TokenKind::kSeparator) Take();
  }
  // To the end of a statement that was not understood, with the blocks in it.
  void SkipStatement() {
    int depth = 0;
    while (!AtEnd()) {
      if (depth == 0 && AtStatementEnd()) return;
      if (Peek().Is("{")) ++depth;
      if (Peek().Is("}")) --depth;
      Take();
    }
  }
  // To the block of a statement whose head was not understood; false if it has none.
  bool SkipToBlock() {
    while (!AtStatementEnd() && !Peek().Is("{")) Take();
    return Peek().Is("{");
  }
  // After a whole statement: nothing else may stand before its end.
  void EndStatement() {
    if (AtStatementEnd()) return;
    Expected("the end of the statement");
    SkipStatement();
  }

  // --- Small parts ----------------------------------------------------------------------------
  bool ParseName(const char* what, Name& name) {
    const Token& token = Peek();
    if (token.kind != TokenKind::kQuoted && token.kind != TokenKind::kWord) return Expected(what);
    if (token.kind == TokenKind::kWord && token.text.find('-') != std::string::npos) {
      return Expected(std::string(what) + " (a name with '-' needs quotes)");
    }
    name = {token.text, token.at};
    Take();
    return true;
  }

  bool ParseInteger(const char* what, std::int64_t& value) {
    if (Peek().kind != TokenKind::kInteger) return Expected(what);
    value = Take().value;
    return true;
  }

  bool ParseSignedInteger(const char* what, std::int64_t& value) {
    const bool negative = TakeIf("-");
    if (!ParseInteger(what, value)) return false;
    if (negative) value = -value;
    return true;
  }

  bool ParseLock(LockRef& lock, const char* what = "a lock") {
    if (!ParseName(what, lock.name)) return false;
    if (!TakeIf("[")) return true;
    std::int64_t index = 0;
    if (!ParseInteger("an index", index)) return false;
    lock.index = index;
    return Require("]");
  }

  bool ParseSetting(Setting& setting) {
    return ParseName("the name of a switch", setting.name) && Require("=") && ParseValue(setting.value);
  }

  bool ParseValue(Name& value) {
    const Token& token = Peek();
    if (token.kind != TokenKind::kWord && token.kind != TokenKind::kInteger && token.kind != TokenKind::kQuoted) {
      return Expected("a setting of the switch");
    }
    value = {token.text, token.at};
    Take();
    return true;
  }

  // All to the end of the statement, as it stands there, quoted names without their quotes.
  bool ParseWords(std::vector<Name>& words) {
    while (!AtStatementEnd()) {
      const Token& token = Take();
      const bool quoted = token.kind == TokenKind::kQuoted;
      words.push_back(
          {quoted ? token.text : std::string(text_.substr(token.begin, token.end - token.begin)), token.at});
    }
    return true;
  }

  bool ParseSubclass(std::int64_t& subclass) { return ParseInteger("a subclass from 0 to 7", subclass); }

  template <typename Element>
  bool ParseList(Element element) {
    do {
      if (!element()) return false;
    } while (TakeIf(","));
    return true;
  }

  // --- Items ----------------------------------------------------------------------------------
  void ParseItem(std::vector<Item>& items) {
    const LockType* type = Find(kLockTypes, Peek());
    const ItemKind* kind = Find(kItems, Peek());
    bool understood = false;
    if (type != nullptr) {
      understood = ParseLocks(*type, items);
    } else if (kind != nullptr) {
      understood = ParseItemOf(*kind, items);
    } else if (Peek().kind == TokenKind::kWord && IsHotplugItem(Peek().text)) {
      Item item = StartItem(ItemKind::kSubsystem);
      understood = ParseWords(item.words);
      items.push_back(std::move(item));
    } else if (StartsStatement()) {
      Expected(std::string(kAnItem) + " (statements stand inside a thread)");
    } else {
      Expected(std::string(kAnItem));
    }
    if (understood) {
      EndStatement();
    } else {
      SkipStatement();
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
      case ItemKind::kExpect: return ParseExpectation(items);
      case ItemKind::kSubsystem:
      case ItemKind::kLock: break;
    }
    return false;
  }

  Item StartItem(ItemKind kind) {
    Item item;
    item.kind = kind;
    item.at = Peek().at;
    return item;
  }

  bool ParseClasses(std::vector<Item>& items) {
    Take();
    return ParseList([&] {
      Item item = StartItem(ItemKind::kClass);
      if (!ParseName("the name of a class", item.class_item.name)) return false;
      while (true) {
        if (TakeWordIf("ordered")) {
          item.class_item.ordered = true;
        } else if (TakeWordIf("no-validate")) {
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
    Take();
    const std::size_t first = items.size();
    if (!ParseList([&] { return ParseDeclarator(type, items); })) return false;
    if (!TakeIf(":")) return true;
    LockItem shared;
    Name lock_class;
    if (!ParseName("the name of a class", lock_class)) return false;
    shared.subclass_at = Peek().at;
    if (TakeWordIf("subclass")) {
      shared.subclass_at = Peek().at;
      if (!ParseSubclass(shared.subclass)) return false;
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
    if (!ParseLock(declared, "the name of a lock")) return false;
    item.lock.name = declared.name;
    item.lock.count = declared.index;
    item.lock.no_validate = TakeWordIf("no-validate");
    items.push_back(std::move(item));
    return true;
  }

  bool ParseVariables(std::vector<Item>& items) {
    const bool plain = Take().text == "plain";
    return ParseList([&] {
      Item item = StartItem(ItemKind::kVariable);
      item.variable.plain = plain;
      if (!ParseName("the name of a variable", item.variable.name)) return false;
      if (TakeIf("=") && !ParseSignedInteger("a number", item.variable.value)) return false;
      items.push_back(std::move(item));
      return true;
    });
  }

  bool ParseNames(ItemKind kind, const char* what, std::vector<Item>& items) {
    Take();
    return ParseList([&] {
      Item item = StartItem(kind);
      if (!ParseName(what, item.name)) return false;
      items.push_back(std::move(item));
      return true;
    });
  }

  bool ParseSwitch(std::vector<Item>& items) {
    Item item = StartItem(ItemKind::kSwitch);
    Take();
    if (!ParseName("the name of a switch", item.switch_item.name) || !Require("=")) return false;
    do {
      Name value;
      if (!ParseValue(value)) return false;
      item.switch_item.values.push_back(std::move(value));
    } while (TakeIf("|"));
    items.push_back(std::move(item));
    return true;
  }

  bool ParseWhenItem(std::vector<Item>& items) {
    Item item = StartItem(ItemKind::kWhen);
    Take();
    if (!ParseSetting(item.setting) && !SkipToBlock()) return false;
    if (!InBraces([&] { ParseItem(item.items); })) return false;
    items.push_back(std::move(item));
    return true;
  }

  bool ParseThreadItem(std::vector<Item>& items) {
    Item item = StartItem(ItemKind::kThread);
    Take();
    if (!ParseThreadHead(item.thread) && !SkipToBlock()) return false;
    if (!ParseBlock(item.thread.body)) return false;
    items.push_back(std::move(item));
    return true;
  }

  bool ParseThreadHead(ThreadItem& thread) {
    if (!ParseName("the name of a thread", thread.name)) return false;
    thread.count_at = Peek().at;
    if (Peek().IsWord("x") && Peek(1).kind == TokenKind::kInteger) {
      Take();
      thread.count_at = Peek().at;
      thread.count = Take().value;
    }
    if (TakeWordIf("role")) {
      Name role;
      if (!ParseName("the name of a role", role)) return false;
      thread.role = std::move(role);
    }
    return true;
  }

  bool ParseOneThread(std::vector<Item>& items) {
    Item item = StartItem(ItemKind::kOneThread);
    OneThreadItem& one_thread = item.one_thread;
    one_thread.at = Take().at;
    if (Peek().kind == TokenKind::kWord || Peek().kind == TokenKind::kQuoted) {
      Name name;
      if (!ParseName("the name of a thread", name) && !SkipToBlock()) return false;
      one_thread.name = std::move(name);
    }
    const auto block = [&] {
      ThreadItem thread;
      if (!TakeWordIf("thread")) {
        Expected("'thread'");
        return SkipStatement();
      }
      if (!ParseName("the name of a thread", thread.name) && !SkipToBlock()) return SkipStatement();
      if (!ParseBlock(thread.body)) return SkipStatement();
      one_thread.blocks.push_back(std::move(thread));
    };
    if (!InBraces(block)) return false;
    items.push_back(std::move(item));
    return true;
  }

  // --- Expectations ---------------------------------------------------------------------------
  bool ParseExpectation(std::vector<Item>& items) {
    Item item = StartItem(ItemKind::kExpect);
    Expectation& expectation = item.expectation;
    const std::size_t begin = Peek().begin;
    expectation.at = Take().at;
    if (!ParseExpectationBody(expectation)) return false;
    const std::size_t end = lexed_.tokens[next_ - 1].end;
    expectation.text = std::string(text_.substr(begin, end - begin));
    items.push_back(std::move(item));
    return true;
  }

  bool ParseExpectationBody(Expectation& expectation) {
    if (TakeWordIf("finding")) return ParseExpectedFinding(expectation);
    if (TakeWordIf("order")) {
      expectation.kind = ExpectationKind::kOrder;
      return ParsePath(expectation.names, 2);
    }
    if (TakeWordIf("explore")) return ParseExpectedExploration(expectation);
    if (!TakeWordIf("no")) return Expected("'finding', 'order', 'explore' or 'no'");
    if (TakeWordIf("finding")) {
      expectation.kind = ExpectationKind::kNoFinding;
      return true;
    }
    if (!TakeWordIf("order")) return Expected("'finding' or 'order'");
    expectation.kind = ExpectationKind::kNoOrder;
    const Position at = Peek().at;
    if (!ParsePath(expectation.names, 2)) return false;
    if (expectation.names.size() == 2) return true;
    errors_.push_back({file_, at, "expected two names, found " + std::to_string(expectation.names.size())});
    return false;
  }

  bool ParseExpectedFinding(Expectation& expectation) {
    expectation.kind = ExpectationKind::kFinding;
    // A word of a kind is a kind only if a name follows; else it is a name.
    const bool name_follows =
        Peek(1).kind == TokenKind::kQuoted || (Peek(1).kind == TokenKind::kWord && !Peek(1).IsWord("verdict"));
    if (Peek().kind == TokenKind::kWord && name_follows) {
      expectation.finding_kind = FindingKindFromString(Peek().text);
      if (!expectation.finding_kind) return Expected("a kind of finding or a name");
      Take();
    }
    if (!ParsePath(expectation.names, 1)) return false;
    if (!TakeWordIf("verdict")) return true;
    if (Peek().kind == TokenKind::kWord) expectation.verdict = VerdictFromString(Peek().text);
    if (!expectation.verdict) return Expected("'real', 'predicted', 'false' or 'unknown'");
    Take();
    if (!TakeWordIf("because")) return true;
    expectation.only_these_reasons = TakeWordIf("only");
    do {
      if (!ParseReason(expectation)) return false;
    } while (TakeWordIf("and"));
    return true;
  }

  bool ParseExpectedExploration(Expectation& expectation) {
    expectation.kind = ExpectationKind::kExplore;
    do {
      if (TakeWordIf("no")) {
        if (!TakeWordIf("livelock")) return Expected("'livelock'");
        expectation.explored.emplace_back().outcome = ExpectedOutcome::kNoLivelock;
        continue;
      }
      const ExpectedOutcome* outcome = Find(kOutcomes, Peek());
      if (outcome == nullptr) {
        return Expected("'exhausted', 'hang', 'livelock', 'no livelock', 'unknown', 'violation' or 'race'");
      }
      Take();
      ExpectedExploration& expected = expectation.explored.emplace_back();
      expected.outcome = *outcome;
      const bool may_name = *outcome == ExpectedOutcome::kViolation && !AtStatementEnd() && !Peek().IsWord("and");
      if (!may_name && *outcome != ExpectedOutcome::kRace) continue;
      std::vector<Name> names;
      if (!ParseInstance(names, may_name ? "the name of a lock or variable" : "the name of a variable")) return false;
      expected.name = names[0];
    } while (TakeWordIf("and"));
    return true;
  }

  bool ParseReason(Expectation& expectation) {
    const auto kind = Peek().kind == TokenKind::kWord ? ReasonKindFromString(Peek().text) : std::nullopt;
    if (!kind) return Expected("a reason, like 'exclusive-gate'");
    Take();
    ExpectedReason reason;
    reason.kind = *kind;
    if (TakeIf("(")) {
      reason.any_locks = false;
      if (!ParseList([&] { return ParseInstance(reason.locks); }) || !Require(")")) return false;
    }
    expectation.reasons.push_back(std::move(reason));
    return true;
  }

  bool ParseInstance(std::vector<Name>& names, const char* what = "the name of a lock or class") {
    LockRef lock;
    if (!ParseLock(lock, what)) return false;
    names.push_back({lock.ToString(), lock.name.at});
    return true;
  }

  bool ParsePath(std::vector<Name>& names, std::size_t at_least) {
    do {
      if (!ParseInstance(names)) return false;
    } while (TakeIf("->"));
    return names.size() >= at_least || Expected("'->'");
  }

  // --- Blocks ---------------------------------------------------------------------------------
  // `{`, then `element` at each thing in it, then `}`.
  template <typename Element>
  bool InBraces(Element element) {
    std::size_t ahead = 0;
    while (Peek(ahead).kind == TokenKind::kSeparator && Peek(ahead).text == "\n") ++ahead;
    if (Peek(ahead).Is("{")) {
      next_ += ahead;
    } else {
      Expected("'{'");
      if (!SkipToBlock()) return false;
    }
    const Position open = Take().at;
    if (depth_ == kBlockDepthMax) {
      errors_.push_back(
          {file_, open, "expected at most " + std::to_string(kBlockDepthMax) + " nested blocks, found more"});
      while (!AtEnd() && !Peek().Is("}")) Peek().Is("{") ? SkipStatement() : static_cast<void>(Take());
      TakeIf("}");
      return true;
    }
    ++depth_;
    for (SkipSeparators(); !AtEnd() && !Peek().Is("}"); SkipSeparators()) element();
    --depth_;
    if (TakeIf("}")) return true;
    errors_.push_back(
        {file_, Peek().at,
         "expected '}' for the '{' of line " + std::to_string(open.line) + ", found " + Peek().Describe()});
    return true;
  }

  bool ParseBlock(std::vector<Statement>& body) {
    return InBraces([&] {
      Statement statement;
      statement.at = Peek().at;
      if (!ParseStatement(statement)) return SkipStatement();
      EndStatement();
      body.push_back(std::move(statement));
    });
  }

  bool ParseElse(Statement& statement) {
    std::size_t ahead = 0;
    while (Peek(ahead).kind == TokenKind::kSeparator && Peek(ahead).text == "\n") ++ahead;
    if (!Peek(ahead).IsWord("else")) return true;
    next_ += ahead;
    Take();
    return ParseBlock(statement.otherwise);
  }

  // --- Statements -----------------------------------------------------------------------------
  bool StartsStatement() const {
    return Find(kTakes, Peek()) != nullptr || Find(kTries, Peek()) != nullptr || Find(kStatements, Peek()) != nullptr ||
           Peek().IsWord("yield") || Peek(1).Is("=");
  }

  bool ParseStatement(Statement& statement) {
    if (Peek(1).Is("=")) return ParseAssignment(statement);
    if (TakeWordIf("yield")) {
      statement.kind = StatementKind::kYield;
      return true;
    }
    const Acquisition* take = Find(kTakes, Peek());
    if (take == nullptr) take = Find(kTries, Peek());
    if (take != nullptr) {
      statement.kind = StatementKind::kTake;
      return ParseTake(*take, statement.take);
    }
    if (Find(kTimedTries, Peek()) != nullptr) return Expected("'if' before it: a timed lock may not be got");
    if (Peek().kind == TokenKind::kWord && IsHotplugStatement(Peek().text)) {
      statement.kind = StatementKind::kSubsystem;
      return ParseWords(statement.words);
    }
    const StatementKind* kind = Find(kStatements, Peek());
    if (kind == nullptr) return Expected("a statement");
    statement.kind = *kind;
    Take();
    return ParseStatementOf(statement);
  }

  bool ParseStatementOf(Statement& statement) {
    switch (statement.kind) {
      case StatementKind::kUnlock:
      case StatementKind::kDowngrade:
      case StatementKind::kSync:
      case StatementKind::kInit:
      case StatementKind::kDestroy: return ParseLock(statement.lock);
      case StatementKind::kAssert: return ParseAssert(statement);
      case StatementKind::kIn: return ParseIn(statement);
      case StatementKind::kIrqs:
      case StatementKind::kSoftirqs: return ParseOnOff(statement);
      case StatementKind::kReclass: return ParseReclass(statement);
      case StatementKind::kAwait: return ParseCondition(statement.condition);
      case StatementKind::kIfCondition: return ParseIf(statement);
      case StatementKind::kWait: return ParseName("a condition", statement.name) && ParseLock(statement.lock);
      case StatementKind::kSignal:
      case StatementKind::kBroadcast: return ParseName("a condition", statement.name);
      case StatementKind::kWaitFor:
      case StatementKind::kComplete:
      case StatementKind::kCompleteAll: return ParseName("a completion", statement.name);
      case StatementKind::kSpawn:
      case StatementKind::kJoin: return ParseName("a thread", statement.name);
      case StatementKind::kRepeat: return ParseRepeat(statement);
      case StatementKind::kLoop: return ParseBlock(statement.body);
      case StatementKind::kWhen:
        if (!ParseSetting(statement.setting) && !SkipToBlock()) return false;
        return ParseBlock(statement.body);
      case StatementKind::kRestart:
      case StatementKind::kBreak: return true;
      case StatementKind::kTake:
      case StatementKind::kIfTake:
      case StatementKind::kAssertThat:
      case StatementKind::kAssign:
      case StatementKind::kSubsystem:
      case StatementKind::kYield: break;
    }
    return false;
  }

  bool ParseTake(Acquisition how, workloads::Take& take) {
    Take();
    take.mode = how.mode;
    take.kind = how.kind;
    if (!ParseLock(take.lock)) return false;
    while (true) {
      const Token word = Peek();
      bool again = false;
      if (TakeWordIf("subclass")) {
        again = take.subclass.has_value();
        std::int64_t subclass = 0;
        if (!ParseSubclass(subclass)) return false;
        take.subclass = subclass;
      } else if (TakeWordIf("nest")) {
        again = take.nest.has_value();
        LockRef nest;
        if (!ParseLock(nest)) return false;
        take.nest = std::move(nest);
      } else if (TakeWordIf("recursive")) {
        again = std::exchange(take.recursive, true);
      } else if (TakeWordIf("nonrecursive")) {
        again = std::exchange(take.nonrecursive, true);
      } else if (TakeWordIf("timed")) {
        again = take.kind == Kind::kTimed;
        if (take.kind == Kind::kTrylock) {
          errors_.push_back({file_, word.at, "expected a call that waits, found 'timed' on a try"});
        } else {
          take.kind = Kind::kTimed;
        }
      } else {
        return true;
      }
      if (again) errors_.push_back({file_, word.at, "expected '" + word.text + "' once, found it again"});
    }
  }

  bool ParseAssignment(Statement& statement) {
    statement.kind = StatementKind::kAssign;
    if (!ParseName("a variable", statement.name)) return false;
    Take();
    return ParseExpression(statement.expression);
  }

  bool ParseExpression(Expression& expression) {
    if (Peek().kind == TokenKind::kInteger || Peek().Is("-")) return ParseSignedInteger("a number", expression.offset);
    Name variable;
    if (!ParseName("a number or a variable", variable)) return false;
    expression.variable = std::move(variable);
    if (TakeIf("+")) return ParseInteger("a number", expression.offset);
    return !Peek().Is("-") || ParseSignedInteger("a number", expression.offset);
  }

  bool ParseCondition(workloads::Condition& condition) {
    if (!ParseName("a variable", condition.variable)) return false;
    const Comparison* comparison = ComparisonHere(0);
    if (comparison == nullptr) return Expected("'==', '!=', '<', '<=', '>' or '>='");
    condition.comparison = *comparison;
    Take();
    return ParseExpression(condition.right);
  }

  const Comparison* ComparisonHere(std::size_t ahead) const {
    if (Peek(ahead).kind != TokenKind::kPunctuation) return nullptr;
    for (const auto& each : kComparisons) {
      if (Peek(ahead).text == each.word) return &each.meaning;
    }
    return nullptr;
  }

  bool ParseIf(Statement& statement) {
    const Acquisition* take = Find(kTries, Peek());
    if (take == nullptr) take = Find(kTimedTries, Peek());
    bool understood = false;
    if (take != nullptr && ComparisonHere(1) == nullptr) {
      statement.kind = StatementKind::kIfTake;
      understood = ParseTake(*take, statement.take);
    } else if (ComparisonHere(1) != nullptr) {
      understood = ParseCondition(statement.condition);
    } else {
      Expected("a try, like 'trylock a', or a condition, like 'x == 1'");
    }
    if (!understood && !SkipToBlock()) return false;
    return ParseBlock(statement.body) && ParseElse(statement);
  }

  bool ParseAssert(Statement& statement) {
    if (ComparisonHere(1) != nullptr) {
      statement.kind = StatementKind::kAssertThat;
      return ParseCondition(statement.condition);
    }
    const Assertion* assertion = Find(kAssertions, Peek());
    if (assertion == nullptr) return Expected("'held', 'shared', 'not-held' or a condition, like 'x == 1'");
    statement.assertion = *assertion;
    Take();
    return ParseLock(statement.lock);
  }

  bool ParseIn(Statement& statement) {
    const Context* context = Find(kContexts, Peek());
    if (context == nullptr) {
      Expected("'hardirq', 'hardirq-threaded', 'softirq' or 'signal'");
      if (!SkipToBlock()) return false;
    } else {
      statement.context = *context;
      Take();
    }
    return ParseBlock(statement.body);
  }

  bool ParseOnOff(Statement& statement) {
    statement.on = Peek().IsWord("on");
    return TakeWordIf("on") || TakeWordIf("off") || Expected("'on' or 'off'");
  }

  bool ParseReclass(Statement& statement) {
    if (!ParseLock(statement.lock) || !ParseName("the name of a class", statement.name)) return false;
    if (!TakeWordIf("subclass")) return true;
    std::int64_t subclass = 0;
    if (!ParseSubclass(subclass)) return false;
    statement.subclass = subclass;
    return true;
  }

  bool ParseRepeat(Statement& statement) {
    if (!ParseInteger("how many times", statement.count) && !SkipToBlock()) return false;
    return ParseBlock(statement.body);
  }

  const std::string_view text_;
  const std::string& file_;
  Tokens lexed_;
  std::vector<ScriptError> errors_;
  std::size_t next_ = 0;
  int depth_ = 0;
};

}  // namespace

ParseResult Parse(std::string_view text, std::string file) { return Parser(text, file).Run(); }

}  // namespace lockdep::workloads
