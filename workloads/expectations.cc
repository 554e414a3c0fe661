#include "workloads/expectations.h"

#include <algorithm>

namespace lockdep::workloads {
namespace {

std::string WithSubclass(const std::string& name, int subclass) {
  return subclass == 0 ? name : name + "/" + std::to_string(subclass);
}

std::string ClassOf(const Program& program, const ProgramLock& lock) {
  return lock.lock_class == kNone ? "" : program.classes[static_cast<std::size_t>(lock.lock_class)].name;
}

bool IsCycle(FindingKind kind) {
  return kind == FindingKind::kCircular || kind == FindingKind::kHang || kind == FindingKind::kLivelock;
}

std::vector<const FindingLock*> OwnLocks(const Finding& finding) {
  std::vector<const FindingLock*> locks;
  const auto own = std::min(static_cast<std::size_t>(std::max(finding.cycle_length, 0)), finding.locks.size());
  for (std::size_t i = 0; i < own; ++i) locks.push_back(&finding.locks[i]);
  return locks;
}

bool MatchesInRotation(const Program& program, const std::vector<Name>& names,
                       const std::vector<const FindingLock*>& locks) {
  if (names.size() != locks.size()) return false;
  for (std::size_t shift = 0; shift < locks.size(); ++shift) {
    bool all = true;
    for (std::size_t i = 0; all && i < names.size(); ++i) {
      all = LockIsNamed(program, names[i].text, *locks[(i + shift) % locks.size()]);
    }
    if (all) return true;
  }
  return false;
}

// Gives `name` a lock of its own, moving others to theirs where needed (Kuhn's augmenting paths).
bool Assign(const std::vector<std::vector<bool>>& fits, std::size_t name, std::vector<bool>& tried,
            std::vector<int>& owner) {
  for (std::size_t lock = 0; lock < owner.size(); ++lock) {
    if (!fits[name][lock] || tried[lock]) continue;
    tried[lock] = true;
    if (owner[lock] >= 0 && !Assign(fits, static_cast<std::size_t>(owner[lock]), tried, owner)) continue;
    owner[lock] = static_cast<int>(name);
    return true;
  }
  return false;
}

// Whether the names are exactly these locks, in any order.
bool MatchesAsSet(const Program& program, const std::vector<Name>& names,
                  const std::vector<const FindingLock*>& locks) {
  if (names.size() != locks.size()) return false;
  std::vector<std::vector<bool>> fits(names.size(), std::vector<bool>(locks.size()));
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t k = 0; k < locks.size(); ++k) fits[i][k] = LockIsNamed(program, names[i].text, *locks[k]);
  }
  std::vector<int> owner(locks.size(), -1);
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::vector<bool> tried(locks.size(), false);
    if (!Assign(fits, i, tried, owner)) return false;
  }
  return true;
}

bool IsReason(const Program& program, const ExpectedReason& wanted, const Finding& finding, const Reason& reason) {
  if (reason.kind != wanted.kind) return false;
  if (wanted.any_locks) return true;
  std::vector<const FindingLock*> locks;
  for (const int lock : reason.locks) locks.push_back(&finding.locks[static_cast<std::size_t>(lock)]);
  return MatchesAsSet(program, wanted.locks, locks);
}

// Whether the finding has all reasons of the line and, if the line says so, no others.
bool HasReasons(const Program& program, const Expectation& line, const Finding& finding) {
  const auto found = [&](const ExpectedReason& wanted) {
    return std::any_of(finding.reasons.begin(), finding.reasons.end(),
                       [&](const Reason& reason) { return IsReason(program, wanted, finding, reason); });
  };
  const auto wanted = [&](const Reason& reason) {
    return std::any_of(line.reasons.begin(), line.reasons.end(),
                       [&](const ExpectedReason& each) { return IsReason(program, each, finding, reason); });
  };
  return std::all_of(line.reasons.begin(), line.reasons.end(), found) &&
         (!line.only_these_reasons || std::all_of(finding.reasons.begin(), finding.reasons.end(), wanted));
}

