#include "workloads/expectation_parser.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "workloads/keywords.h"

namespace lockdep::workloads {
namespace {

constexpr std::array<Word<ExpectedOutcome>, 6> kOutcomes = {{{"exhausted", ExpectedOutcome::kExhausted},
                                                             {"hang", ExpectedOutcome::kHang},
                                                             {"livelock", ExpectedOutcome::kLivelock},
                                                             {"unknown", ExpectedOutcome::kUnknown},
                                                             {"violation", ExpectedOutcome::kViolation},
                                                             {"race", ExpectedOutcome::kRace}}};

bool ParseInstance(TokenStream& in, std::vector<Name>& names, const char* what = "the name of a lock or class") {
  LockRef lock;
  if (!in.ParseLock(lock, what)) return false;
  names.push_back({lock.ToString(), lock.name.at});
  return true;
}

bool ParsePath(TokenStream& in, std::vector<Name>& names, std::size_t at_least) {
  do {
    if (!ParseInstance(in, names)) return false;
  } while (in.TakeIf("->"));
  return names.size() >= at_least || in.Expected("'->'");
}

bool ParseReason(TokenStream& in, Expectation& expectation) {
  const auto kind = in.Peek().kind == TokenKind::kWord ? ReasonKindFromString(in.Peek().text) : std::nullopt;
  if (!kind) return in.Expected("a reason, like 'exclusive-gate'");
  in.Take();
  ExpectedReason reason;
  reason.kind = *kind;
  if (in.TakeIf("(")) {
    reason.any_locks = false;
    if (!in.ParseList([&] { return ParseInstance(in, reason.locks); }) || !in.Require(")")) return false;
  }
  expectation.reasons.push_back(std::move(reason));
  return true;
}

bool ParseExpectedFinding(TokenStream& in, Expectation& expectation) {
  expectation.kind = ExpectationKind::kFinding;
  // A word of a kind is a kind only if a name follows; else it is a name.
  const bool name_follows =
      in.Peek(1).kind == TokenKind::kQuoted || (in.Peek(1).kind == TokenKind::kWord && !in.Peek(1).IsWord("verdict"));
  if (in.Peek().kind == TokenKind::kWord && name_follows) {
    expectation.finding_kind = FindingKindFromString(in.Peek().text);
    if (!expectation.finding_kind) return in.Expected("a kind of finding or a name");
    in.Take();
  }
  if (!ParsePath(in, expectation.names, 1)) return false;
  if (!in.TakeWordIf("verdict")) return true;
  if (in.Peek().kind == TokenKind::kWord) expectation.verdict = VerdictFromString(in.Peek().text);
  if (!expectation.verdict) return in.Expected("'real', 'predicted', 'false' or 'unknown'");
  in.Take();
  if (!in.TakeWordIf("because")) return true;
  expectation.only_these_reasons = in.TakeWordIf("only");
  do {
    if (!ParseReason(in, expectation)) return false;
  } while (in.TakeWordIf("and"));
  return true;
}

bool ParseExpectedExploration(TokenStream& in, Expectation& expectation) {
  expectation.kind = ExpectationKind::kExplore;
  do {
    if (in.TakeWordIf("no")) {
      if (!in.TakeWordIf("livelock")) return in.Expected("'livelock'");
      expectation.explored.emplace_back().outcome = ExpectedOutcome::kNoLivelock;
      continue;
    }
    const ExpectedOutcome* outcome = Find(kOutcomes, in.Peek());
    if (outcome == nullptr) {
      return in.Expected("'exhausted', 'hang', 'livelock', 'no livelock', 'unknown', 'violation' or 'race'");
    }
    in.Take();
    ExpectedExploration& expected = expectation.explored.emplace_back();
    expected.outcome = *outcome;
    const bool may_name = *outcome == ExpectedOutcome::kViolation && !in.AtStatementEnd() && !in.Peek().IsWord("and");
    if (!may_name && *outcome != ExpectedOutcome::kRace) continue;
    std::vector<Name> names;
    if (!ParseInstance(in, names, may_name ? "the name of a lock or variable" : "the name of a variable")) return false;
    expected.name = names[0];
  } while (in.TakeWordIf("and"));
  return true;
}

bool ParseExpectationBody(TokenStream& in, Expectation& expectation) {
  if (in.TakeWordIf("finding")) return ParseExpectedFinding(in, expectation);
  if (in.TakeWordIf("order")) {
    expectation.kind = ExpectationKind::kOrder;
    return ParsePath(in, expectation.names, 2);
  }
  if (in.TakeWordIf("explore")) return ParseExpectedExploration(in, expectation);
  if (!in.TakeWordIf("no")) return in.Expected("'finding', 'order', 'explore' or 'no'");
  if (in.TakeWordIf("finding")) {
    expectation.kind = ExpectationKind::kNoFinding;
    return true;
  }
  if (!in.TakeWordIf("order")) return in.Expected("'finding' or 'order'");
  expectation.kind = ExpectationKind::kNoOrder;
  const Position at = in.Peek().at;
  if (!ParsePath(in, expectation.names, 2)) return false;
  if (expectation.names.size() == 2) return true;
  in.Mistake(at, "expected two names, found " + std::to_string(expectation.names.size()));
  return false;
}

}  // namespace

bool ParseExpectation(TokenStream& in, Expectation& expectation) {
  const std::size_t begin = in.Peek().begin;
  expectation.at = in.Take().at;
  if (!ParseExpectationBody(in, expectation)) return false;
  expectation.text = in.TextSince(begin);
  return true;
}

}  // namespace lockdep::workloads
