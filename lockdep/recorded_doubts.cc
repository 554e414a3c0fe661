#include "lockdep/recorded_doubts.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lockdep/recording_format.h"

namespace lockdep {
namespace {

void BecomeUnknown(Finding& finding, Wording missing) {
  finding.verdict = Verdict::kUnknown;
  finding.strength = Strength::kNone;
  finding.witness.clear();
  finding.missing.push_back(std::move(missing));
}

void BecomeFalseByDeclaration(Finding& finding, Wording evidence) {
  finding.verdict = Verdict::kFalse;
  finding.strength = Strength::kDeclared;
  finding.witness.clear();
  finding.missing.clear();
  finding.detail.clear();
  finding.reasons = {{ReasonKind::kCannotRunConcurrently, {}, std::move(evidence)}};
}

bool IsPredicted(const Finding& finding) {
  return finding.kind == FindingKind::kCircular && finding.verdict == Verdict::kPredicted;
}

}  // namespace

bool RecordedDoubts::IsUnpublished(LockId held, LockId wanted) const {
  const bool as_seen = options_.new_locks == NewLocks::kAsSeen && !options_.some_unseen && !options_.asks_for_futexes;
  return as_seen && !shared_.contains(held) && !shared_.contains(wanted) &&
         orders_.Of(held, wanted) == NewLockOrders::Novelty::kUnpublished;
}

void RecordedDoubts::Cap(Finding& finding) const {
  CapByDeclaredOrder(finding);
  CapByHandlers(finding);
  CapSelfDeadlock(finding);
  CapByShared(finding);
  CapByRobust(finding);
  CapByMappings(finding);
  CapByNewLocks(finding);
  CapByFutexes(finding);
}

void RecordedDoubts::CapByDeclaredOrder(Finding& finding) const {
  if (finding.verdict == Verdict::kFalse) return;
  for (const FindingEdge& edge : finding.edges) {
    if (edge.role != kDeclaringRole) continue;
    const auto name = [&](int lock) { return finding.locks[static_cast<std::size_t>(lock)].Named(); };
    BecomeUnknown(finding, "a thread that takes " + name(edge.wanted) + " while it holds " + name(edge.held) +
                               ": that order is declared, but was not seen");
  }
}

void RecordedDoubts::CapByHandlers(Finding& finding) {
  if (finding.kind != FindingKind::kCircular) return;
  const bool was_false = finding.verdict == Verdict::kFalse;
  if (!was_false && finding.verdict != Verdict::kPredicted) return;
  for (const FindingEdge& edge : finding.edges) {
    if (!edge.role.starts_with(kHandlerRole)) continue;
    finding.reasons.clear();
    BecomeUnknown(finding, was_false ? "where else a " + edge.role +
                                           " can run: what it interrupted when it was seen need not be so"
                                     : "that a " + edge.role +
                                           " can run at that time: it does so after it was installed, and after "
                                           "whatever sends the signal");
    return;
  }
}

// A hang that was seen confirms it afterwards.
void RecordedDoubts::CapSelfDeadlock(Finding& finding) {
  if (finding.kind != FindingKind::kSelfDeadlock || finding.verdict != Verdict::kReal) return;
  finding.schedule.clear();
  BecomeUnknown(finding, "that it waits: it was not seen to, so it may not have held the lock any more");
}

// One that is mapped at two places looks like two.
void RecordedDoubts::CapByMappings(Finding& finding) const {
  if (!IsPredicted(finding)) return;
  int sides = 0;
  for (const FindingEdge& edge : finding.edges) {
    sides += std::any_of(edge.also_held.begin(), edge.also_held.end(), [&](const AlsoHeld& each) {
      return shared_.contains(finding.locks[static_cast<std::size_t>(each.lock)].id);
    });
  }
  if (sides < 2) return;
  BecomeUnknown(finding,
                "that the process-shared locks which are held beside are several: one that is mapped at two "
                "places looks like two");
}

void RecordedDoubts::CapByShared(Finding& finding) const {
  if (finding.kind != FindingKind::kCircular || finding.verdict != Verdict::kFalse) return;
  const auto is_shared = [&](int lock) { return shared_.contains(finding.locks[static_cast<std::size_t>(lock)].id); };
  int shared = 0;
  while (shared < finding.cycle_length && !is_shared(shared)) ++shared;
  if (shared == finding.cycle_length) return;
  // A wait that ends by itself does so whoever waits.
  const bool holds_anyhow = !finding.reasons.empty() &&
                            std::all_of(finding.reasons.begin(), finding.reasons.end(), [&](const Reason& reason) {
                              if (reason.kind == ReasonKind::kTimed) return true;
                              return reason.kind == ReasonKind::kExclusiveGate &&
                                     std::all_of(reason.locks.begin(), reason.locks.end(), is_shared);
                            });
  if (holds_anyhow) return;
  finding.reasons.clear();
  BecomeUnknown(finding, "that no other process does one of the sides: " +
                             finding.locks[static_cast<std::size_t>(shared)].Named() +
                             " is shared among processes, and what excludes the sides here is not");
}

// A search of episodes may rest on any gate; reasons name theirs.
void RecordedDoubts::CapByRobust(Finding& finding) const {
  if (finding.kind != FindingKind::kCircular || finding.verdict != Verdict::kFalse || robust_.empty()) return;
  const auto is_robust = [&](int lock) { return robust_.contains(finding.locks[static_cast<std::size_t>(lock)].id); };
  const bool holds_anyhow = finding.strength != Strength::kExhausted &&
                            std::any_of(finding.reasons.begin(), finding.reasons.end(), [&](const Reason& reason) {
                              return reason.kind != ReasonKind::kExclusiveGate ||
                                     std::none_of(reason.locks.begin(), reason.locks.end(), is_robust);
                            });
  if (holds_anyhow) return;
  const auto named = std::find_if(finding.locks.begin(), finding.locks.end(),
                                  [&](const FindingLock& lock) { return robust_.contains(lock.id); });
  finding.reasons.clear();
  BecomeUnknown(finding, "that no thread goes on without " +
                             (named != finding.locks.end() ? named->Named() : Wording(robust_.begin()->second)) +
                             ": it is robust, and cannot be had any more where a thread ended with it");
}

void RecordedDoubts::CapByFutexes(Finding& finding) const {
  if (!IsPredicted(finding)) return;
  const char* why = nullptr;
  if (options_.asks_for_futexes) {
    why = "asks the kernel for futexes by other means than pthread's, for a future, say";
  } else if ((options_.imports & recording::kImportsFutures) != 0) {
    why = "has futures, and who finds one ready is not seen to wait for it";
  } else if ((options_.imports & recording::kImportsSyscall) != 0) {
    why =
        "imports syscall(), by which latches, atomics that are waited for, and the like ask the kernel for futexes; "
        "who does not have to wait is not seen to do so";
  }
  if (why != nullptr) {
    BecomeUnknown(finding, std::string("that nothing else puts one side before the other: the program ") + why);
  }
}

void RecordedDoubts::CapByNewLocks(Finding& finding) const {
  if (finding.kind != FindingKind::kCircular) return;
  const bool is_predicted = finding.verdict == Verdict::kPredicted;
  if (!is_predicted && finding.verdict != Verdict::kUnknown) return;
  std::vector<Wording> requests;
  std::optional<Wording> unpublished;  // one that cannot be in the way is enough
  for (const FindingEdge& edge : finding.edges) {
    const FindingLock& held = finding.locks[static_cast<std::size_t>(edge.held)];
    const FindingLock& wanted = finding.locks[static_cast<std::size_t>(edge.wanted)];
    if (orders_.Of(held.id, wanted.id) == NewLockOrders::Novelty::kNone) continue;
    requests.push_back("'" + edge.thread + "' asks for " + wanted.Named() + " with " + held.Named() + " held");
    const bool in_one_process = !shared_.contains(held.id) && !shared_.contains(wanted.id);
    if (options_.new_locks == NewLocks::kPrivate && in_one_process) {
      BecomeFalseByDeclaration(finding, requests.back() +
                                            " when only it has used one of them since it made it: as is "
                                            "declared, nobody else can reach that one then");
      return;
    }
    if (IsUnpublished(held.id, wanted.id)) unpublished = requests.back();
  }
  static constexpr const char* kReach = "that another thread can reach both locks when ";
  if (unpublished) {
    finding.unpublished = true;
    BecomeUnknown(finding, kReach + *unpublished +
                               ": it had made one of them, and done nothing since, as far as is seen, by which others "
                               "could know of it");
  } else if (is_predicted) {
    for (const Wording& request : requests) {
      BecomeUnknown(finding, kReach + request + ": it had made one of them, and nobody else had used that one yet");
    }
  }
}

}  // namespace lockdep
