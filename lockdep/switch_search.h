// The states of a program by how many switches between threads it takes to reach them: fewest first.
//
// A breadth-first search on (state, who went last) in which going on with the same runner costs nothing.
// (M. Musuvathi, S. Qadeer, "Iterative context bounding for systematic testing of multithreaded programs", 2007, count
// only switches away from a thread that could go on; both are here.)
//
// Thread-confined.
// Cost: states x runners at worst; memory as StateTable, plus 9 bytes for each pair.
#ifndef LOCKDEP_SWITCH_SEARCH_H_
#define LOCKDEP_SWITCH_SEARCH_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "lockdep/program_path.h"
#include "lockdep/state_table.h"
#include "lockdep/transitions.h"

namespace lockdep {

class SwitchSearch {
 public:
  enum class Counts : std::uint8_t {
    kSwitches,     // every time that another runner goes on
    kPreemptions,  // only if the one before could have gone on
  };
  using Node = StateTable::Number;

  // What `visit` is told about a node.
  struct Visit {
    Node node;
    const Word* state;
    int cost;
    const StepBuffer& steps;  // what may happen next
  };

  SwitchSearch(const PackedProgram& program, Transitions& transitions, Counts counts);

  // Visits each pair once, those of lesser cost first, up to `cost_max`, until `visit` returns false.
  void Run(int cost_max, const std::function<bool(const Visit&)>& visit);

  ProgramPath PathTo(Node node);

  std::uint64_t nodes() const { return table_.size(); }
  std::uint64_t waiting() const { return now_.size() + later_.size(); }
  std::uint64_t memory_bytes() const;

 private:
  static constexpr Word kNobody = 64;

  void Follow(Node node);
  void Meet(Node from, int cost, const Word* state, Word last);
  bool Leads(const StepBuffer& steps, std::size_t i, Node from, Node node) const;

  const PackedProgram& program_;
  Transitions& transitions_;
  const Counts counts_;
  StateTable table_;  // of the states with one word more: who went last
  std::vector<Node> parents_;
  std::vector<std::int32_t> costs_;
  std::vector<bool> done_;
  std::vector<Node> now_;    // at the cost at hand
  std::vector<Node> later_;  // at one more
  std::vector<Word> key_;
  StepBuffer steps_;
};

}  // namespace lockdep

#endif  // LOCKDEP_SWITCH_SEARCH_H_
