#include "tests/reference/lock_program_text.h"

#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "lockdep/check.h"

namespace lockdep::reference {
namespace {

using Code = LockProgram::Code;
using Comparison = LockProgram::Comparison;
using Op = LockProgram::Op;
using Words = std::vector<std::string>;

const std::pair<const char*, Comparison> kComparisons[] = {
    {"==", Comparison::kEqual},     {"!=", Comparison::kNotEqual}, {"<", Comparison::kLess},
    {"<=", Comparison::kLessEqual}, {">", Comparison::kGreater},   {">=", Comparison::kGreaterEqual}};

struct Taking {
  const char* word;
  Mode mode;
  Kind kind;
};
constexpr Taking kTakings[] = {
    {"lock", Mode::kExclusive, Kind::kBlocking},
    {"read", Mode::kShared, Kind::kBlocking},
    {"read-recursive", Mode::kRecursiveShared, Kind::kBlocking},
    {"try", Mode::kExclusive, Kind::kTrylock},
    {"try-read", Mode::kShared, Kind::kTrylock},
    {"try-read-recursive", Mode::kRecursiveShared, Kind::kTrylock},
    {"timed", Mode::kExclusive, Kind::kTimed},
    {"timed-read", Mode::kShared, Kind::kTimed},
    {"timed-read-recursive", Mode::kRecursiveShared, Kind::kTimed},
};

// Operations of one word and the name of a thing.
enum class Thing { kLock, kCondition, kCompletion, kThread };
struct Simple {
  const char* word;
  Code code;
  Thing thing;
  LockProgram::Assertion assertion = LockProgram::Assertion::kHeld;
};
constexpr Simple kSimple[] = {
    {"unlock", Code::kUnlock, Thing::kLock},
    {"downgrade", Code::kDowngrade, Thing::kLock},
    {"sync", Code::kSync, Thing::kLock},
    {"init", Code::kInit, Thing::kLock},
    {"destroy", Code::kDestroy, Thing::kLock},
    {"held", Code::kAssert, Thing::kLock, LockProgram::Assertion::kHeld},
    {"held-shared", Code::kAssert, Thing::kLock, LockProgram::Assertion::kHeldShared},
    {"not-held", Code::kAssert, Thing::kLock, LockProgram::Assertion::kNotHeld},
    {"signal", Code::kSignal, Thing::kCondition},
    {"broadcast", Code::kBroadcast, Thing::kCondition},
    {"wait-for", Code::kWaitFor, Thing::kCompletion},
    {"complete", Code::kComplete, Thing::kCompletion},
    {"complete-all", Code::kCompleteAll, Thing::kCompletion},
    {"spawn", Code::kSpawn, Thing::kThread},
    {"join", Code::kJoin, Thing::kThread},
};

constexpr LockType kTypes[] = {
    LockType::kMutex, LockType::kRecursiveMutex, LockType::kSpinLock,    LockType::kRawSpinLock,
    LockType::kRwSem, LockType::kRwLock,         LockType::kPercpuRwSem, LockType::kRcu,
    LockType::kSrcu,  LockType::kLocal,          LockType::kPseudo};

[[noreturn]] void Wrong(const std::string& what) {
  std::cerr << "lock program: " << what << '\n';
  std::abort();
}

Words WordsOf(const std::string& text) {
  std::istringstream in(text);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::vector<std::string> Split(std::string_view text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at) {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

bool IsNumber(const std::string& word) {
  return !word.empty() && (std::isdigit(static_cast<unsigned char>(word[0])) != 0 || word[0] == '-');
}

class Reader {
 public:
  LockProgram Read(std::string_view text) {
    std::vector<std::string> threads;
    for (const std::string& line : Split(text, '\n')) {
      if (WordsOf(line).empty()) continue;
      if (WordsOf(line)[0] == "thread") {
        threads.push_back(line);
        AddThread(line);
      } else {
        for (const std::string& part : Split(line, ';')) Declare(WordsOf(part));
      }
    }
    for (std::size_t i = 0; i < threads.size(); ++i) AddOps(program_.threads[i], threads[i]);
    const std::string wrong = Validate(program_);
    if (!wrong.empty()) Wrong(wrong);
    return std::move(program_);
  }

 private:
  void Declare(const Words& words) {
    if (words.empty()) return;
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[0] == "var" || words[0] == "plain") {
        variables_[words[i]] = static_cast<int>(program_.variables.size());
        LockProgram::Variable variable{words[i], 0, words[0] == "plain"};
        if (i + 2 < words.size() && words[i + 1] == "=") {
          variable.value = std::stoll(words[i + 2]);
          i += 2;
        }
        program_.variables.push_back(variable);
      } else if (words[0] == "condition") {
        conditions_[words[i]] = program_.condition_count++;
      } else if (words[0] == "completion") {
        completions_[words[i]] = program_.completion_count++;
      } else {
        locks_[words[i]] = static_cast<int>(program_.locks.size());
        program_.locks.push_back({words[i], TypeOf(words[0])});
      }
    }
  }

  static LockType TypeOf(const std::string& word) {
    for (const LockType type : kTypes) {
      if (ToString(type) == word) return type;
    }
    Wrong("no such type: " + word);
  }

  void AddThread(const std::string& line) {
    const Words words = WordsOf(line.substr(0, line.find(':')));
    LockProgram::Thread thread;
    thread.name = words.at(1);
    for (std::size_t i = 2; i < words.size(); ++i) {
      if (words[i] == "spawned") {
        thread.spawned = true;
      } else {
        thread.count = std::stoi(words[i].substr(1));
      }
    }
    threads_[thread.name] = static_cast<int>(program_.threads.size());
    program_.threads.push_back(thread);
  }

  void AddOps(LockProgram::Thread& thread, const std::string& line) {
    labels_.clear();
    std::vector<Words> statements;
    for (const std::string& part : Split(line.substr(line.find(':') + 1), ';')) {
      Words words = WordsOf(part);
      while (!words.empty() && words[0].back() == ':') {
        labels_[words[0].substr(0, words[0].size() - 1)] = static_cast<int>(statements.size());
        words.erase(words.begin());
      }
      if (!words.empty()) statements.push_back(words);
    }
    for (Words& words : statements) thread.ops.push_back(OpFrom(words, thread));
    thread.ops.emplace_back();
  }

  static int Find(const std::map<std::string, int>& names, const std::string& name) {
    const auto found = names.find(name);
    if (found == names.end()) Wrong("no such name: " + name);
    return found->second;
  }

  Op OpFrom(Words words, LockProgram::Thread& thread) {
    Op op;
    if (words.back() == "?") {
      op.free_choice = true;
      words.pop_back();
    }
    if (words.size() > 2 && words[words.size() - 2] == "->") {
      op.target = Find(labels_, words.back());
      words.resize(words.size() - 2);
    }
    if (words.size() > 2 && words[1] == "=") {
      op.code = Code::kAssign;
      op.number = Find(variables_, words[0]);
      op.expression = ExpressionFrom(words, 2);
      return op;
    }
    if (ReadSimple(words, op) || ReadTake(words, op)) return op;
    ReadOther(words, op, thread);
    return op;
  }

  bool ReadSimple(const Words& words, Op& op) {
    for (const Simple& simple : kSimple) {
      if (words[0] != simple.word) continue;
      op.code = simple.code;
      op.assertion = simple.assertion;
      switch (simple.thing) {
        case Thing::kLock: op.lock = Find(locks_, words.at(1)); break;
        case Thing::kCondition: op.number = Find(conditions_, words.at(1)); break;
        case Thing::kCompletion: op.number = Find(completions_, words.at(1)); break;
        case Thing::kThread: op.number = Find(threads_, words.at(1)); break;
      }
      return true;
    }
    return false;
  }

  bool ReadTake(const Words& words, Op& op) {
    for (const Taking& taking : kTakings) {
      if (words[0] != taking.word) continue;
      op.code = Code::kTake;
      op.mode = taking.mode;
      op.kind = taking.kind;
      op.lock = Find(locks_, words.at(1));
      return true;
    }
    return false;
  }

  void ReadOther(const Words& words, Op& op, LockProgram::Thread& thread) {
    if (words[0] == "await" || words[0] == "unless" || words[0] == "assert") {
      op.code = words[0] == "await" ? Code::kAwait : words[0] == "unless" ? Code::kJumpUnless : Code::kAssert;
      op.condition.variable = Find(variables_, words.at(1));
      for (const auto& [word, comparison] : kComparisons) {
        if (words.at(2) == word) op.condition.comparison = comparison;
      }
      op.condition.right = ExpressionFrom(words, 3);
    } else if (words[0] == "jump" || words[0] == "choose") {
      op.code = words[0] == "jump" ? Code::kJump : Code::kChoose;
      op.target = Find(labels_, words.at(1));
    } else if (words[0] == "repeat" || words[0] == "next") {
      op.code = words[0] == "repeat" ? Code::kCountStart : Code::kCountNext;
      if (words[0] == "repeat") op.count = std::stoll(words.at(1));
      op.number = std::stoi(words.back());
      thread.counters = std::max(thread.counters, op.number + 1);
    } else if (words[0] == "wait") {
      op.code = Code::kWait;
      op.number = Find(conditions_, words.at(1));
      op.lock = Find(locks_, words.at(2));
    } else if (words[0] == "yield") {
      op.code = Code::kYield;
    } else {
      Wrong("no such operation: " + words[0]);
    }
  }

  LockProgram::Expression ExpressionFrom(const Words& words, std::size_t at) {
    LockProgram::Expression expression;
    if (IsNumber(words.at(at))) {
      expression.offset = std::stoll(words[at]);
      return expression;
    }
    expression.variable = Find(variables_, words.at(at));
    if (at + 2 < words.size()) expression.offset = std::stoll(words[at + 2]) * (words[at + 1] == "-" ? -1 : 1);
    return expression;
  }

  LockProgram program_;
  std::map<std::string, int> locks_, variables_, conditions_, completions_, threads_, labels_;
};

class Writer {
 public:
  explicit Writer(const LockProgram& program) : program_(program) {}

