#include "lockdep/witness.h"

#include <algorithm>
#include <limits>

#include "absl/container/flat_hash_map.h"
#include "lockdep/local_hang.h"
#include "lockdep/state_table.h"
#include "lockdep/switch_search.h"

namespace lockdep {
namespace {

constexpr std::uint64_t kNodesMax = 300'000;
constexpr std::uint64_t kStatesMax = 300'000;  // to see whether the others can leave it at that

class Witnesses {
 public:
  Witnesses(const PackedProgram& program, Transitions& transitions, const HangOf& hang_of, Discoveries& discoveries)
      : program_(program),
        transitions_(transitions),
        hang_of_(hang_of),
        discoveries_(discoveries),
        local_hangs_(program, transitions),
        search_(program, transitions, SwitchSearch::Counts::kSwitches),
        left_(discoveries.stuck().size()),
        found_(left_, false) {
    for (std::size_t i = 0; i < left_; ++i) by_stuck_[discoveries.stuck()[i]] = i;
  }

  void Make() {
    if (left_ > 0) {
      search_.Run(std::numeric_limits<int>::max(), [this](const SwitchSearch::Visit& visit) { return Look(visit); });
    }
    for (std::size_t i = 0; i < found_.size(); ++i) {
      if (!found_[i]) discoveries_.SetPath(i, WithFewerSwitches(program_, transitions_, discoveries_.path(i)), false);
    }
  }

 private:
  bool Look(const SwitchSearch::Visit& visit) {
    const std::size_t hang = HangAt(visit);
    if (hang != Discoveries::kNoHang && !found_[hang]) {
      found_[hang] = true;
      --left_;
      discoveries_.SetPath(hang, search_.PathTo(visit.node), true);
    }
    return left_ > 0 && search_.nodes() < kNodesMax;
  }

  std::size_t HangAt(const SwitchSearch::Visit& visit) {
    const std::size_t hang = hang_of_(visit.state, visit.steps.size() == 0);
    if (hang != Discoveries::kNoHang) return hang;
    std::uint64_t enabled = 0;
    for (std::size_t i = 0; i < visit.steps.size(); ++i) enabled |= std::uint64_t{1} << visit.steps.step(i).slot;
    const std::uint64_t stuck = local_hangs_.Stuck(visit.state, enabled);
    if (stuck == 0) return Discoveries::kNoHang;
    const auto known = by_stuck_.find(discoveries_.StuckIn(visit.state, stuck));
    if (known == by_stuck_.end() || found_[known->second]) return Discoveries::kNoHang;
    return CanLeaveItAt(visit.state, known->second) ? known->second : Discoveries::kNoHang;
  }

  // Whether the others can go on without anybody else becoming stuck.
  bool CanLeaveItAt(const Word* state, std::size_t hang) {
    StateTable table(program_.words);
    StepBuffer steps(program_.words);
    std::vector<StateTable::Number> open = {table.Insert(state).number};
    while (!open.empty() && states_left_ > 0) {
      const Word* at = table.At(open.back());
      open.pop_back();
      --states_left_;
      steps.Clear();
      transitions_.Of(at, steps);
      if (hang_of_(at, steps.size() == 0) == hang) return true;
      for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto inserted = table.Insert(steps.state(i));
        if (inserted.is_new) open.push_back(inserted.number);
      }
    }
    return false;
  }

  const PackedProgram& program_;
  Transitions& transitions_;
  const HangOf& hang_of_;
  Discoveries& discoveries_;
  LocalHangs local_hangs_;
  SwitchSearch search_;
  std::size_t left_;
  std::uint64_t states_left_ = kStatesMax;
  std::vector<bool> found_;  // by hang
  absl::flat_hash_map<StuckSlots, std::size_t> by_stuck_;
};

}  // namespace

void MakeWitnesses(const PackedProgram& program, Transitions& transitions, const HangOf& hang_of,
                   Discoveries& discoveries) {
  Witnesses(program, transitions, hang_of, discoveries).Make();
}

}  // namespace lockdep
