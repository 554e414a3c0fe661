// All packed states of a small program, breadth-first and kept in plain containers: what the search's parts are looked
// at with.
//
// Thread-confined.
#ifndef TESTS_LOCKDEP_PACKED_STATES_H_
#define TESTS_LOCKDEP_PACKED_STATES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "lockdep/packed_program.h"
#include "lockdep/transitions.h"

namespace lockdep {

class PackedStates {
 public:
  using Slots = std::uint64_t;
  struct Arc {
    int slot = 0;
    std::size_t to = 0;
  };
  // Which slots to follow from a state in which these can go on.
  using Pick = std::function<Slots(const Word* state, Slots enabled)>;

  // REQUIRES: the program can be packed; it outlives this.
  explicit PackedStates(const LockProgram& of) : program(of), transitions(program, Transitions::WakeUps::kAtOnce) {}

  // False: there are more than so many.
  bool Explore(std::size_t states_max, const Pick& pick = nullptr) {
    Number(transitions.Initial());
    StepBuffer steps(program.words);
    for (std::size_t at = 0; at < states.size(); ++at) {
      if (states.size() > states_max) return false;
      const std::vector<Word> state = states[at];
      steps.Clear();
      transitions.Of(state.data(), steps);
      Slots enabled = 0;
      for (std::size_t i = 0; i < steps.size(); ++i) enabled |= Slots{1} << steps.step(i).slot;
      const Slots followed = pick && enabled != 0 ? pick(state.data(), enabled) : enabled;
      std::vector<Arc> found;
      for (std::size_t i = 0; i < steps.size(); ++i) {
        const int slot = steps.step(i).slot;
        if ((followed >> slot & 1) == 0) continue;
        found.push_back({slot, Number({steps.state(i), steps.state(i) + program.words})});
      }
      arcs.push_back(std::move(found));
      enabled_in.push_back(enabled);
    }
    return true;
  }

  PackedProgram program;
  Transitions transitions;
  std::vector<std::vector<Word>> states;  // the first one first
  std::vector<std::vector<Arc>> arcs;     // by state: what was followed
  std::vector<Slots> enabled_in;          // by state

 private:
  std::size_t Number(std::vector<Word> state) {
    const auto [known, is_new] = numbers_.try_emplace(std::move(state), states.size());
    if (is_new) states.push_back(known->first);
    return known->second;
  }

  std::map<std::vector<Word>, std::size_t> numbers_;
};

}  // namespace lockdep

#endif  // TESTS_LOCKDEP_PACKED_STATES_H_