  std::string Write() {
    for (const auto& lock : program_.locks) text_ += std::string(ToString(lock.type)) + " " + lock.name + "; ";
    for (const auto& variable : program_.variables) {
      text_ += (variable.plain ? "plain " : "var ") + variable.name + " = " + std::to_string(variable.value) + "; ";
    }
    for (int i = 0; i < program_.condition_count; ++i) text_ += "condition c" + std::to_string(i) + "; ";
    for (int i = 0; i < program_.completion_count; ++i) text_ += "completion d" + std::to_string(i) + "; ";
    for (const auto& thread : program_.threads) {
      text_ += "\nthread " + thread.name + " x" + std::to_string(thread.count) + (thread.spawned ? " spawned:" : ":");
      for (std::size_t i = 0; i < thread.ops.size(); ++i) {
        text_ += " l" + std::to_string(i) + ": ";
        if (thread.ops[i].code != Code::kEnd) text_ += TextOf(thread.ops[i]) + ";";
      }
    }
    return text_ + "\n";
  }

 private:
  static std::string Label(int op) { return "l" + std::to_string(op); }
  const std::string& LockName(const Op& op) const { return program_.locks[static_cast<std::size_t>(op.lock)].name; }
  const std::string& VariableName(int i) const { return program_.variables[static_cast<std::size_t>(i)].name; }

