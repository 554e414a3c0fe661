// What a search came upon: each hang, failed assertion and race once, with a schedule.
//
// Thread-confined.
// Cost: a lookup for what is known; what is new is run through once more for its schedule.
#ifndef LOCKDEP_DISCOVERIES_H_
#define LOCKDEP_DISCOVERIES_H_

#include <cstdint>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lockdep/hang_analysis.h"
#include "lockdep/program_path.h"
#include "lockdep/schedule_search.h"

namespace lockdep {

class Discoveries {
 public:
  // Makes the path to where something was found.
  using MakePath = std::function<ProgramPath()>;
  static constexpr std::size_t kNoHang = ~std::size_t{0};

  Discoveries(const PackedProgram& program, Transitions& transitions, const SearchOptions& options);

  // Who waits in a state in which none can go on; empty if all have ended.
  StuckSlots StuckIn(const Word* state) const;
  // The same of some slots.
  StuckSlots StuckIn(const Word* state, std::uint64_t slots) const;

  // The index of the hang; kNoHang where there are too many.
  std::size_t NoteHang(const StuckSlots& stuck, std::uint64_t states, const MakePath& path);
  // Of those that were noted, or kNoHang.
  std::size_t HangOf(const StuckSlots& stuck) const;
  // REQUIRES: the step was done in the state that `path` leads to.
  void NoteFailure(const SlotStep& step, const MakePath& path);
  // Accesses of plain variables that are next in the state.
  void NoteRaces(const Word* state, const MakePath& path);

  // Puts a better path in the place of that of a hang.
  void SetPath(std::size_t hang, const ProgramPath& path, bool minimal);

  bool watches_races() const { return watches_races_; }
  // The caller wants no more.
  bool stopped() const { return stopped_; }
  const std::vector<StuckSlots>& stuck() const { return stuck_; }
  const ProgramPath& path(std::size_t hang) const { return paths_[hang]; }
  SearchResult& result() { return result_; }

 private:
  struct Access {
    int slot;
    bool writes;
  };

  void Fill(ProgramHang& hang, const StuckSlots& stuck, const ProgramPath& path);
  std::vector<Access> AccessesOf(const Word* state, int variable) const;
  bool NoteRace(const Word* state, int variable, int first, int second, const MakePath& path);

  const PackedProgram& program_;
  Transitions& transitions_;
  const SearchOptions& options_;
  const bool watches_races_;
  bool stopped_ = false;
  absl::flat_hash_map<StuckSlots, std::size_t> hang_of_;
  std::vector<StuckSlots> stuck_;   // by hang
  std::vector<ProgramPath> paths_;  // by hang
  std::set<std::pair<int, int>> failed_;
  std::set<int> raced_;
  SearchResult result_;
};

}  // namespace lockdep

#endif  // LOCKDEP_DISCOVERIES_H_