// Whether a name in `expect order` means the node: itself, or a lock of the class under whatever
// subclass it was taken.
bool NamesNode(const Program& program, const std::string& name, const std::string& node) {
  if (name == node) return true;
  return std::any_of(program.locks.begin(), program.locks.end(), [&](const ProgramLock& lock) {
    if (lock.name != name && lock.family != name) return false;
    const std::string lock_class = ClassOf(program, lock);
    if (lock_class.empty()) return lock.name == node;
    return node == lock_class || node.starts_with(lock_class + "/");
  });
}

bool HasDependency(const Program& program, const std::vector<std::pair<std::string, std::string>>& dependencies,
                   const std::string& held, const std::string& wanted) {
  return std::any_of(dependencies.begin(), dependencies.end(), [&](const auto& each) {
    return NamesNode(program, held, each.first) && NamesNode(program, wanted, each.second);
  });
}

// Whether the line is about a violation or a race like this one.
bool Covers(const Program& program, const ExpectedExploration& expected, const Finding& finding) {
  const bool fits = (expected.outcome == ExpectedOutcome::kViolation && finding.kind == FindingKind::kInvariant) ||
                    (expected.outcome == ExpectedOutcome::kRace && finding.kind == FindingKind::kDataRace);
  const std::vector<const FindingLock*> locks = OwnLocks(finding);
  // An invariant of a machine is called by the number that its text begins with: "I4: ...".
  if (fits && expected.name && finding.detail.starts_with(expected.name->text + ":")) return true;
  return fits && (!expected.name || std::any_of(locks.begin(), locks.end(), [&](const FindingLock* lock) {
           return LockIsNamed(program, expected.name->text, *lock);
         }));
}

class Checker {
 public:
  Checker(const Program& program, const std::vector<Finding>& findings,
          const std::vector<std::pair<std::string, std::string>>& dependencies, const Explored* explored)
      : program_(program), findings_(findings), dependencies_(dependencies), explored_(explored) {}

  CheckResult Run() {
    result_.expected.assign(findings_.size(), false);
    for (const Expectation& each : program_.expectations) {
      decided_ = true;
      const bool met = Check(each);
      result_.outcomes.push_back({each.text, each.at, met, decided_});
    }
    result_.unexpected.resize(findings_.size());
    for (std::size_t i = 0; i < findings_.size(); ++i) {
      if (result_.expected[i]) continue;
      result_.unexpected[i] = "unexpected finding: " + Summary(findings_[i]) + Where(findings_[i]);
      result_.mismatches.push_back(result_.unexpected[i]);
    }
    return std::move(result_);
  }

 private:
  bool Check(const Expectation& expectation) {
    switch (expectation.kind) {
      case ExpectationKind::kFinding: return CheckFinding(expectation);
      case ExpectationKind::kOrder: return CheckOrder(expectation);
      case ExpectationKind::kNoFinding:
        return findings_.empty() || Miss(expectation, "found " + std::to_string(findings_.size()));
      case ExpectationKind::kNoOrder:
        return !HasDependency(program_, dependencies_, expectation.names[0].text, expectation.names[1].text) ||
               Miss(expectation, "it was recorded");
      case ExpectationKind::kExplore: return CheckExplored(expectation);
    }
    return false;
  }

  bool CheckFinding(const Expectation& expectation) {
    bool met = false;
    std::string near;
    for (std::size_t i = 0; i < findings_.size(); ++i) {
      if (Matches(expectation, findings_[i])) {
        result_.expected[i] = true;
        met = true;
      } else if (NamesFinding(program_, expectation, findings_[i])) {
        near += (near.empty() ? "found instead: " : "; ") + Summary(findings_[i]);
      }
    }
    if (!met && explored_ == nullptr && near.empty() && IsForSearch(expectation)) {
      decided_ = false;
      return true;
    }
    return met || Miss(expectation, near.empty() ? "not found" : near);
  }

