#include "workloads/expectation_contradictions.h"

#include <cstddef>

namespace lockdep::workloads {
namespace {

using Expectations = std::vector<Expectation>;

// What is reached is a finding, but for a livelock, which is a warning.
void CheckNothingReached(const Expectation& none, const Expectations& expectations, ScriptErrors& errors) {
  for (const Expectation& each : expectations) {
    for (const ExpectedExploration& expected : each.explored) {
      const bool finding = expected.outcome == ExpectedOutcome::kHang ||
                           expected.outcome == ExpectedOutcome::kViolation ||
                           expected.outcome == ExpectedOutcome::kRace;
      if (!finding) continue;
      errors.Add(none.at, "expected no contradiction, found 'expect no finding' beside what exploring finds by " +
                              LineOf(each.at));
    }
  }
}

void CheckSearched(const Expectations& expectations, ScriptErrors& errors) {
  const auto line_with = [&](ExpectedOutcome outcome) -> const Expectation* {
    for (const Expectation& each : expectations) {
      for (const ExpectedExploration& expected : each.explored) {
        if (expected.outcome == outcome) return &each;
      }
    }
    return nullptr;
  };
  const Expectation* livelock = line_with(ExpectedOutcome::kLivelock);
  const Expectation* no_livelock = line_with(ExpectedOutcome::kNoLivelock);
  if (livelock != nullptr && no_livelock != nullptr) {
    errors.Add(no_livelock->at,
               "expected no contradiction, found 'no livelock' beside the 'livelock' of " + LineOf(livelock->at));
  }
  const Expectation* exhausted = line_with(ExpectedOutcome::kExhausted);
  const Expectation* unknown = line_with(ExpectedOutcome::kUnknown);
  if (exhausted == nullptr || unknown == nullptr) return;
  errors.Add(unknown->at,
             "expected no contradiction, found 'explore unknown' beside the 'exhausted' of " + LineOf(exhausted->at));
}

void CheckOrders(const Expectations& expectations, ScriptErrors& errors) {
  for (const Expectation& wanted : expectations) {
    if (wanted.kind != ExpectationKind::kOrder) continue;
    for (const Expectation& unwanted : expectations) {
      if (unwanted.kind != ExpectationKind::kNoOrder) continue;
      for (std::size_t i = 0; i + 1 < wanted.names.size(); ++i) {
        if (wanted.names[i].text != unwanted.names[0].text || wanted.names[i + 1].text != unwanted.names[1].text)
          continue;
        errors.Add(unwanted.at,
                   "expected no contradiction, found 'expect no order' beside the order of " + LineOf(wanted.at));
      }
    }
  }
}

}  // namespace

void CheckContradictions(const std::vector<Expectation>& expectations, ScriptErrors& errors) {
  const Expectation* none = nullptr;
  const Expectation* some = nullptr;
  for (const Expectation& each : expectations) {
    if (each.kind == ExpectationKind::kNoFinding) none = &each;
    if (each.kind == ExpectationKind::kFinding && some == nullptr) some = &each;
  }
  if (none != nullptr && some != nullptr) {
    errors.Add(none->at,
               "expected no contradiction, found 'expect no finding' beside the finding of " + LineOf(some->at));
  }
  if (none != nullptr) CheckNothingReached(*none, expectations, errors);
  CheckSearched(expectations, errors);
  CheckOrders(expectations, errors);
}

}  // namespace lockdep::workloads
