#include "workloads/statement_parser.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "workloads/hotplug_lines.h"
#include "workloads/keywords.h"

namespace lockdep::workloads {
namespace {

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

constexpr std::array<Word<Comparison>, 6> kComparisons = {{{"==", Comparison::kEqual},
                                                           {"!=", Comparison::kNotEqual},
                                                           {"<", Comparison::kLess},
                                                           {"<=", Comparison::kLessEqual},
                                                           {">", Comparison::kGreater},
                                                           {">=", Comparison::kGreaterEqual}}};

const Comparison* ComparisonHere(TokenStream& in, std::size_t ahead) {
  if (in.Peek(ahead).kind != TokenKind::kPunctuation) return nullptr;
  for (const auto& each : kComparisons) {
    if (in.Peek(ahead).text == each.word) return &each.meaning;
  }
  return nullptr;
}

bool ParseTake(TokenStream& in, Acquisition how, workloads::Take& take) {
  in.Take();
  take.mode = how.mode;
  take.kind = how.kind;
  if (!in.ParseLock(take.lock)) return false;
  while (true) {
    const Token word = in.Peek();
    bool again = false;
    if (in.TakeWordIf("subclass")) {
      again = take.subclass.has_value();
      std::int64_t subclass = 0;
      if (!in.ParseSubclass(subclass)) return false;
      take.subclass = subclass;
    } else if (in.TakeWordIf("nest")) {
      again = take.nest.has_value();
      LockRef nest;
      if (!in.ParseLock(nest)) return false;
      take.nest = std::move(nest);
    } else if (in.TakeWordIf("recursive")) {
      again = std::exchange(take.recursive, true);
    } else if (in.TakeWordIf("nonrecursive")) {
      again = std::exchange(take.nonrecursive, true);
    } else if (in.TakeWordIf("timed")) {
      again = take.kind == Kind::kTimed;
      if (take.kind == Kind::kTrylock) {
        in.Mistake(word.at, "expected a call that waits, found 'timed' on a try");
      } else {
        take.kind = Kind::kTimed;
      }
    } else {
      return true;
    }
    if (again) in.Mistake(word.at, "expected '" + word.text + "' once, found it again");
  }
}

bool ParseExpression(TokenStream& in, Expression& expression) {
  if (in.Peek().kind == TokenKind::kInteger || in.Peek().Is("-"))
    return in.ParseSignedInteger("a number", expression.offset);
  Name variable;
  if (!in.ParseName("a number or a variable", variable)) return false;
  expression.variable = std::move(variable);
  if (in.TakeIf("+")) return in.ParseInteger("a number", expression.offset);
  return !in.Peek().Is("-") || in.ParseSignedInteger("a number", expression.offset);
}

bool ParseAssignment(TokenStream& in, Statement& statement) {
  statement.kind = StatementKind::kAssign;
  if (!in.ParseName("a variable", statement.name)) return false;
  in.Take();
  return ParseExpression(in, statement.expression);
}

bool ParseCondition(TokenStream& in, workloads::Condition& condition) {
  if (!in.ParseName("a variable", condition.variable)) return false;
  const Comparison* comparison = ComparisonHere(in, 0);
  if (comparison == nullptr) return in.Expected("'==', '!=', '<', '<=', '>' or '>='");
  condition.comparison = *comparison;
  in.Take();
  return ParseExpression(in, condition.right);
}

// Nothing, or `else` and its block.
bool ParseElse(TokenStream& in, Statement& statement) {
  return !in.TakeWordBehindLinesIf("else") || ParseBlock(in, statement.otherwise);
}

bool ParseIf(TokenStream& in, Statement& statement) {
  const Acquisition* take = Find(kTries, in.Peek());
  if (take == nullptr) take = Find(kTimedTries, in.Peek());
  bool understood = false;
  if (take != nullptr && ComparisonHere(in, 1) == nullptr) {
    statement.kind = StatementKind::kIfTake;
    understood = ParseTake(in, *take, statement.take);
  } else if (ComparisonHere(in, 1) != nullptr) {
    understood = ParseCondition(in, statement.condition);
  } else {
    in.Expected("a try, like 'trylock a', or a condition, like 'x == 1'");
  }
  if (!understood && !in.SkipToBlock()) return false;
  return ParseBlock(in, statement.body) && ParseElse(in, statement);
}

bool ParseAssert(TokenStream& in, Statement& statement) {
  if (ComparisonHere(in, 1) != nullptr) {
    statement.kind = StatementKind::kAssertThat;
    return ParseCondition(in, statement.condition);
  }
  const Assertion* assertion = Find(kAssertions, in.Peek());
  if (assertion == nullptr) return in.Expected("'held', 'shared', 'not-held' or a condition, like 'x == 1'");
  statement.assertion = *assertion;
  in.Take();
  return in.ParseLock(statement.lock);
}

bool ParseIn(TokenStream& in, Statement& statement) {
  const Context* context = Find(kContexts, in.Peek());
  if (context == nullptr) {
    in.Expected("'hardirq', 'hardirq-threaded', 'softirq' or 'signal'");
    if (!in.SkipToBlock()) return false;
  } else {
    statement.context = *context;
    in.Take();
  }
  return ParseBlock(in, statement.body);
}

bool ParseOnOff(TokenStream& in, Statement& statement) {
  statement.on = in.Peek().IsWord("on");
  return in.TakeWordIf("on") || in.TakeWordIf("off") || in.Expected("'on' or 'off'");
}

bool ParseReclass(TokenStream& in, Statement& statement) {
  if (!in.ParseLock(statement.lock) || !in.ParseName("the name of a class", statement.name)) return false;
  if (!in.TakeWordIf("subclass")) return true;
  std::int64_t subclass = 0;
  if (!in.ParseSubclass(subclass)) return false;
  statement.subclass = subclass;
  return true;
}

bool ParseRepeat(TokenStream& in, Statement& statement) {
  if (!in.ParseInteger("how many times", statement.count) && !in.SkipToBlock()) return false;
  return ParseBlock(in, statement.body);
}

bool ParseStatementOf(TokenStream& in, Statement& statement) {
  switch (statement.kind) {
    case StatementKind::kUnlock:
    case StatementKind::kDowngrade:
    case StatementKind::kSync:
    case StatementKind::kInit:
    case StatementKind::kDestroy: return in.ParseLock(statement.lock);
    case StatementKind::kAssert: return ParseAssert(in, statement);
    case StatementKind::kIn: return ParseIn(in, statement);
    case StatementKind::kIrqs:
    case StatementKind::kSoftirqs: return ParseOnOff(in, statement);
    case StatementKind::kReclass: return ParseReclass(in, statement);
    case StatementKind::kAwait: return ParseCondition(in, statement.condition);
    case StatementKind::kIfCondition: return ParseIf(in, statement);
    case StatementKind::kWait: return in.ParseName("a condition", statement.name) && in.ParseLock(statement.lock);
    case StatementKind::kSignal:
    case StatementKind::kBroadcast: return in.ParseName("a condition", statement.name);
    case StatementKind::kWaitFor:
    case StatementKind::kComplete:
    case StatementKind::kCompleteAll: return in.ParseName("a completion", statement.name);
    case StatementKind::kSpawn:
    case StatementKind::kJoin: return in.ParseName("a thread", statement.name);
    case StatementKind::kRepeat: return ParseRepeat(in, statement);
    case StatementKind::kLoop: return ParseBlock(in, statement.body);
    case StatementKind::kWhen:
      if (!in.ParseSetting(statement.setting) && !in.SkipToBlock()) return false;
      return ParseBlock(in, statement.body);
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

bool ParseStatement(TokenStream& in, Statement& statement) {
  if (in.Peek(1).Is("=")) return ParseAssignment(in, statement);
  if (in.TakeWordIf("yield")) {
    statement.kind = StatementKind::kYield;
    return true;
  }
  const Acquisition* take = Find(kTakes, in.Peek());
  if (take == nullptr) take = Find(kTries, in.Peek());
  if (take != nullptr) {
    statement.kind = StatementKind::kTake;
    return ParseTake(in, *take, statement.take);
  }
  if (Find(kTimedTries, in.Peek()) != nullptr) return in.Expected("'if' before it: a timed lock may not be got");
  if (in.Peek().kind == TokenKind::kWord && IsHotplugStatement(in.Peek().text)) {
    statement.kind = StatementKind::kSubsystem;
    return in.ParseWords(statement.words);
  }
  const StatementKind* kind = Find(kStatements, in.Peek());
  if (kind == nullptr) return in.Expected("a statement");
  statement.kind = *kind;
  in.Take();
  return ParseStatementOf(in, statement);
}

}  // namespace

bool StartsStatement(const TokenStream& in) {
  return Find(kTakes, in.Peek()) != nullptr || Find(kTries, in.Peek()) != nullptr ||
         Find(kStatements, in.Peek()) != nullptr || in.Peek().IsWord("yield") || in.Peek(1).Is("=");
}

bool ParseBlock(TokenStream& in, std::vector<Statement>& body) {
  return in.InBraces([&] {
    Statement statement;
    statement.at = in.Peek().at;
    if (!ParseStatement(in, statement)) return in.SkipStatement();
    in.EndStatement();
    body.push_back(std::move(statement));
  });
}

}  // namespace lockdep::workloads