  // Without a search no verdict of an order is decided that the order pass did not decide.
  bool Matches(const Expectation& expectation, const Finding& finding) const {
    const bool open = explored_ == nullptr && finding.verdict == Verdict::kUnknown &&
                      (HangsWhenItHappens(finding.kind) || finding.kind == FindingKind::kHang);
    return open ? NamesFinding(program_, expectation, finding) : MatchesFinding(program_, expectation, finding);
  }

  // Whether only a search can find what the line expects.
  static bool IsForSearch(const Expectation& expectation) {
    if (expectation.verdict.value_or(Verdict::kReal) != Verdict::kReal) return false;
    switch (expectation.finding_kind.value_or(FindingKind::kHang)) {
      case FindingKind::kHang:
      case FindingKind::kLivelock:
      case FindingKind::kDataRace:
      case FindingKind::kInvariant: return true;
      case FindingKind::kCircular:
      case FindingKind::kRecursive:
      case FindingKind::kSelfDeadlock: return expectation.verdict == Verdict::kReal;
      default: return false;
    }
  }

  bool CheckExplored(const Expectation& expectation) {
    decided_ = explored_ != nullptr;
    if (!decided_) return true;
    bool met = true;
    for (const ExpectedExploration& each : expectation.explored) met = CheckOutcome(expectation, each) && met;
    return met;
  }

  bool CheckOutcome(const Expectation& expectation, const ExpectedExploration& expected) {
    switch (expected.outcome) {
      case ExpectedOutcome::kExhausted: return explored_->exhausted || Miss(expectation, "the search gave up");
      case ExpectedOutcome::kUnknown: return !explored_->exhausted || Miss(expectation, "every schedule was searched");
      case ExpectedOutcome::kLivelock:
        return !explored_->livelocks.empty() || Miss(expectation, "no livelock was found");
      case ExpectedOutcome::kNoLivelock:
        if (!explored_->livelocks.empty()) return Miss(expectation, "a livelock was found");
        return explored_->exhausted || Miss(expectation, "the search gave up, so there may be a livelock");
      case ExpectedOutcome::kHang:
        return Cover([&](std::size_t i) { return explored_->hung[i]; }) || Miss(expectation, "nothing hangs");
      case ExpectedOutcome::kViolation:
        return Cover([&](std::size_t i) { return Covers(program_, expected, findings_[i]); }) ||
               Miss(expectation, "every assert holds");
      case ExpectedOutcome::kRace:
        return Cover([&](std::size_t i) { return Covers(program_, expected, findings_[i]); }) ||
               Miss(expectation, "its accesses are ordered");
    }
    return false;
  }

  // Marks the findings for which `is` holds as expected; whether there is one.
  template <typename Is>
  bool Cover(Is is) {
    bool some = false;
    for (std::size_t i = 0; i < findings_.size(); ++i) {
      if (!is(i)) continue;
      result_.expected[i] = true;
      some = true;
    }
    return some;
  }

  bool CheckOrder(const Expectation& expectation) {
    for (std::size_t i = 0; i + 1 < expectation.names.size(); ++i) {
      const std::string& held = expectation.names[i].text;
      const std::string& wanted = expectation.names[i + 1].text;
      if (!HasDependency(program_, dependencies_, held, wanted))
        return Miss(expectation, held + " -> " + wanted + " was not recorded");
    }
    return true;
  }

  bool Miss(const Expectation& expectation, const std::string& why) {
    const ScriptError place{program_.file, expectation.at, "'" + expectation.text + "': " + why};
    result_.mismatches.push_back("not met: " + place.ToString());
    return false;
  }

  // " at x.workload:3, x.workload:9".
  static std::string Where(const Finding& finding) {
    std::vector<std::string> places;
    const auto add = [&](const Place& place) {
      const std::string text = place.file + ":" + std::to_string(place.line);
      if (place.line > 0 && std::find(places.begin(), places.end(), text) == places.end()) places.push_back(text);
    };
    for (const FindingEdge& edge : finding.edges) add(edge.wanted_at);
    if (finding.edges.empty()) {
      for (const Participant& participant : finding.participants) add(participant.at);
    }
    std::string text;
    for (const std::string& place : places) text += (text.empty() ? " at " : ", ") + place;
    return text;
  }

