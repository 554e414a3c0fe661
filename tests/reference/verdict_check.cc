#include "tests/reference/verdict_check.h"

#include <algorithm>
#include <set>
#include <utility>

namespace lockdep::reference {
namespace {

// The finding that this very hang is.
FindingKey KeyOf(const Program& program, const WaitCycle& cycle) {
  if (cycle.size() == 1) {
    const WaitLink& link = cycle.front();
    const FindingKind kind =
        Conflict(link.held_mode, link.wanted_mode) ? FindingKind::kSelfDeadlock : FindingKind::kRecursive;
    return {kind, {program.NodeOf(link.wanted, link.wanted_subclass)}};
  }
  std::vector<std::string> nodes;
  for (const WaitLink& link : cycle) nodes.push_back(program.NodeOf(link.held, link.held_subclass));
  return {FindingKind::kCircular, LeastRotation(nodes)};
}

bool LiesOn(const FindingKey& finding, const FindingKey& hang) {
  if (finding.first != FindingKind::kCircular || hang.first != FindingKind::kCircular) return finding == hang;
  if (finding.second.size() > hang.second.size()) return false;
  if (finding.second.size() == hang.second.size()) return finding == hang;
  return std::all_of(finding.second.begin(), finding.second.end(), [&hang](const std::string& node) {
    return std::find(hang.second.begin(), hang.second.end(), node) != hang.second.end();
  });
}

std::string Tell(const Program& program, const WaitCycle& cycle, const std::vector<std::string>& schedule) {
  std::string text = Describe(program, cycle) + "\n";
  for (const std::string& step : schedule) text += "    " + step + "\n";
  return text;
}

}  // namespace

VerdictCheck CheckVerdicts(const Program& program, const Claims& claims, const Exploration& exploration) {
  VerdictCheck check;
  std::set<FindingKey> hang_keys;
  for (const auto& [cycle, schedule] : exploration.cycles) hang_keys.insert(KeyOf(program, cycle));
  for (const auto& [key, claim] : claims) {
    check.false_findings += claim.verdict == Verdict::kFalse ? 1 : 0;
    check.undecided += claim.verdict == Verdict::kUnknown && key.first == FindingKind::kCircular ? 1 : 0;
    if (claim.verdict != Verdict::kPredicted) continue;
    ++check.predicted_findings;
    if (!hang_keys.contains(key)) check.wrong.push_back("never happens: " + Describe(Claims{{key, claim}}));
  }
  for (const auto& [cycle, schedule] : exploration.cycles) {
    const FindingKey hang = KeyOf(program, cycle);
    const auto itself = claims.find(hang);
    if (itself != claims.end()) {
      if (itself->second.verdict == Verdict::kFalse) check.wrong.push_back(Tell(program, cycle, schedule));
      continue;
    }
    bool covered = false;
    bool by_reachable = false;
    for (const auto& [key, claim] : claims) {
      if (claim.verdict == Verdict::kFalse || !LiesOn(key, hang)) continue;
      covered = true;
      by_reachable = by_reachable || hang_keys.contains(key);
    }
    if (!covered) check.missed.push_back(Tell(program, cycle, schedule));
    if (covered && !by_reachable) check.hidden.push_back(Tell(program, cycle, schedule));
  }
  return check;
}

namespace {

// All programs that are one step simpler.
class Simpler {
 public:
  explicit Simpler(const Program& program) : program_(program) {}

  std::vector<Program> All() {
    for (std::size_t t = 0; t < program_.threads.size(); ++t) {
      Program simpler = program_;
      simpler.threads.erase(simpler.threads.begin() + static_cast<std::ptrdiff_t>(t));
      simpler_.push_back(simpler);
    }
    for (std::size_t t = 0; t < program_.threads.size(); ++t) SimplifyThread(t);
    for (std::size_t lock = 0; lock < program_.locks.size(); ++lock) {
      if (!IsUsed(static_cast<int>(lock))) DropLock(static_cast<int>(lock));
    }
    return std::move(simpler_);
  }

 private:
  template <typename Change>
  void Try(std::size_t thread, const Change& change) {
    Program simpler = program_;
    change(simpler.threads[thread]);
    if (simpler != program_) simpler_.push_back(std::move(simpler));
  }

  void SimplifyThread(std::size_t t) {
    const Thread& thread = program_.threads[t];
    for (std::size_t i = 0; i < thread.ops.size(); ++i) {
      const auto at = static_cast<std::ptrdiff_t>(i);
      Try(t, [at](Thread& s) { s.ops.erase(s.ops.begin() + at); });
      // An acquisition with a release of its lock.
      for (std::size_t j = i + 1; j < thread.ops.size(); ++j) {
        if (thread.ops[i].op != OpKind::kAcquire || thread.ops[j].lock != thread.ops[i].lock) continue;
        Try(t, [at, j](Thread& s) {
          s.ops.erase(s.ops.begin() + static_cast<std::ptrdiff_t>(j));
          s.ops.erase(s.ops.begin() + at);
        });
      }
      Try(t, [i](Thread& s) { s.ops[i].kind = Kind::kBlocking; });
      Try(t, [i](Thread& s) { s.ops[i].on_failure = OnFailure::kGiveUp; });
      Try(t, [i](Thread& s) { s.ops[i].mode = Mode::kExclusive; });
      Try(t, [i](Thread& s) { s.ops[i].subclass = 0; });
      Try(t, [i](Thread& s) { s.ops[i].nest = -1; });
    }
    Try(t, [](Thread& s) { s.count = 1; });
  }

  bool IsUsed(int lock) const {
    for (const Thread& thread : program_.threads) {
      for (const Op& op : thread.ops) {
        if (op.lock == lock || op.nest == lock) return true;
      }
    }
    return false;
  }

  // Instances of a class stay, so that their indices do.
  void DropLock(int lock) {
    if (program_.locks[lock].lock_class >= 0) return;
    Program simpler = program_;
    simpler.locks.erase(simpler.locks.begin() + lock);
    for (Thread& thread : simpler.threads) {
      for (Op& op : thread.ops) {
        op.lock -= op.lock > lock ? 1 : 0;
        op.nest -= op.nest > lock ? 1 : 0;
      }
    }
    simpler_.push_back(std::move(simpler));
  }

  const Program& program_;
  std::vector<Program> simpler_;
};

}  // namespace

Program Shrink(Program program, const std::function<bool(const Program&)>& fails) {
  for (bool shrunk = true; shrunk;) {
    shrunk = false;
    for (const Program& simpler : Simpler(program).All()) {
      if (!fails(simpler)) continue;
      program = simpler;
      shrunk = true;
      break;
    }
  }
  return program;
}

}  // namespace lockdep::reference
