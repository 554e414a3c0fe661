#include "tests/reference/validator_feed.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <string>

#include "lockdep/check.h"
#include "lockdep/validator.h"

namespace lockdep::reference {
namespace {

class Feed {
 public:
  Feed(const Program& program, const FeedOptions& options)
      : program_(program),
        shuffled_(options.shuffle.has_value()),
        random_(options.shuffle.value_or(0)),
        validator_(OptionsFrom(options)) {}

  std::vector<Finding> Findings() {
    RegisterLocks();
    RegisterRoles();
    StartRuns();
    while (!cursors_.empty()) {
      const std::size_t which = shuffled_ ? random_() % cursors_.size() : 0;
      Cursor& cursor = cursors_[which];
      if (cursor.next < cursor.run.size()) {
        Perform(cursor, cursor.run[cursor.next++]);
      } else {
        Finish(cursor);
        cursors_.erase(cursors_.begin() + static_cast<std::ptrdiff_t>(which));
      }
    }
    validator_.CheckInvariants();
    std::vector<Finding> findings = validator_.Findings();
    for (ThreadState* thread : stuck_) validator_.EndThread(thread, SiteOnLine(1));
    return findings;
  }

 private:
  // A run under way.
  struct Cursor {
    int thread = 0;
    int copy = 0;
    Run run;
    std::size_t next = 0;
    ThreadState* state = nullptr;
  };

  static ValidatorOptions OptionsFrom(const FeedOptions& feed) {
    ValidatorOptions options;
    options.source = "program";
    options.closed_world = feed.world == World::kClosed;
    options.sites_are_code = false;
    options.instances_per_chain_max = feed.instances_per_chain_max.value_or(options.instances_per_chain_max);
    options.search_steps_max = feed.search_steps_max.value_or(options.search_steps_max);
    options.episode_states_max = feed.episode_states_max;
    options.on_finding = feed.on_finding;
    return options;
  }

  Site SiteOnLine(int line) {
    Place place;
    place.file = "program";
    place.line = line;
    return validator_.AddSite(std::move(place));
  }

  std::vector<int> Order(std::size_t size) {
    std::vector<int> order(size);
    std::iota(order.begin(), order.end(), 0);
    if (shuffled_) std::shuffle(order.begin(), order.end(), random_);
    return order;
  }

  void RegisterLocks() {
    std::vector<ClassId> classes;
    for (const LockClass& lock_class : program_.classes) {
      ClassInfo info;
      info.name = lock_class.name;
      if (lock_class.ordered) {
        info.compare = [](std::uint64_t held, std::uint64_t wanted) {
          return held < wanted ? -1 : held > wanted ? 1 : 0;
        };
      }
      classes.push_back(validator_.AddClass(std::move(info)));
    }
    ids_.resize(program_.locks.size());
    for (const int i : Order(program_.locks.size())) {
      const Lock& lock = program_.locks[i];
      LockInfo info;
      info.name = lock.name;
      info.lock_class = lock.lock_class < 0 ? 0 : classes[lock.lock_class];
      info.type = lock.type;
      info.order = static_cast<std::uint64_t>(lock.index);
      ids_[i] = validator_.AddLock(std::move(info));
    }
  }

  void RegisterRoles() {
    std::set<int> roles;
    for (const Thread& thread : program_.threads) roles.insert(thread.role);
    const std::vector<int> in_order(roles.begin(), roles.end());
    for (const int i : Order(in_order.size())) {
      const int role = in_order[i];
      roles_[role] = validator_.AddRole({.name = "r" + std::to_string(role), .single = program_.RoleIsSingle(role)});
    }
  }

  void StartRuns() {
    for (int t = 0; t < static_cast<int>(program_.threads.size()); ++t) {
      for (int copy = 0; copy < program_.threads[t].count; ++copy) {
        for (Run& run : RunsOf(program_.threads[t])) cursors_.push_back({t, copy, std::move(run), 0, nullptr});
      }
    }
    if (shuffled_) std::shuffle(cursors_.begin(), cursors_.end(), random_);
  }

  Site SiteOf(const Cursor& cursor, const Step& step) {
    return SiteOnLine(100 * (cursor.thread + 1) + (step.op_index >= 0 ? step.op_index : 99));
  }

  void Perform(Cursor& cursor, const Step& step) {
    if (cursor.state == nullptr) {
      // All runs of one thread have its name.
      const std::string copy = cursor.copy == 0 ? "" : "." + std::to_string(cursor.copy);
      cursor.state = validator_.StartThread(roles_.at(program_.threads[cursor.thread].role),
                                            "t" + std::to_string(cursor.thread) + copy);
    }
    ThreadState& thread = *cursor.state;
    const Site site = SiteOf(cursor, step);
    const LockId lock = ids_[step.op.lock];
    if (step.step == StepKind::kReleased) {
      LOCKDEP_CHECK(validator_.Release(thread, lock, site));
      return;
    }
    if (step.step == StepKind::kDowngraded) {
      validator_.Downgrade(thread, lock, site);
      return;
    }
    Request request;
    request.lock = lock;
    request.how = validator_.HowFor(lock, How::Of(step.op.mode, step.op.kind, static_cast<unsigned>(step.op.subclass)));
    request.nest = step.op.nest < 0 ? 0 : ids_[step.op.nest];
    request.site = site;
    if (step.op.kind != Kind::kTrylock || step.step == StepKind::kGot) validator_.Acquire(thread, request);
    if (step.step == StepKind::kGot) validator_.Acquired(thread, request);
    if (step.step == StepKind::kFailed) validator_.AcquireFailed(thread, request);
  }

  // A thread that waits for itself does not end.
  void Finish(const Cursor& cursor) {
    if (cursor.state == nullptr) return;
    if (!cursor.run.empty() && cursor.run.back().step == StepKind::kBlockedForEver) {
      stuck_.push_back(cursor.state);
      return;
    }
    validator_.EndThread(cursor.state, SiteOnLine(1));
  }

  const Program& program_;
  const bool shuffled_;
  std::mt19937_64 random_;
  Validator validator_;
  std::vector<LockId> ids_;
  std::map<int, RoleId> roles_;
  std::vector<Cursor> cursors_;
  std::vector<ThreadState*> stuck_;
};

}  // namespace

std::vector<Finding> ValidatorFindings(const Program& program, const FeedOptions& options) {
  return Feed(program, options).Findings();
}

Claims ClaimsOf(const std::vector<Finding>& findings) {
  Claims claims;
  for (const Finding& finding : findings) {
    std::vector<std::string> nodes;
    for (int i = 0; i < finding.cycle_length; ++i) {
      const FindingLock& lock = finding.locks[i];
      nodes.push_back(lock.name + (lock.subclass == 0 ? "" : "/" + std::to_string(lock.subclass)));
    }
    Claim claim{finding.verdict, {}};
    for (const Reason& reason : finding.reasons) claim.reasons.insert(reason.kind);
    const auto [entry, is_new] = claims.insert({{finding.kind, LeastRotation(nodes)}, claim});
    if (is_new || entry->second.verdict != Verdict::kFalse) continue;
    if (claim.verdict != Verdict::kFalse) {
      entry->second = claim;
    } else {
      entry->second.reasons.insert(claim.reasons.begin(), claim.reasons.end());
    }
  }
  return claims;
}

}  // namespace lockdep::reference