  std::string ExpressionText(const LockProgram::Expression& expression) const {
    if (expression.variable == LockProgram::kNone) return std::to_string(expression.offset);
    return VariableName(expression.variable) + " + " + std::to_string(expression.offset);
  }

  std::string ConditionText(const LockProgram::Condition& condition) const {
    std::string text = VariableName(condition.variable);
    for (const auto& [word, comparison] : kComparisons) {
      if (condition.comparison == comparison) text += std::string(" ") + word + " ";
    }
    return text + ExpressionText(condition.right);
  }

  std::string TextOf(const Op& op) const {
    std::string text;
    for (const Simple& simple : kSimple) {
      if (simple.code != op.code || (op.code == Code::kAssert && simple.assertion != op.assertion)) continue;
      if (op.code == Code::kAssert && op.lock == LockProgram::kNone) continue;
      text = simple.word + std::string(" ");
      switch (simple.thing) {
        case Thing::kLock: text += LockName(op); break;
        case Thing::kCondition: text += "c" + std::to_string(op.number); break;
        case Thing::kCompletion: text += "d" + std::to_string(op.number); break;
        case Thing::kThread: text += program_.threads[static_cast<std::size_t>(op.number)].name; break;
      }
    }
    if (text.empty()) text = OtherText(op);
    if (op.target != LockProgram::kNone && op.code != Code::kJump && op.code != Code::kChoose) {
      text += " -> " + Label(op.target);
    }
    return text + (op.free_choice ? " ?" : "");
  }

  std::string OtherText(const Op& op) const {
    switch (op.code) {
      case Code::kTake:
        for (const Taking& taking : kTakings) {
          if (taking.mode == op.mode && taking.kind == op.kind) return std::string(taking.word) + " " + LockName(op);
        }
        return "?";
      case Code::kAssign: return VariableName(op.number) + " = " + ExpressionText(op.expression);
      case Code::kAwait: return "await " + ConditionText(op.condition);
      case Code::kAssert: return "assert " + ConditionText(op.condition);
      case Code::kJumpUnless: return "unless " + ConditionText(op.condition);
      case Code::kJump: return "jump " + Label(op.target);
      case Code::kChoose: return "choose " + Label(op.target);
      case Code::kCountStart: return "repeat " + std::to_string(op.count) + " " + std::to_string(op.number);
      case Code::kCountNext: return "next " + std::to_string(op.number);
      case Code::kWait: return "wait c" + std::to_string(op.number) + " " + LockName(op);
      case Code::kYield: return "yield";
      default: return "?";
    }
  }

  const LockProgram& program_;
  std::string text_;
};

}  // namespace

LockProgram LockProgramFrom(std::string_view text) { return Reader().Read(text); }
std::string ToText(const LockProgram& program) { return Writer(program).Write(); }

}  // namespace lockdep::reference