  const Program& program_;
  const std::vector<Finding>& findings_;
  const std::vector<std::pair<std::string, std::string>>& dependencies_;
  const Explored* const explored_;
  bool decided_ = true;  // of the line at hand
  CheckResult result_;
};

}  // namespace

CheckResult CheckExpectations(const Program& program, const std::vector<Finding>& findings,
                              const std::vector<std::pair<std::string, std::string>>& dependencies,
                              const Explored* explored) {
  return Checker(program, findings, dependencies, explored).Run();
}

bool LockIsNamed(const Program& program, std::string_view name, const FindingLock& lock) {
  if (name == lock.name || name == lock.instance || name == WithSubclass(lock.name, lock.subclass)) return true;
  for (const ProgramLock& each : program.locks) {
    if (each.name != name && each.family != name) continue;
    if (lock.instance.empty()
            ? ClassOf(program, each) == lock.class_name && (!lock.class_name.empty() || each.name == lock.name)
            : each.name == lock.instance) {
      return true;
    }
  }
  return lock.type == LockType::kThreadEnd &&
         std::any_of(program.threads.begin(), program.threads.end(), [&](const ProgramThread& thread) {
           return thread.name == name &&
                  lock.name == "end of " + program.roles[static_cast<std::size_t>(thread.role)].name;
         });
}

bool NamesFinding(const Program& program, const Expectation& expectation, const Finding& finding) {
  if (expectation.finding_kind && *expectation.finding_kind != finding.kind) return false;
  const std::vector<const FindingLock*> locks = OwnLocks(finding);
  if (IsCycle(finding.kind)) return MatchesInRotation(program, expectation.names, locks);
  if (locks.size() != 1 || expectation.names.size() == 1) {  // a path has a direction
    return std::equal(
        expectation.names.begin(), expectation.names.end(), locks.begin(), locks.end(),
        [&](const Name& name, const FindingLock* lock) { return LockIsNamed(program, name.text, *lock); });
  }
  // One lock, named once or, as "held -> wanted", twice.
  return expectation.names.size() == 2 && LockIsNamed(program, expectation.names[0].text, *locks[0]) &&
         LockIsNamed(program, expectation.names[1].text, *locks[0]);
}

bool MatchesFinding(const Program& program, const Expectation& expectation, const Finding& finding) {
  return expectation.kind == ExpectationKind::kFinding && NamesFinding(program, expectation, finding) &&
         (!expectation.verdict || *expectation.verdict == finding.verdict) && HasReasons(program, expectation, finding);
}

bool ExpectsReached(const Program& program, const Finding& reached) {
  const bool hang = IsHang(reached.kind);
  return std::any_of(program.expectations.begin(), program.expectations.end(), [&](const Expectation& line) {
    if (line.kind == ExpectationKind::kFinding) {
      const bool real = line.verdict.value_or(Verdict::kReal) == Verdict::kReal;
      return real && (hang ? ExpectsHang(program, line, reached) : NamesFinding(program, line, reached));
    }
    return std::any_of(line.explored.begin(), line.explored.end(), [&](const ExpectedExploration& expected) {
      return (hang && expected.outcome == ExpectedOutcome::kHang) || Covers(program, expected, reached);
    });
  });
}

bool ExpectsHang(const Program& program, const Expectation& expectation, const Finding& hang) {
  if (expectation.kind != ExpectationKind::kFinding) return false;
  switch (expectation.finding_kind.value_or(FindingKind::kHang)) {
    case FindingKind::kHang:
    case FindingKind::kCircular:
    case FindingKind::kRecursive:
    case FindingKind::kSelfDeadlock: break;
    default: return false;
  }
  Expectation any_kind = expectation;
  any_kind.finding_kind.reset();
  return NamesFinding(program, any_kind, hang);
}

}  // namespace lockdep::workloads
